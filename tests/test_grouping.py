"""The stories stage over a store: what is kept in memory decides as a fresh start would, and bad input ends well."""

from datetime import timedelta

import numpy as np
import pytest

from monitor.executors import InlineExecutor
from monitor.grouping import WINDOW, item_of, load, sketches, traits_of
from monitor.join import Item
from monitor.model import make_id
from monitor.pipeline import run_stage
from monitor.stages import _open, stories_stage
from monitor.store import Store
from reports.thread import thread
from tests.fakes import NOON, article, feed

EXECUTORS = {"inline": InlineExecutor()}
SIZE = 384


def topic(number):
    """A vector of its own for each topic."""
    return np.random.default_rng(number).normal(size=SIZE).astype(np.float32) / SIZE**0.5


def near(number, key):
    """A vector like the topic's, but not the same."""
    seed = int(make_id(str(key)), 16)
    return topic(number) + 0.3 * np.random.default_rng(seed).normal(size=SIZE).astype(np.float32) / SIZE**0.5


def tell(store, key, number, hours=0.0, vector=None, **parts):
    """An article with its vector in the store, as the stages before would leave it."""
    values = {
        "url": f"http://wire.example/news/{key}",
        "title": f"A report with some words on matter {number}",
        "text": "It says what happened there, and to whom, in a paragraph that is long enough to be one.",
        "published": NOON + timedelta(hours=hours),
    }
    found = article(str(key), **(values | parts))
    with store.write():
        store.sync_feeds([feed()])
        kept = store.save_article(found, make_id("entry", str(key)), "test", NOON)
        store.save_vector(kept, "m", near(number, key) if vector is None else vector)
    return found.id


def group(store, clock):
    run_stage(stories_stage("m"), store, EXECUTORS, clock)


def stories_by_topic(store, keys):
    return {key: store.story_of(make_id("article", str(key))) for key in keys}


def test_one_event_is_one_story_from_batch_to_batch(store, clock):
    for round_ in range(4):
        for number in (1, 2, 3):
            tell(store, f"{number}-{round_}", number, hours=round_)
        group(store, clock)
    for number in (1, 2, 3):
        found = stories_by_topic(store, [f"{number}-{round_}" for round_ in range(4)])
        assert len(set(found.values())) == 1
    assert store.counts()["stories"] == 3


def test_stories_stay_in_memory_between_passes(store, clock, monkeypatch):
    tell(store, "a", 1)
    group(store, clock)
    kept = _open[store]
    monkeypatch.setattr(Store, "open_members", lambda *_: pytest.fail("read again"))
    tell(store, "b", 1, hours=1)
    group(store, clock)
    assert _open[store] is kept
    assert store.story_of(make_id("article", "a")) == store.story_of(make_id("article", "b"))


def test_a_restart_decides_alike(store, clock):
    for key, number in (("a", 1), ("b", 2), ("c", 1), ("d", 2)):
        tell(store, key, number)
    group(store, clock)
    del _open[store]
    tell(store, "e", 1, hours=1)
    tell(store, "f", 2, hours=1)
    group(store, clock)
    found = stories_by_topic(store, "abcdef")
    assert found["a"] == found["c"] == found["e"] != found["b"] == found["d"] == found["f"]


def test_what_an_analyst_changed_is_read_again(store, clock):
    for key, number in (("a", 1), ("b", 2)):
        tell(store, key, number)
    group(store, clock)
    found = stories_by_topic(store, "ab")
    store.merge_stories(found["a"], found["b"], by="Mira", at=NOON, hand=True)
    tell(store, "c", 2, hours=1)
    group(store, clock)
    assert store.story_of(make_id("article", "c")) == found["a"]


def test_old_items_leave_the_kept_stories_in_memory(store, clock):
    tell(store, "a", 1)
    group(store, clock)
    kept = _open[store]
    tell(store, "old", 1, hours=-24 * 400)
    tell(store, "b", 1, hours=1)
    group(store, clock)
    found = stories_by_topic(store, ("a", "b", "old"))
    assert _open[store] is kept
    assert found["a"] == found["b"] != found["old"]


def test_old_items_find_the_stories_of_their_time(store, clock):
    tell(store, "old", 1, hours=-24 * 400)
    tell(store, "a", 1)
    group(store, clock)
    tell(store, "late", 1, hours=-24 * 399)
    group(store, clock)
    found = stories_by_topic(store, ("a", "late", "old"))
    assert found["late"] == found["old"] != found["a"]


def test_closed_stories_leave_the_memory(store, clock):
    for day in range(0, 40, 4):
        tell(store, f"d{day}", day, hours=24 * day)
        group(store, clock)
    assert store.counts()["stories"] == 10
    assert len(_open[store].clusterer) <= 4


def test_the_store_need_not_read_texts_again(store):
    one = Item(id="a", language="ru", published=NOON, vector=topic(1), actors=frozenset({"RUS"}), length=9)
    key = tell(store, "a", 1)
    with store.write():
        store.save_story_articles([(key, "s")], "test", {key: traits_of(one, "report")})
    (member,) = store.open_members(NOON - WINDOW, NOON + WINDOW, "m")
    found = item_of(member)
    assert member.text == ""
    assert (found.language, found.published, found.actors, found.length) == ("ru", NOON, one.actors, 9)


