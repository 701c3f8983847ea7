"""A story side by side, its wire copies, what stands beside it, and what changed in a text."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import Story, make_id
from monitor.store import Neighbour
from reports.comparison import compare, sides_of
from reports.differences import differences
from reports.neighbours import related, silent
from reports.story_report import report
from tests.fakes import NOON, feed, frame
from tests.rows import VOLNA, covered, story_of

BRIEF = feed("brief", state="USA", kind="government", language="en")
LONG = " ".join(f"word{i} stands here and says thing{i * 7}" for i in range(40))


def neighbour(key: str, pairs, states=(), day: int = 0, size: int = 3) -> Neighbour:
    at = NOON + timedelta(days=day)
    story = Story(id=make_id(key), title=key, language="en", first=at, last=at, size=size)
    return Neighbour(story=story, states=frozenset(states), pairs=frozenset(pairs))


def test_sides_are_states_and_kinds_of_outlet_and_nothing_else():
    assert sides_of("rus, USA,rus,nonsense,exile,OUTLET,KURDS") == ("RUS", "USA", "exile")
    assert sides_of("") == ()
    assert len(sides_of("RUS,USA,TUR,IRN,SYR,EGY")) == 4


def test_charges_stand_opposite_each_other_the_shared_ones_first():
    told = [
        covered("1", VOLNA, [frame("RUS", "USA", score=0.9), frame("RUS", "KURDS", score=0.99)]),
        covered("2", BRIEF, [frame("RUS", "USA", score=0.4)], published=NOON + timedelta(hours=2)),
    ]
    found = compare(told, ["RUS", "USA", "TUR"])
    assert [(row.blamer.key, row.target.key, row.shared) for row in found.rows] == [
        ("RUS", "USA", 2),
        ("RUS", "KURDS", 1),
    ]
    assert [line is not None for line in found.rows[0].lines] == [True, True, False]
    assert [line is not None for line in found.rows[1].lines] == [True, False, False]
    assert [side.delay for side in found.sides] == [timedelta(0), timedelta(hours=2), None]
    assert found.sides[2].coverage == ()


def test_a_charge_and_its_denial_are_different_rows():
    told = [covered("1", VOLNA, [frame("RUS", "RUS", stance="denies"), frame("RUS", "RUS")])]
    assert len(compare(told, ["RUS", "USA"]).rows) == 2


def test_related_stories_share_charges_and_come_in_the_order_of_time():
    told = report(
        story_of([covered("1", VOLNA, [frame("RUS", "USA"), frame("RUS", "RUS", stance="denies")])]),
        [covered("1", VOLNA, [frame("RUS", "USA"), frame("RUS", "RUS", stance="denies")])],
    )
    found = related(
        told,
        [
            neighbour("after", [("RUS", "USA")], day=3),
            neighbour("before", [("RUS", "USA"), ("IRN", "USA")], day=-3),
            neighbour("denials", [("RUS", "RUS")]),
            neighbour("other", [("EGY", "ETH")]),
        ],
    )
    assert [one.neighbour.story.title for one in found] == ["before", "after"]
    assert found[0].shared == ("Russia → the United States",) or "→" in found[0].shared[0]


def test_a_state_is_silent_where_it_told_most_such_stories_and_was_there():
    rows = [covered("1", VOLNA, [frame("RUS", "USA")])]
    told = report(story_of(rows), rows)
    alike = [neighbour(str(i), [("RUS", "USA")], ["RUS", "TUR", "IRN"] if i else ["EGY"]) for i in range(5)]
    assert [(one.state, one.told, one.alike) for one in silent(told, alike, {"TUR", "EGY", "RUS"})] == [
        ("TUR", 4, 5)
    ]
    assert silent(told, alike[:3], {"TUR"}) == ()
    assert silent(told, alike, set()) == ()


def shown(old: str, new: str) -> list[list[tuple[str, str]]]:
    return [[(piece.change, piece.text) for piece in paragraph] for paragraph in differences(old, new)]


def test_differences_are_words_within_a_changed_paragraph():
    assert shown("Same.\nThe army fired two rockets.", "Same.\nThe army fired ten rockets.") == [
        [("same", "The army fired "), ("gone", "two"), ("new", "ten"), ("same", " rockets.")]
    ]


def test_paragraphs_that_came_or_went_are_whole():
    assert shown("One.\nTwo.", "One.\nTwo.\nThree.") == [[("new", "Three.")]]
    assert shown("One.\nTwo.", "Two.") == [[("gone", "One.")]]
    assert shown("a b", "a  b\n") == [[("same", "a"), ("gone", " "), ("new", "  "), ("same", "b")]]
    assert shown("Same.", "\nSame. \n") == []


def test_a_rewritten_or_very_long_paragraph_is_shown_whole():
    assert shown("Alpha beta gamma.", "Nothing alike 123!")[0][0] == ("gone", "Alpha beta gamma.")
    long = "word " * 3000
    assert [change for change, _ in shown(long, long + "more")[0]] == ["gone", "new"]


def test_nothing_is_lost_between_two_texts():
    old, new = "Der Minister nannte 3 Tote.\nAlt.", "Der Minister nannte 5 Tote und 2 Verletzte.\nNeu hier."
    for paragraph, before, after in zip(differences(old, new), old.split("\n"), new.split("\n"), strict=True):
        assert "".join(piece.text for piece in paragraph if piece.change != "new") == before
        assert "".join(piece.text for piece in paragraph if piece.change != "gone") == after
