"""An actor over time: series, counterparts, and what is new."""

from __future__ import annotations

from datetime import date, timedelta

from monitor.store import ActorFrame
from reports.actor_history import history
from reports.bars import bars
from tests.fakes import NOON

LONG_AGO = NOON - timedelta(days=400)


def one(
    days: float, blamer: str = "RUS", target: str = "USA", kind: str = "aggression", **parts
) -> ActorFrame:
    values = {"published": NOON + timedelta(days=days), "article": f"a{days}", "stance": "blames"}
    return ActorFrame(
        **(values | {"blamer": blamer, "target": target, "kind": kind, "outlet_state": None} | parts)
    )


def test_a_short_record_has_days_and_a_long_one_weeks():
    short = history("RUS", [one(0), one(2), one(2, kind="atrocity")], LONG_AGO)
    assert (short.blames.unit, len(short.blames.starts)) == ("day", 3)
    assert dict(short.blames.kinds) == {"aggression": (1, 0, 1), "atrocity": (0, 0, 1)}
    long = history("RUS", [one(-100), one(0)], LONG_AGO)
    assert long.blames.unit == "week"
    assert long.blames.starts[-1] == date(2026, 10, 5)
    assert sum(dict(long.blames.kinds)["aggression"]) == 2
    assert len(history("RUS", [one(-2000), one(0)], LONG_AGO).blames.starts) == 52


def test_blaming_and_being_blamed_are_apart_and_denials_count_in_neither():
    found = history(
        "RUS", [one(0), one(0, "USA", "RUS", "deception"), one(0, "RUS", "RUS", stance="denies")], None
    )
    assert [kind for kind, _ in found.blames.kinds] == ["aggression"]
    assert [kind for kind, _ in found.blamed.kinds] == ["deception"]


def test_counterparts_are_ordered_by_how_much_both_blame():
    found = history("RUS", [one(0), one(1), one(0, "TUR", "RUS", "violation")], LONG_AGO).counterparts
    assert [(row.actor, row.blamed, row.blames, row.kind) for row in found] == [
        ("USA", 2, 0, "aggression"),
        ("TUR", 0, 1, "violation"),
    ]


def test_a_new_target_is_told_with_the_time_since():
    frames = [one(-90, target="TUR"), one(-20), one(-1), one(0, target="TUR")]
    (change,) = history("RUS", frames, LONG_AGO).changes
    assert change.text == "On 5 October 2026 Russia blamed Turkey, for the first time since 7 July 2026."
    assert change.article == "a0"


def test_what_was_never_said_is_told_against_the_oldest_report():
    texts = [change.text for change in history("RUS", [one(-20), one(0, target="TUR")], LONG_AGO).changes]
    assert texts == [
        "On 5 October 2026 Russia blamed Turkey, for the first time since the oldest report here, of 31 August 2025."
    ]


def test_a_young_record_tells_no_change():
    assert history("RUS", [one(-2), one(0, target="TUR")], NOON - timedelta(days=5)).changes == ()
    assert history("RUS", [one(0)], None).changes == ()


def test_a_new_kind_of_an_old_pair_is_told_as_a_kind():
    frames = [one(-50), one(-25), one(-1), one(0, kind="corruption")]
    (change,) = history("RUS", frames, LONG_AGO).changes
    assert "Russia blamed somebody for corruption" in change.text


def test_an_actor_that_nobody_names_has_an_empty_history():
    found = history("ISL", [], LONG_AGO)
    assert (found.blames.starts, found.blames.kinds, found.counterparts, found.changes) == ((), (), (), ())
    assert found.blames.highest == 0


def test_bars_share_a_scale_and_say_their_numbers():
    series = history("RUS", [one(0)] * 4 + [one(1, kind="other")], LONG_AGO).blames
    big, small = bars(series, "aggression", name="a"), bars(series, "other", name="b")
    assert 'height="52.0"' in big
    assert 'height="13.0"' in small
    assert "<title>5 October 2026: 4</title>" in big
    assert 'aria-labelledby="a-t a-d"' in big
