"""Every local day gets exactly one digest, whatever the clocks do."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.due import TRY_FOR, due_moment, is_due, newest_due, period, retry_at
from monitor.subscription import Schedule

#: Zones with every oddity we know of: gaps at midnight (Beirut, Asuncion, Cairo, Havana), at the end of a day (Nuuk),
#: half an hour (Lord Howe), summer time around Ramadan (Casablanca), at 24:00 (Gaza), none at all (Kolkata), a
#: missing day (Apia 2011), a changed offset (Pyongyang 2015 and 2018), negative summer time (Dublin).
ZONES = (
    "UTC Europe/Berlin Europe/Dublin America/New_York America/Havana America/Asuncion America/Nuuk America/St_Johns "
    "Asia/Beirut Asia/Gaza Asia/Kolkata Asia/Tehran Asia/Pyongyang Africa/Cairo Africa/Casablanca Australia/Lord_Howe "
    "Pacific/Apia Pacific/Chatham Atlantic/Azores Antarctica/Troll"
).split()
FIRST, LAST = date(2016, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


def days(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + i * DAY for i in range((last - first).days + 1)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (2, 30), (23, 30)])
def test_every_local_day_has_one_moment_on_that_day_and_they_rise(zone, hour, minute):
    place = ZoneInfo(zone)
    schedule = Schedule(zone=zone, hour=hour, minute=minute)
    moments = [due_moment(schedule, day) for day in days()]
    assert all(moment is not None for moment in moments)
    assert [moment.astimezone(place).date() for moment in moments] == days()
    assert all(a < b for a, b in itertools.pairwise(moments))


def changes(zone: str) -> list[datetime]:
    """The moments at which the zone's offset changes."""
    place, found = ZoneInfo(zone), []
    moment = datetime(FIRST.year, 1, 1, tzinfo=UTC)
    while moment.date() < LAST:
        after = moment + DAY
        if moment.astimezone(place).utcoffset() != after.astimezone(place).utcoffset():
            found.append(after)
        moment = after
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_a_service_that_ticks_sends_every_local_day_once_across_each_change(zone):
    place = ZoneInfo(zone)
    for hour, minute in ((0, 10), (1, 30), (2, 30), (23, 59)):
        schedule = Schedule(zone=zone, hour=hour, minute=minute)
        for change in changes(zone):
            start = change - 2 * DAY
            now, sent = start, []
            while now < change + 2 * DAY:
                day = is_due(schedule, start, now)
                if day is not None and day not in sent:
                    sent.append(day)
                now += timedelta(hours=1)
            first, last = start.astimezone(place).date() + DAY, now.astimezone(place).date() - 2 * DAY
            assert [day for day in sent if first <= day <= last] == days(first, last), (change, hour)
            assert sent == sorted(set(sent))


def test_an_hour_that_does_not_exist_comes_after_the_gap():
    schedule = Schedule(zone="Europe/Berlin", hour=2, minute=30)
    assert due_moment(schedule, date(2026, 3, 29)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30


def test_an_hour_that_exists_twice_is_the_first():
    schedule = Schedule(zone="Europe/Berlin", hour=2, minute=30)
    assert due_moment(schedule, date(2026, 10, 25)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_gap_that_takes_the_rest_of_the_day_is_met_before_it():
    schedule = Schedule(zone="America/Nuuk", hour=23, minute=30)
    moment = due_moment(schedule, date(2026, 3, 28))
    assert moment.astimezone(ZoneInfo("America/Nuuk")).strftime("%d %H:%M") == "28 22:59"


def test_a_day_that_does_not_exist_has_no_digest():
    schedule = Schedule(zone="Pacific/Apia")
    assert due_moment(schedule, date(2011, 12, 29)) is not None
    assert due_moment(schedule, date(2011, 12, 30)) is None
    assert due_moment(schedule, date(2011, 12, 31)) is not None


@pytest.mark.parametrize("rhythm", ["daily", "weekdays", "weekly"])
def test_periods_follow_each_other_without_gap_or_overlap(rhythm):
    schedule = Schedule(zone="America/New_York", hour=6, days=rhythm, weekday=2)
    own = [day for day in days(date(2026, 1, 1)) if schedule.falls_on(day)]
    found = [period(schedule, day) for day in own]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(found))
    assert all(start < end for start, end in found)
    assert len(found) == {"daily": 365, "weekdays": 261, "weekly": 52}[rhythm]


def test_what_was_due_before_the_reader_came_is_not_sent():
    schedule = Schedule(zone="Asia/Tokyo", hour=7)
    morning = due_moment(schedule, date(2026, 10, 5))
    assert is_due(schedule, morning + timedelta(minutes=1), morning + timedelta(hours=3)) is None
    assert is_due(schedule, morning, morning) == date(2026, 10, 5)


def test_a_service_that_slept_sends_the_newest_digest_only():
    schedule = Schedule(zone="UTC", hour=7)
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    assert newest_due(schedule, datetime(2026, 10, 5, 12, tzinfo=UTC)) == date(2026, 10, 5)
    assert is_due(schedule, long_ago, datetime(2026, 10, 5, 12, tzinfo=UTC)) == date(2026, 10, 5)
    assert is_due(schedule, long_ago, datetime(2026, 10, 6, 6, 59, tzinfo=UTC)) is None


def test_retries_wait_longer_each_time_and_end_within_the_day():
    moment = datetime(2026, 10, 5, 5, tzinfo=UTC)
    now, waits = moment, []
    for attempts in range(1, 50):
        again = retry_at(moment, attempts, now)
        if again is None:
            break
        waits.append(again - now)
        now = again
    assert waits[0] == timedelta(minutes=5)
    assert waits == sorted(waits)
    assert moment + timedelta(hours=12) < now < moment + TRY_FOR
