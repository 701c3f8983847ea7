"""Searching the store: every field finds what it says, pages stay put, both ways of searching agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.errors import StoreError
from monitor.model import make_id
from monitor.query import Query, parse
from monitor.rank import story_rank
from monitor.store import Store, search
from tests.fakes import NOON, article, entry, feed, frame
from tests.rows import POST, VOLNA, covered, keep, sample_stories
from tests.test_query import queries

EXILE = feed("Novosti v izgnanii", state=None, kind="exile", language="ru")
TURK = feed("gazete", state="TUR", kind="public", language="tr")


@pytest.fixture
def world(store) -> Store:
    stories = {
        "talks": [
            covered("1", VOLNA, [frame("OUTLET", "USA")], title="Срыв переговоров", text="Ёлка и перемирие."),
            covered(
                "2", POST, [frame("USA", "RUS", kind="obstruction")], text="The cease-fire talks collapsed."
            ),
        ],
        "quake": [
            covered(
                "3",
                TURK,
                [],
                title="İstanbul'da deprem",
                text="Şehir sarsıldı.",
                published=NOON - timedelta(days=3),
            ),
            covered("4", POST, [frame("TUR", "TUR", stance="denies")], text="Quake kills ten."),
        ],
        "far": [
            covered(
                "5",
                EXILE,
                [frame("UKR", "RUS", kind="atrocity")],
                text="Удар по городу.",
                published=NOON - timedelta(days=9),
            ),
            covered(
                "6",
                POST,
                [],
                title="停火协议",
                text="双方达成停火协议。",
                language="zh-Hant",
                published=NOON - timedelta(days=9),
            ),
        ],
        "calm": [covered("7", POST, [], text="وَقْفُ إطلاق النّار", language="ar")],
    }
    keep(store, stories)
    return store


def found(store: Store, text: str) -> set[str]:
    names = {make_id(name): name for name in ("talks", "quake", "far", "calm")}
    return {names[story.id] for story in store.find_stories(parse(text), NOON).rows}


@pytest.fixture(params=["few", "each"])
def way(request, monkeypatch) -> None:
    """Both ways of searching: by the rarest side, and by a check of each row."""
    if request.param == "each":
        monkeypatch.setattr(search, "_FEW", -1)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("text", "stories"),
    [
        ("", {"talks", "quake", "far", "calm"}),
        ("actor:RUS", {"talks", "far"}),
        ("blamer:RUS", {"talks"}),
        ("blamer:RUS -blamer:OUTLET", set()),
        ("blamer:OUTLET", {"talks"}),
        ("actor:RUS actor:UKR", {"far"}),
        ("target:RUS,TUR", {"talks", "quake", "far"}),
        ("target:RUS kind:obstruction", {"talks"}),
        ("target:USA kind:obstruction", set()),
        ("stance:denies", {"quake"}),
        ("kind:atrocity,violation", {"far"}),
        ("-kind:negligence", {"talks", "far"}),
        ("lang:zh", {"far"}),
        ("lang:zh-hant", {"far"}),
        ("lang:zh-hans", set()),
        ("lang:tr,ar", {"quake", "calm"}),
        ("state:RUS", {"talks"}),
        ("state:none", {"talks", "quake", "far", "calm"}),
        ("state:none lang:ru", {"far"}),
        ("-state:none", {"talks", "quake"}),
        ("outlet:exile,public", {"quake", "far"}),
        ('source:"novosti V"', {"far"}),
        ("source:nobody", set()),
        ("after:2026-10-05", {"talks", "quake", "calm"}),
        ("before:2026-10-05", {"quake", "far"}),
        ("after:2026-10-02 before:2026-10-03", {"quake"}),
        ("last:24h", {"talks", "quake", "calm"}),
        ("last:4d lang:tr", {"quake"}),
        ("last:2d lang:tr", set()),
        ("collapsed", {"talks"}),
        ("COLLAPSED talks", {"talks"}),
        ("collapsed ten", set()),
        ('"cease fire"', {"talks"}),
        ('"fire cease"', set()),
        ("collap", set()),
        ("collap*", {"talks"}),
        ("елка", {"talks"}),
        ("istanbul*", {"quake"}),
        ("sehir", {"quake"}),
        ("停火", {"far"}),
        ("火停", set()),
        ('"وقف اطلاق"', {"calm"}),
        ("quake -ten", set()),
        ("-quake lang:en", {"talks"}),
        ("title", {"talks", "quake", "far", "calm"}),
    ],
)
def test_every_field_finds_what_it_says(world, text, stories):
    assert found(world, text) == stories


@pytest.mark.usefixtures("way")
def test_all_conditions_hold_of_one_report_and_one_frame(world):
    assert found(world, "lang:ru target:RUS") == {"far"}
    assert found(world, "lang:en target:USA") == set()
    assert [row["article"] for row in world.find_frames(parse("target:RUS lang:en"), NOON).rows] == [
        make_id("article", "2")
    ]
    assert {row["id"] for row in world.find_articles(parse("target:RUS"), NOON).rows} == {
        make_id("article", "2"),
        make_id("article", "5"),
    }


@given(query=queries())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_can_be_asked_and_both_ways_agree(world, query):
    finders = (world.find_stories, world.find_articles, world.find_frames)
    with pytest.MonkeyPatch.context() as patch:
        by_rarest = [find(query, NOON).rows for find in finders]
        patch.setattr(search, "_FEW", -1)
        assert [find(query, NOON).rows for find in finders] == by_rarest


def test_orders(store):
    times = {"old": (5, 9), "new": (1, 0), "some": (2, 0.5)}
    keep(
        store,
        {
            name: [
                covered(
                    f"{name}{i}",
                    POST,
                    published=NOON - timedelta(days=days),
                    url=f"http://post.example/{name}{i}",
                )
                for i in range(size)
            ]
            for name, (size, days) in times.items()
        },
    )

    def titles(order):
        return [story.title.split()[1][:-1] for story in store.find_stories(Query(), NOON, order=order).rows]

    assert titles("weight") == ["some", "new", "old"]
    assert titles("newest") == ["new", "some", "old"]
    assert titles("largest") == ["old", "some", "new"]


def test_a_day_halves_a_story():
    assert story_rank(2, NOON) == story_rank(1, NOON + timedelta(days=1))
    assert story_rank(16, NOON) == story_rank(1, NOON) + 4000


@pytest.mark.parametrize("name", ["find_stories", "find_articles", "find_frames"])
def test_pages_hold_every_row_once_while_rows_come_in(store, name):
    def more(start: int, stop: int, when: datetime) -> None:
        rows = [
            covered(str(i), POST, [frame(), frame("SYR")], url=f"http://post.example/{i}", published=when)
            for i in range(start, stop)
        ]
        keep(store, {row.article.id: [row] for row in rows})

    more(0, 23, NOON)
    find = getattr(store, name)
    key = "id" if name != "find_stories" else None
    before = {row[key] if key else row.id for row in find(Query(), NOON, limit=100).rows}
    seen, after = [], None
    for turn in range(100):
        page = find(Query(), NOON, limit=5, after=after)
        seen.extend(row[key] if key else row.id for row in page.rows)
        more(100 + turn, 101 + turn, NOON + timedelta(hours=1))  # newer, so above all pages
        after = page.next
        if after is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == before


def test_a_place_of_another_list_is_refused(store):
    with pytest.raises(StoreError, match="not one of this list"):
        store.find_articles(Query(), NOON, after=("x",))


def test_times_limit_every_list(world):
    since = NOON - timedelta(days=4)
    assert len(world.find_stories(Query(), NOON, since=since).rows) == 3
    assert len(world.find_stories(Query(), NOON, until=since).rows) == 1
    assert len(world.find_articles(Query(), NOON, since=since, until=NOON - timedelta(days=1)).rows) == 1
    assert len(world.find_frames(Query(), NOON, until=since).rows) == 1


def test_a_changed_text_is_found_by_its_new_words_only(store):
    keep(store, {})
    store.sync_feeds([feed()])
    own = article("1", text="The treaty holds.")
    with store.write():
        store.save_entries([entry("1")])
        store.save_article(own, entry("1").id, "test", NOON)
        store.save_article(replace(own, text="The treaty broke."), entry("1").id, "test", NOON)
    assert store.find_articles(parse("holds"), NOON).rows == ()
    assert len(store.find_articles(parse("broke treaty"), NOON).rows) == 1


def test_a_new_extraction_of_the_same_page_is_what_is_found(store):
    row = covered("1", POST, title="Truce", text="A cookie wall of words.")
    keep(store, {"s": [row]})
    better = replace(row.article, text="The truce holds at the river.")
    own = make_id("entry", row.article.id)
    with store.write():
        store.save_article(row.article, own, "test", NOON)
        assert store.replace_text(own, better, "again")
    found = [len(store.find_articles(parse(word), NOON).rows) for word in ("cookie", "river", "truce")]
    assert found == [0, 1, 1]


def test_frames_of_older_readings_are_left_out(store):
    row = covered("1", POST, [frame()])
    keep(store, {"s": [row]})
    from monitor.model import Reading

    with store.write():
        later = Reading(classifier="later", language="en", frames=(frame("SYR"), frame("IRN")))
        store.save_reading(row.article, later, NOON + timedelta(hours=1))
    assert {row["blamer"] for row in store.find_frames(Query(), NOON).rows} == {"SYR", "IRN"}
    assert found_blamers(store) == {"SYR", "IRN"}
    assert {row["blamer"] for row in store.frames()} == {"SYR", "IRN"}
    assert store.charges(NOON - timedelta(days=9), NOON + timedelta(days=9)) == {
        ("SYR", "USA"),
        ("IRN", "USA"),
    }
    assert store.find_stories(parse("actor:RUS"), NOON).rows == ()


def found_blamers(store: Store) -> set[str]:
    return {one.blamer for row in store.coverage(make_id("s")) for one in row.frames}


def test_coverage_takes_as_many_queries_for_many_articles_as_for_one(store):
    keep(store, sample_stories())
    stories = [story.id for story in store.find_stories(Query(), NOON).rows]
    asked: list[str] = []
    store._db.conn.set_trace_callback(asked.append)
    few = store.coverages(stories[:1])
    one, asked[:] = len(asked), []
    every = store.coverages(stories, texts=False)
    store._db.conn.set_trace_callback(None)
    assert len(asked) == one == 4
    assert sum(map(len, every.values())) == 75
    assert every[stories[0]] != few[stories[0]] == store.coverage(stories[0])
    assert [replace(c.article, text="") for c in few[stories[0]]] == [c.article for c in every[stories[0]]]


def test_the_languages_are_each_named_once(store):
    assert store.languages() == []
    assert store.newest() is None
    keep(store, sample_stories())
    assert len(store.languages()) == 10
    assert store.newest() is not None
