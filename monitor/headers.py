"""What answers say of time and of us in their headers. Pure."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime

#: Statuses by which servers turn a crawler away for good: by rule, by login, by law.
_TURNED_AWAY = (401, 403, 451)
#: A challenge page says so in this header (developers.cloudflare.com/cloudflare-challenges, "Detect a challenge page").
_CHALLENGE = "cf-mitigated"


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header: a number or a date (RFC 9110 §10.2.3)."""
    if not value:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", value):
        return float(value)
    return _seconds_until(value, now)


def max_age(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds an answer may be kept, by Cache-Control or Expires (RFC 9111 §4.2.1)."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    match = re.search(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,9})", control)
    if match:
        return float(match[1])
    return _seconds_until(headers["expires"], now) if headers.get("expires") else None


def blocker(status: int, headers: Mapping[str, str]) -> str | None:
    """Who turned us away, in words; None where the answer is no refusal of crawlers."""
    if headers.get(_CHALLENGE, "").strip().lower() == "challenge":
        return "Cloudflare asks for a browser"
    if status not in _TURNED_AWAY:
        return None
    if "cloudflare" in headers.get("server", "").lower():
        return "Cloudflare blocks us"
    return {401: "it wants a login", 451: "it is closed by law"}.get(status, "it blocks us")


def _seconds_until(value: str, now: datetime | None) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