def test_articles_placed_before_traits_were_kept_are_read(store):
    key = tell(store, "a", 1)
    with store.write():
        store.save_story_articles([(key, "s")], "test")
    (member,) = store.open_members(NOON - WINDOW, NOON + WINDOW, "m")
    assert item_of(member).length > 100
    assert "s" in load(store, "m", {}, (NOON - WINDOW, NOON + WINDOW)).clusterer


def test_an_event_of_weeks_is_a_thread_of_stories(store, clock):
    for key, number, day in (("a", 1, 0), ("b", 1, 20), ("other", 2, 21)):
        tell(store, key, number, hours=24 * day)
    group(store, clock)
    found = stories_by_topic(store, ("a", "b", "other"))
    rows = sketches(store, "m", {}, (NOON - WINDOW, NOON + timedelta(days=40)))
    assert [link.story.id for link in thread(found["b"], rows)] == [found["a"], found["b"]]


# --- pages that tell of many events, or of none -------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"title": "Matter 1 live: what happened so far"},
        {"title": "Opinion: matter 1 is our own fault"},
        {"title": "Morning briefing: matter 1, matter 2 and more"},
        {"url": "http://wire.example/tag/matter"},
        {"title": "News", "text": "News"},
    ],
)
def test_what_glues_stands_alone_and_draws_nothing(store, clock, parts):
    tell(store, "glue", 1, **parts)
    tell(store, "a", 1, hours=1)
    group(store, clock)
    del _open[store]
    tell(store, "b", 1, hours=2)
    tell(store, "glue2", 1, hours=3, **({"url": "http://wire.example/tag/other"} | parts))
    group(store, clock)
    found = stories_by_topic(store, ("glue", "a", "b", "glue2"))
    assert found["a"] == found["b"]
    assert len(set(found.values())) == 3


def test_a_live_blog_does_not_tie_two_events(store, clock):
    """Its vector lies between the two; without it they stay apart, with it too."""
    tell(store, "a", 1)
    tell(store, "live", 0, title="Live updates: matters 1 and 2", vector=topic(1) + topic(2))
    tell(store, "b", 2, hours=1)
    group(store, clock)
    assert len(set(stories_by_topic(store, ("a", "live", "b")).values())) == 3


# --- bad input ----------------------------------------------------------------------------------------------------


def test_empty_texts_and_one_word_titles_stand_alone(store, clock):
    for number in range(30):
        tell(store, f"empty{number}", 1, title="", text="")
        tell(store, f"word{number}", 1, title="Breaking", text="Breaking")
    group(store, clock)
    assert {story.size for story in store.stories(limit=-1)} == {1}


def test_identical_texts_are_one_story_of_those_who_ran_them(store, clock):
    """Wire copy is one story; it draws nothing that is another event."""
    for number in range(40):
        tell(store, f"copy{number}", 1, hours=number / 60, vector=topic(1))
    for number in range(10):
        tell(store, f"other{number}", 100 + number, hours=number / 60)
    group(store, clock)
    assert sorted(story.size for story in store.stories(limit=-1)) == [*[1] * 10, 40]


def test_no_story_takes_everything(store, clock, monkeypatch):
    """Whatever a source repeats without end: a full story takes no more."""
    monkeypatch.setattr("monitor.cluster.LARGEST", 10)
    for number in range(35):
        tell(store, f"copy{number}", 1, vector=topic(1))
    group(store, clock)
    assert sorted(story.size for story in store.stories(limit=-1)) == [5, 10, 10, 10]


def test_many_articles_in_one_second_stay_the_events_they_are(store, clock):
    """Ten thousand in a field; some hundred events here, all in the same second."""
    with store.write():
        for number in range(600):
            tell(store, f"s{number}", number % 200)
    group(store, clock)
    sizes = [story.size for story in store.stories(limit=-1)]
    assert sum(sizes) == 600
    assert max(sizes) <= 6
    assert len(sizes) >= 190


def test_articles_of_any_date_get_a_story(store, clock):
    days = (-20_000, -400, 0, 1, 20_000)
    for day in days:
        tell(store, f"d{day}", 1, hours=24 * day)
    group(store, clock)
    found = stories_by_topic(store, [f"d{day}" for day in days])
    assert None not in found.values()
    assert found["d0"] == found["d1"]
    assert len(set(found.values())) == 4


def test_a_future_date_does_not_close_what_is_open(store, clock):
    tell(store, "a", 1)
    tell(store, "future", 2, hours=24 * 20_000)
    group(store, clock)
    tell(store, "b", 1, hours=1)
    group(store, clock)
    found = stories_by_topic(store, "ab")
    assert found["a"] == found["b"]


def test_an_unknown_language_neither_fails_nor_gathers_everything(store, clock):
    for number in range(12):
        tell(store, f"x{number}", number, hours=number / 60, language="xx")
        tell(store, f"e{number}", 50 + number, hours=number / 60, language="")
    group(store, clock)
    sizes = [story.size for story in store.stories(limit=-1)]
    assert sum(sizes) == 24
    assert max(sizes) <= 3


def test_vectors_without_direction_join_nothing(store, clock):
    for number in range(5):
        tell(store, f"z{number}", 1, vector=np.zeros(SIZE, np.float32))
    group(store, clock)
    assert store.counts()["stories"] == 5
