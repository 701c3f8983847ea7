"""Dates as feeds write them, in any of their formats and languages, to aware UTC."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import struct_time
from zoneinfo import ZoneInfo

#: No outlet published on the web before; such a date is a default or a fault.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
#: RSS's own form with a zone in numbers: nine dates in ten, and a thousand times faster than any words.
_MAIL = re.compile(
    r"(?:[a-z]{3},? *)?\d{1,2} +[a-z]{3} +\d{4} +\d{1,2}:\d\d(?::\d{1,2})? *(?:[+-]\d{4}|GMT|UTC)",
    re.IGNORECASE,
)
#: Day, month and year must be named: "12" is no date, and "3 hours ago" is another one at each reading.
_RULES = {"PARSERS": ["absolute-time"], "STRICT_PARSING": True}


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
    found = _epoch(text) or _iso(text) or _mail(text) or _words(text)
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


def _epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, which are in no zone."""
    if not re.fullmatch(r"[0-9]{10}(?:[0-9]{3})?", text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if _MAIL.fullmatch(text) else None
    except ValueError:
        return None


def _words(text: str) -> datetime | None:
    import dateparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found: datetime | None = dateparser.parse(text, settings=_RULES)
        except Exception:  # noqa: BLE001 (a library's fault on odd text is "no date")
            return None
    return found
