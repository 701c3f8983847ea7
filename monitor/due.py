"""When digests are due, by the clock on each reader's wall. Pure.

A local day has one digest, also where summer time begins or ends:

- an hour that does not exist becomes as many minutes after the gap as it lay in it (02:30 becomes 03:30), and
  where that would be the next day (Nuuk leaps from Saturday 23:00 to Sunday), the last minute before the gap;
- an hour that exists twice means the first of the two;
- a day that does not exist at all (Samoa, 30 December 2011) has none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.subscription import Schedule

_DAY = timedelta(days=1)
#: No schedule has a longer gap between two digests than a week, and a day that does not exist within it.
_LOOK_BACK = 15
#: A digest that could not be sent is tried again for so long: most of a day, so that it never meets the next one.
TRY_FOR = timedelta(hours=20)
#: Minutes to wait after the first, second … temporary refusal (RFC 5321 §4.5.4.1 asks for half an hour in general;
#: greylisting, the usual reason, lets the second try pass after five minutes).
_BACK_OFF = (5, 15, 30, 60, 120, 240)


@lru_cache(maxsize=65536)
def moment_of(day: date, hour: int, minute: int, zone: str) -> datetime | None:
    """The moment, in UTC, of a local day's digest; None where the day does not exist in the zone."""
    place = ZoneInfo(zone)
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=place)
    moment = wall.astimezone(UTC)  # fold=0: the first of two, and behind a gap by as much as it lay in it
    if moment.astimezone(place).date() == day:
        return moment
    before = _last_minute(day, moment - _DAY, moment, place)
    return before if before.astimezone(place).date() == day else None


def _last_minute(day: date, low: datetime, high: datetime, place: ZoneInfo) -> datetime:
    """The last minute between two moments whose local day is not after `day`."""
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if middle.astimezone(place).date() <= day else (low, middle)
    return low


def due_moment(schedule: Schedule, day: date) -> datetime | None:
    """When the digest of a local day is due; None where the schedule or the calendar has none that day."""
    if not schedule.falls_on(day):
        return None
    return moment_of(day, schedule.hour, schedule.minute, schedule.zone)


def newest_due(schedule: Schedule, now: datetime) -> date | None:
    """The last local day whose digest's moment has come; older ones are out of date and are not made up for."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    for back in range(_LOOK_BACK):
        day = today - back * _DAY
        moment = due_moment(schedule, day)
        if moment is not None and moment <= now:
            return day
    return None


def period(schedule: Schedule, day: date) -> tuple[datetime, datetime]:
    """From the digest before to this one: what each tells is told once, however long the day was."""
    end = due_moment(schedule, day)
    if end is None:
        raise ValueError(f"{day} has no digest in {schedule}")
    for back in range(1, _LOOK_BACK):
        start = due_moment(schedule, day - back * _DAY)
        if start is not None:
            return start, end
    raise AssertionError("a schedule has a digest in every fortnight")


def is_due(schedule: Schedule, since: datetime, now: datetime) -> date | None:
    """The local day whose digest is to be sent now, to a reader who subscribed at `since`; None where none is.

    That it was not sent before is for the caller to see: deliveries are kept by subscription and local day.
    """
    day = newest_due(schedule, now)
    if day is None:
        return None
    moment = due_moment(schedule, day)
    assert moment is not None
    return day if since <= moment and now < moment + TRY_FOR else None


def retry_at(moment: datetime, attempts: int, now: datetime) -> datetime | None:
    """When a digest that was refused for now is tried again; None where its day would be over."""
    wait = timedelta(minutes=_BACK_OFF[min(attempts, len(_BACK_OFF)) - 1])
    return now + wait if now + wait < moment + TRY_FOR else None
