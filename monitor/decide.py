"""What to do next, decided from values alone: when a feed is asked again, what a failure costs.

outcome of a fetch + what we knew → the next FeedState
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import FetchError, FramewireError, ParseError, StatusError
from monitor.model import Entry, Feed, FeedState, make_id

#: A feed is asked at least this often, whatever it or its server wishes (Media Cloud caps Retry-After at a day).
LONGEST_WAIT = timedelta(days=1)
#: Waits are stretched by up to this share, so that feeds of one host do not stay in step.
JITTER = 0.1
#: Each unit of failure doubles the wait, up to this many times.
MOST_DOUBLINGS = 6
#: Polls per mean time between new entries: twice as often as news comes misses little.
POLLS_PER_ENTRY = 2.0
#: Weight of the newest gap in the mean interval.
SMOOTHING = 0.2
#: 301 or 308 must point to one address this often in a row before we propose it.
MOVES = 3
#: A page is asked again after its first failures, then given up: the feed's own words are kept.
PAGE_ATTEMPTS = 3
_PAGE_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A server's answer to a request for a feed."""

    status: int
    url: str
    body: bytes = b""
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    #: Seconds that the answer may be kept (Cache-Control, Expires), where it says.
    max_age: float | None = None
    #: Where a permanent redirect pointed.
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A feed document's entries, and how often it wishes to be asked."""

    fetched: Fetched
    entries: tuple[Entry, ...]
    ttl: float | None = None
    title: str = ""
    #: What was odd about the document, in words; it was read all the same.
    warning: str | None = None


def after_success(
    feed: Feed, state: FeedState, parsed: Parsed, new: int, now: datetime, rng: random.Random
) -> FeedState:
    """The state after a feed was read (or had not changed)."""
    fetched = parsed.fetched
    changed = fetched.status != 304
    state = replace(
        state,
        etag=fetched.etag if changed else fetched.etag or state.etag,
        last_modified=fetched.last_modified if changed else fetched.last_modified or state.last_modified,
        body_hash=body_hash(fetched.body) if changed else state.body_hash,
        last_checked=now,
        last_success=now,
        failures=0.0,
        last_error=parsed.warning,
    )
    if new:
        state = replace(state, mean_interval=_mean_interval(state, new, now), last_new_entry=now)
    state = _moved(state, fetched.moved_to)
    wait = max(feed.interval, fetched.max_age or 0.0, parsed.ttl or 0.0)
    if state.mean_interval:
        wait = max(wait, state.mean_interval / POLLS_PER_ENTRY)
    return replace(state, next_check=_later(now, wait, rng))


def after_failure(
    feed: Feed, state: FeedState, error: FramewireError, now: datetime, rng: random.Random
) -> FeedState:
    """The state after a feed could not be read: back off by weight, pause for good on 410."""
    weight = error.weight if isinstance(error, FetchError) else 1.0 if isinstance(error, ParseError) else 0.5
    failures = state.failures + weight
    wait = feed.interval * 2 ** min(failures, MOST_DOUBLINGS)
    if isinstance(error, FetchError) and error.retry_after is not None:
        # A server that names a time is taken at its word, also where that is soon.
        wait = error.retry_after
    gone = isinstance(error, StatusError) and error.status == 410
    return replace(
        state,
        last_checked=now,
        failures=failures,
        last_error=str(error),
        paused=state.paused or gone,
        next_check=_later(now, wait, rng),
    )


def page_retry(error: FramewireError, attempts: int, now: datetime) -> datetime | None:
    """When a page is asked again after its `attempts`-th failure; None to give it up."""
    if (
        attempts >= PAGE_ATTEMPTS
        or not isinstance(error, FetchError)
        or error.weight >= 1.0
        or error.weight == 0.0
    ):
        return None
    wait = (
        timedelta(seconds=error.retry_after)
        if error.retry_after is not None
        else _PAGE_WAIT * 2 ** (attempts - 1)
    )
    return now + min(wait, LONGEST_WAIT)


def body_hash(body: bytes) -> str:
    """Tells two bodies apart, for servers that send no validators."""
    return make_id(body.hex()) if body else ""


def _mean_interval(state: FeedState, new: int, now: datetime) -> float | None:
    if state.last_new_entry is None:
        return state.mean_interval
    gap = max((now - state.last_new_entry).total_seconds(), 0.0) / new
    old = state.mean_interval
    return gap if old is None else (1 - SMOOTHING) * old + SMOOTHING * gap


def _moved(state: FeedState, to: str | None) -> FeedState:
    if to is None:
        return replace(state, moved_to=None, moved_count=0)
    return replace(state, moved_to=to, moved_count=state.moved_count + 1 if to == state.moved_to else 1)


def _later(now: datetime, seconds: float, rng: random.Random) -> datetime:
    # The least first: a server may ask for more seconds than a timedelta holds.
    stretched = min(seconds * (1 + rng.random() * JITTER), LONGEST_WAIT.total_seconds())
    return now + timedelta(seconds=stretched)
