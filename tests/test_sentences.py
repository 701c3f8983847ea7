"""Sentences: places are right, nothing is lost, garbage stays bounded."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.sentences import LONGEST, split


def texts(text, language):
    return [text[s.start : s.end] for s in split(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Moscow denied it. Kyiv did not answer.", 2),
        ("en", "Gen. Smith spoke to the U.S. envoy. He left.", 2),
        ("ru", "Это было 5 янв. 2020 года. Потом пришёл А. Иванов.", 2),
        ("tr", "Sn. Bakan konuştu. Sonra gitti.", 2),
        ("zh", "外交部否认了。他没有回答。", 2),
        ("ja", "外務省は否定した。彼は答えなかった。", 2),
        ("ar", "نفت موسكو ذلك. ولم ترد كييف.", 2),
        ("hi", "मास्को ने इनकार किया। कीव ने जवाब नहीं दिया।", 2),
        ("xx", "A language nobody knows. It still has sentences.", 2),
        ("en", "", 0),
        ("en", "Headline without a mark\nText. More text.", 3),
    ],
)
def test_counts(language, text, count):
    assert len(texts(text, language)) == count


def test_a_text_without_marks_is_cut():
    parts = texts("слово " * 5000, "ru")
    assert max(map(len, parts)) <= LONGEST
    assert "".join(parts).count("слово") == 5000


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["en", "ru", "ar", "zh", "hi"]))
def test_sentences_are_in_order_and_lose_nothing_but_space(text, language):
    spans = split(text, language)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    kept = "".join(text[s.start : s.end] for s in spans)
    assert "".join(kept.split()) == "".join(text.split())
