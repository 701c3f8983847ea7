"""When a feed asks not to be asked: `<skipHours>` and `<skipDays>` (RSS 2.0), in UTC. Pure.

feedparser keeps only the last of several `<hour>` elements, so they are read here, from the document's head.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

#: The channel's own elements stand before its items; later ones are not looked for.
_HEAD = 64_000
_HOURS = re.compile(rb"<skipHours\s*>(.{0,2000}?)</skipHours\s*>", re.DOTALL | re.IGNORECASE)
_DAYS = re.compile(rb"<skipDays\s*>(.{0,1000}?)</skipDays\s*>", re.DOTALL | re.IGNORECASE)
_HOUR = re.compile(rb"<hour\s*>\s*(\d{1,2})\s*</hour\s*>", re.IGNORECASE)
_DAY = re.compile(rb"<day\s*>\s*([a-z]{6,9})\s*</day\s*>", re.IGNORECASE)
_NAMES = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")


def skipped(body: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Hours (0 to 23) and weekdays (Monday is 0) of a document; a feed that skips all of them skips none."""
    head = body[:_HEAD]
    hours, days = _HOURS.search(head), _DAYS.search(head)
    # RSS 0.91 counts from 1 to 24, RSS 2.0 from 0 to 23: 24 is midnight in both.
    numbers = {int(found) % 24 for found in _HOUR.findall(hours[1])} if hours else set()
    names = (
        {_NAMES.index(found.lower()) for found in _DAY.findall(days[1]) if found.lower() in _NAMES}
        if days
        else set()
    )
    return _some(numbers, 24), _some(names, 7)


def _some(found: set[int], of: int) -> tuple[int, ...]:
    return tuple(sorted(found)) if len(found) < of else ()


def after_rest(moment: datetime, hours: tuple[int, ...], days: tuple[int, ...]) -> datetime:
    """The first moment from `moment` on that is in no skipped hour of no skipped day (times in UTC)."""
    for _ in range(24 * 8):
        if moment.hour not in hours and moment.weekday() not in days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
