"""Dates as feeds write them, in any of their formats and languages, to aware UTC."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from functools import lru_cache
from time import struct_time
from zoneinfo import ZoneInfo

#: No outlet published on the web before; such a date is a default or a fault.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


def from_struct(value: struct_time | None) -> datetime | None:
    """feedparser's UTC tuple."""
    if value is None:
        return None
    try:
        return plausible(datetime(*value[:6], tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def parse_date(text: str, timezone: str = "UTC") -> datetime | None:
    """A date in words and numbers of about 200 languages; one without a zone is taken to be in `timezone`."""
    text = text.strip()[:100]
    if not any(map(str.isdigit, text)):
        return None
    found = _iso(text) or _words(text)
    if found is None:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(timezone))
    try:
        return plausible(found.astimezone(UTC).replace(microsecond=0))
    except (ValueError, OverflowError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """The moment, unless nobody can have published then."""
    return moment if moment >= EARLIEST else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _words(text: str) -> datetime | None:
    import dateparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found: datetime | None = dateparser.parse(text, settings={"PREFER_DATES_FROM": "past"})
        except Exception:  # noqa: BLE001 (a library's fault on odd text is "no date")
            return None
    return found
