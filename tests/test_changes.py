"""What changed since the last digest, and what a saved query picks."""

from __future__ import annotations

from datetime import timedelta

from monitor.subscription import Query
from reports.changes import changes
from reports.selection import asked_first, line_matches, matches, select
from reports.story_report import report
from tests.fakes import NOON, frame
from tests.rows import POST, VOLNA, covered, story_of

DAY = timedelta(days=1)
EVERYTHING = Query()


def at(key, days, frames=(), outlet=POST, **parts):
    when = NOON + days * DAY
    return covered(key, outlet, frames, published=when, first_seen=when, **parts)


def told(*rows, key="story"):
    return report(story_of(rows, key), rows)


def kinds(story, known=None, ended=()):
    return [change.kind for change in changes([story], ended, NOON, known)]


def test_a_charge_that_an_older_story_did_not_have_is_new():
    story = told(at("1", -1, [frame("RUS", "USA")]), at("2", 1, [frame("RUS", "USA"), frame("USA", "RUS")]))
    found = changes([story], [], NOON, None)
    assert [(one.kind, one.line.text) for one in found] == [("line", "United States → Russia · negligence")]
    assert found[0].words == "New charge"


def test_a_story_that_began_since_then_is_new_as_a_whole():
    assert kinds(told(at("1", 1, [frame("RUS", "USA")]))) == []


def test_a_target_is_new_when_the_pair_was_not_known():
    story = told(at("1", 1, [frame("RUS", "USA"), frame("RUS", "UKR")]))
    found = changes([story], [], NOON, {("RUS", "UKR")})
    assert [(one.kind, one.line.target.key) for one in found] == [("target", "USA")]


def test_nothing_is_a_new_target_before_there_is_a_memory():
    assert kinds(told(at("1", 1, [frame("RUS", "USA")])), known=None) == []
    assert kinds(told(at("1", 1, [frame("RUS", "USA")])), known=set()) == ["target"]


def test_the_same_new_target_in_two_stories_is_said_once():
    one = told(at("1", 1, [frame("RUS", "USA")]))
    two = told(at("2", 1, [frame("RUS", "USA")]), key="other")
    assert len(changes([one, two], [], NOON, set())) == 1


def test_a_denial_that_became_an_admission_comes_first():
    denied = frame("USA", "USA", stance="denies")
    admitted = frame("USA", "USA", stance="accepts")
    story = told(at("1", -1, [denied]), at("2", 1, [frame("RUS", "USA"), admitted]))
    assert kinds(story, known=set()) == ["admission", "target"]


def test_an_admission_without_a_denial_before_it_is_a_new_answer():
    admitted = frame("USA", "USA", stance="accepts")
    story = told(at("1", -1), at("2", 1, [admitted]))
    assert kinds(story) == ["line"]
    late = told(at("1", -1), at("2", 1, [admitted]), at("3", 2, [frame("USA", "USA", stance="denies")]))
    assert "admission" not in kinds(late)


def test_stories_that_ended_come_last():
    over = told(at("9", -3), key="over")
    story = told(at("1", -1), at("2", 1, [frame("RUS", "USA")]))
    assert kinds(story, ended=[over]) == ["line", "ended"]


def test_what_was_published_before_and_seen_late_is_news():
    row = covered(
        "2", POST, [frame("RUS", "USA")], published=NOON - DAY / 2, first_seen=NOON + timedelta(minutes=5)
    )
    assert kinds(told(at("1", -2), row)) == ["line"]


def test_the_past_of_a_feed_at_its_first_visit_is_no_news():
    row = covered(
        "2", POST, [frame("RUS", "USA")], published=NOON - 3 * DAY, first_seen=NOON + timedelta(minutes=5)
    )
    assert kinds(told(at("1", -4), row)) == []


def test_stories_are_told_by_weight_and_only_if_they_have_news():
    big_once = told(*(at(str(i), -1) for i in range(9)), at("9", 1), key="big")
    two = told(at("20", 1), at("21", 1, outlet=VOLNA), key="two")
    old = told(at("30", -1), key="old")
    assert select([old, big_once, two], EVERYTHING, NOON) == [two, big_once]


def test_a_query_asks_for_actors_targets_and_kinds_of_one_line():
    story = told(at("1", 1, [frame("RUS", "USA", kind="deception"), frame("USA", "RUS", kind="aggression")]))
    assert matches(EVERYTHING, story)
    assert matches(Query(actors=("RUS",), targets=("USA",), kinds=("deception",)), story)
    assert not matches(Query(actors=("RUS",), kinds=("aggression",)), story)
    assert not matches(Query(targets=("FRA",)), story)
    assert not matches(Query(targets=("FRA",)), told(at("1", 1)))


def test_a_query_asks_for_languages_states_and_words_of_one_report():
    story = told(at("1", 1, outlet=VOLNA, title="Дамба"), at("2", 1, title="The Dam", text="It broke."))
    assert matches(Query(languages=("ru",), states=("RUS",), words=("дамба",)), story)
    assert matches(Query(words=("BROKE", "nothing")), story)
    assert not matches(Query(languages=("ru",), words=("broke",)), story)
    assert not matches(Query(states=("FRA",)), story)
    assert matches(Query(languages=("ru",)), told(at("1", 1, outlet=VOLNA, language="ru-RU")))


def test_lines_that_are_asked_for_stand_before_the_counter_voices():
    story = told(at("1", 1, [frame("RUS", "USA", score=0.9), frame("USA", "RUS", score=0.5)]))
    query = Query(actors=("USA",))
    lines = asked_first(query, story.lines)
    assert [line_matches(query, line) for line in lines] == [True, False]
    assert set(lines) == set(story.lines)
