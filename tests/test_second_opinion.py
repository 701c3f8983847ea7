"""Doubtful pages: what is flagged, who is asked second, and what of it is read for blame."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from monitor.again import extract_again
from monitor.extract import ExtractJob, extract, read_page
from monitor.model import Page
from monitor.page_noise import is_noise, without_noise
from monitor.parse import plain
from monitor.second_opinion import OwnWord, own_word, readable, second_opinion
from monitor.stages import text_of
from monitor.text_doubts import doubts, is_report
from tests.fakes import NOON, article, entry, feed

LINE = (
    "The foreign ministry said on {} that the talks in Geneva had failed because the other side left early. "
)
LONG = "\n".join(LINE.format(day) * 3 for day in ("Monday", "Tuesday", "Wednesday", "Thursday"))


def data(**parts):
    return f'<script type="application/ld+json">{json.dumps({"@graph": [{"@type": "NewsArticle"} | parts]})}</script>'


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        (LONG, ()),
        ("Too short.", ("short",)),
        (f"We use cookies. {LONG}", ("consent",)),
        (LONG[:900] + " Subscribe to continue reading.", ("paywall",)),
        ("外交部发言人表示" * 30 + "会員限定", ("paywall",)),
        ("\n".join(f"Minister number {n} visits a town" for n in range(12)), ("list",)),
        ("\n".join(f"It was the year {n}." for n in range(30)), ()),
    ],
)
def test_flags(text, flags):
    assert doubts(text) == flags


def test_a_page_that_says_it_is_closed_is_a_paywall():
    assert doubts(LONG[:900], closed=True) == ("paywall",)
    assert own_word(data(isAccessibleForFree="False")).closed
    assert not own_word(data(isAccessibleForFree=True)).closed


@pytest.mark.parametrize(
    "line",
    [
        "Read more: Another ministry denies",
        "SEE ALSO: Talks",
        "Читайте также: Переговоры",
        "اقرأ أيضا",
        "関連記事",
        "Lees ook: de minister",
        "Also on rt.com Others",
        "Talks in pictures [VIDEO]",
    ],
)
def test_lines_that_point_elsewhere_are_dropped(line):
    assert without_noise(f"First.\n{line}\nLast.") == "First.\nLast."


@pytest.mark.parametrize(
    "line",
    [
        "Read more carefully, the text accuses nobody.",
        "Watch out, he said.",
        "Related parties met.",
        "",
        LONG,
    ],
)
def test_sentences_that_begin_alike_stay(line):
    assert not is_noise(line)


def test_the_pages_own_data_speak_where_the_text_is_cut():
    own = own_word(data(articleBody=LONG))
    assert second_opinion("", LONG[:600], own) == plain(LONG)
    assert second_opinion("", "We use cookies.", own) == plain(LONG)


def test_data_that_hold_another_text_are_not_believed():
    other = OwnWord(body="Something else was written about quite another thing here today. " * 30)
    assert second_opinion("", LONG[:900], other) == LONG[:900]


@pytest.mark.parametrize(
    "broken", ["{", "[]", "null", "[[[[[[[[[[]]]]]]]]]]", '{"articleBody": 7}', "1e999", "[" * 100_000]
)
def test_broken_data_are_passed_over(broken):
    assert own_word(f'<script type="application/ld+json">{broken}</script>') == OwnWord()


@pytest.mark.parametrize("markup", ["", "<", "<p>", "\x00", "<!-- -->", "<html></html>", "<p>\ud800</p>"])
def test_readability_falls_over_nothing(markup):
    assert isinstance(readable(markup), str)


def test_a_page_cut_in_two_is_read_whole():
    parts = "".join(f"<div class='chunk'><p>{line}</p><aside>Ad</aside></div>" for line in LONG.split("\n"))
    found = read_page(f"<html><body><div class='main'>{parts}</div></body></html>").text
    assert all(day in found for day in ("Monday", "Tuesday", "Wednesday", "Thursday"))


def test_a_wall_without_the_feeds_words_is_not_read_for_blame():
    wall = article(text="We use cookies. " * 30, flags=("consent",))
    assert text_of(wall, None).text == ""
    assert text_of(wall, None).title == wall.title
    assert text_of(replace(wall, flags=("consent", "feed_only")), None).text == wall.text
    assert is_report(("paywall", "short"))


def test_what_nobody_sees_is_not_kept():
    found = extract(
        ExtractJob(
            entry=entry(title=plain("Talks &#8238;fail&#8203;")), feed=feed(), page=page_of(LONG), now=NOON
        )
    )
    assert found.title == "Talks fail"
    assert "\u202e" not in read_page(f"<article><p>\u202e{LONG}\u200b</p></article>").text
    assert plain("می\u200cگوید") == "می\u200cگوید"


def page_of(text):
    body = "".join(f"<p>{line}</p>" for line in text.split("\n"))
    markup = f"<html><body><article>{body}</article></body></html>"
    return Page(
        entry=entry().id,
        url="http://wire.example/1",
        content_type="text/html",
        body=markup.encode(),
        fetched=NOON,
    )


@pytest.mark.parametrize(("maker", "every", "read"), [("old", False, 1), ("old", True, 1)])
def test_kept_pages_are_extracted_again(store, maker, every, read):
    with store.write():
        store.sync_feeds([feed()])
        store.save_entries([entry()])
        store.save_page(page_of(LONG))
        store.save_article(article(text="Wrongly read."), entry().id, maker, NOON)
    with ThreadPoolExecutor(1) as worker:
        assert extract_again(store, worker, 5.0, every=every) == (read, 1)
        found = store.article(article().id)
        assert found.text.startswith("The foreign ministry")
        assert (found.revision, found.url) == (1, article().url)
        assert extract_again(store, worker, 5.0) == (0, 0)
        assert extract_again(store, worker, 5.0, every=True) == (1, 0)


def test_pages_are_kept_for_a_time(store):
    with store.write():
        store.save_page(page_of(LONG))
        assert store.forget_pages(NOON) == 0
        assert store.forget_pages(NOON.replace(hour=13)) == 1
    assert store.page(entry().id) is None
