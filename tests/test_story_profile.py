"""What a story is about, and how it went round."""

from datetime import timedelta

import numpy as np
import pytest

from monitor.model import Story
from reports.story_profile import profile, quiet_periods, titles
from reports.thread import LONGEST_GAP, Sketch, shared_actors, thread
from tests.fakes import NOON, feed
from tests.rows import POST, VOLNA, covered

ECHO = feed("echo", kind="exile", language="ru")


def told(key, outlet=POST, hours=0.0, **parts):
    return covered(key, outlet, published=NOON + timedelta(hours=hours), **parts)


STORY = [
    told("1", hours=0, title="Dam in the north bursts", text="The dam burst. Greece blamed Turkey."),
    told("2", VOLNA, 2, title="Прорвало плотину на севере", text="Греция обвинила Турцию."),
    told("3", hours=3, title="Minister silent", text="Athens waits for an answer of Ankara."),
    told("4", ECHO, 5, title="Министр молчит о плотине на севере", text="Турция молчит, Греция ждёт."),
    told("5", hours=50, title="North counts its dead after dam bursts in Greece", text="Ankara denies it."),
]


def test_a_language_is_shown_by_the_title_that_most_others_share():
    words = ["Flood alarm", "Dam in the north bursts", "Dam bursts in the north of Greece", "Minister silent"]
    rows = [told(str(hour), hours=hour, title=title) for hour, title in enumerate(words)]
    assert titles(rows)[0].title == "Dam in the north bursts"
    assert [title.language for title in titles(STORY)] == ["en", "ru"]


def test_two_titles_that_share_alike_leave_it_to_the_first():
    assert titles(STORY[:1])[0].article == STORY[0].article.id
    same = [told(str(hour), hours=hour, title="One and the same") for hour in (5, 1, 3)]
    assert titles(same)[0].article == same[1].article.id


def test_titles_without_spaces_are_compared_by_pairs_of_signs():
    rows = [
        told(str(i), title=title, language="ja")
        for i, title in enumerate(["速報", "北部で堤防が決壊", "堤防決壊で大臣が辞任"])
    ]
    assert titles(rows)[0].title != "速報"


def test_the_readers_language_is_taken_where_it_has_a_title():
    found = profile(STORY)
    assert found.title_in("ru", "en").language == "ru"
    assert found.title_in("fa", "en-GB").language == "en"
    assert found.title_in("fa") is None


def test_key_actors_and_places_are_those_of_most_reports():
    found = profile(STORY)
    assert {one.actor for one in found.actors} == {"GRC", "TUR"}
    assert found.actors[0].name in ("Greece", "Turkey", "Türkiye")
    assert all(0.2 <= one.share <= 1 for one in found.actors)
    assert {one.actor for one in found.places} <= {"GRC", "TUR"}
    assert found.places


def test_followers_come_in_the_order_in_which_they_took_it_up():
    found = profile(STORY).followers
    assert [(one.outlet, one.after, one.reports) for one in found] == [
        ("volna", timedelta(hours=2), 1),
        ("echo", timedelta(hours=5), 1),
    ]


def test_coverage_is_counted_by_state_and_kind():
    rows = [(one.state, one.kind, one.outlets, one.reports) for one in profile(STORY).shares]
    assert rows == [(None, "independent", 1, 3), ("RUS", "state_media", 1, 1), (None, "exile", 1, 1)]


def test_quiet_periods_are_gaps_of_a_day():
    (gap,) = profile(STORY).quiet
    assert (gap.start, gap.end) == (NOON + timedelta(hours=5), NOON + timedelta(hours=50))
    assert quiet_periods([NOON, NOON + timedelta(hours=23)]) == ()


def test_a_story_without_reports_has_an_empty_profile():
    found = profile([])
    assert (found.titles, found.actors, found.followers, found.shares, found.quiet) == ((), (), (), (), ())


# --- threads ------------------------------------------------------------------------------------------------------


def sketch(key, first, last, angle=0.0, actors=None):
    """A story told between two days, its centre at an angle (degrees) to the first axis."""
    story = Story(
        id=key,
        title=key,
        language="en",
        first=NOON + timedelta(days=first),
        last=NOON + timedelta(days=last),
        size=3,
    )
    turn = np.deg2rad(angle)
    centre = np.array([np.cos(turn), np.sin(turn)], np.float32)
    return Sketch(story=story, centre=centre, actors={"GRC": 3, "TUR": 3} if actors is None else actors)


def chain(key, *sketches):
    return [link.story.id for link in thread(key, sketches)]


def test_an_event_of_weeks_is_a_chain_from_whichever_story():
    rows = sketch("a", 0, 3), sketch("b", 10, 12, 20), sketch("c", 20, 22, 40)
    assert chain("a", *rows) == chain("b", *rows) == chain("c", *rows) == ["a", "b", "c"]
    likeness = [link.likeness for link in thread("a", rows)]
    assert likeness[0] == 0
    assert likeness[1] == pytest.approx(np.cos(np.deg2rad(20)))


def test_another_theme_other_actors_or_a_long_time_break_the_chain():
    first = sketch("a", 0, 3)
    assert chain("a", first, sketch("b", 10, 12, 89)) == ["a"]
    assert chain("a", first, sketch("b", 10, 12, actors={"JPN": 4})) == ["a"]
    assert chain("a", first, sketch("b", 4 + LONGEST_GAP.days, 60)) == ["a"]


def test_a_story_continues_the_likest_before_it():
    rows = sketch("a", 0, 3, 50), sketch("b", 1, 3, 10), sketch("c", 9, 9)
    assert chain("c", *rows)[-2:] == ["b", "c"]


def test_stories_of_one_moment_make_no_circle():
    rows = sketch("a", 0, 3), sketch("b", 0, 3), sketch("c", 0, 3)
    assert sorted(chain("b", *rows))[:2] == ["a", "b"]


def test_an_unknown_story_has_no_thread():
    assert thread("nothing", [sketch("a", 0, 1)]) == ()


def test_stories_without_actors_are_judged_by_their_words():
    assert shared_actors({}, {}) == 1
    assert shared_actors({"GRC": 1}, {}) == 0
