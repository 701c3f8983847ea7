"""Now, in one place, so that a test can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, aware, in UTC, to the second (what the store keeps)."""
    return datetime.now(UTC).replace(microsecond=0)
