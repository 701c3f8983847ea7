"""What to do next, decided from values alone: when a feed is asked again, what a failure costs.

outcome of a fetch + what we knew → the next FeedState
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.errors import BusyHostError, FetchError, FramewireError, ParseError, StatusError
from monitor.model import Entry, Feed, FeedState, make_id
from monitor.rest import after_rest, skipped

#: No feed is asked more often than this (crawl etiquette of FreshRSS and Miniflux: 15 to 20 minutes).
SHORTEST_WAIT = timedelta(minutes=15)
#: What we decide ourselves, a slow feed's pace or a back-off, ends after a day at the latest: news must not wait longer.
LONGEST_WAIT = timedelta(days=1)
#: What a server or a feed asks for is granted up to this (reader caps max-age, Expires and Retry-After at a month).
LONGEST_WISH = timedelta(days=30)
#: Waits are stretched by up to this share, so that feeds of one host do not stay in step.
JITTER = 0.1
#: Each unit of failure doubles the wait, up to this many times.
MOST_DOUBLINGS = 6
#: Polls per mean time between new entries: twice as often as news comes misses little.
POLLS_PER_ENTRY = 2.0
#: Polls per length of a silence: what ends it is seen after an eighth of it at the latest.
POLLS_PER_SILENCE = 8.0
#: A busy feed is asked up to this many times as often as its interval says.
HASTE = 2.0
#: Weight of the newest gap in the mean interval.
SMOOTHING = 0.2
#: 301 or 308 must point to one address this often in a row before we propose it.
MOVES = 3
#: A page is asked again after its first failures, then given up: the feed's own words are kept.
PAGE_ATTEMPTS = 3
_PAGE_WAIT = timedelta(minutes=15)
#: Feeds that skip the same hours do not all come back in the same minute.
_STAGGER = timedelta(minutes=10)


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
    #: The addresses that redirects led to, in order.
    redirects: tuple[str, ...] = ()


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
    state = _read(state, parsed) if changed else state
    state = replace(
        state,
        etag=fetched.etag if changed else fetched.etag or state.etag,
        last_modified=fetched.last_modified if changed else fetched.last_modified or state.last_modified,
        last_checked=now,
        last_success=now,
        failures=0.0,
        last_error=parsed.warning,
    )
    if new:
        state = replace(state, mean_interval=_mean_interval(state, new, now), last_new_entry=now)
    state = _moved(state, fetched.moved_to)
    wish = max(fetched.max_age or 0.0, state.rest or 0.0)
    return replace(state, next_check=_later(state, now, _pace(feed, state, now), wish, rng))


def _read(state: FeedState, parsed: Parsed) -> FeedState:
    """What a document says of its own rest is kept, as an answer without a new document says nothing of it."""
    body = parsed.fetched.body
    if body_hash(body) == state.body_hash:
        return state
    hours, days = skipped(body)
    return replace(state, body_hash=body_hash(body), rest=parsed.ttl, skip_hours=hours, skip_days=days)


def _pace(feed: Feed, state: FeedState, now: datetime) -> float:
    """Seconds that suit how often the feed brings something new; its interval where that is not known."""
    if state.mean_interval is None or state.last_new_entry is None:
        return feed.interval
    silence = (now - state.last_new_entry).total_seconds()
    wanted = max(state.mean_interval / POLLS_PER_ENTRY, silence / POLLS_PER_SILENCE)
    least = max(feed.interval / HASTE, SHORTEST_WAIT.total_seconds())
    return max(least, min(wanted, LONGEST_WAIT.total_seconds()))


def after_failure(
    feed: Feed, state: FeedState, error: FramewireError, now: datetime, rng: random.Random
) -> FeedState:
    """The state after a feed could not be read: back off by weight, pause for good on 410."""
    if isinstance(error, BusyHostError):  # nothing was asked, so nothing was learned but the time
        return replace(state, next_check=_later(state, now, 0.0, error.retry_after or 0.0, rng))
    weight = error.weight if isinstance(error, FetchError) else 1.0 if isinstance(error, ParseError) else 0.5
    failures = state.failures + weight
    wait = min(feed.interval * 2 ** min(failures, MOST_DOUBLINGS), LONGEST_WAIT.total_seconds())
    wish = 0.0
    if isinstance(error, FetchError) and error.retry_after is not None:
        wish = error.retry_after
        if failures < 1.0:
            # A server that names a time is taken at its word, also where that is soon; one that goes on failing is not.
            wait = 0.0
    gone = isinstance(error, StatusError) and error.status == 410
    return replace(
        state,
        last_checked=now,
        failures=failures,
        last_error=str(error),
        paused=state.paused or gone,
        next_check=_later(state, now, wait, wish, rng),
    )


def page_retry(error: FramewireError, attempts: int, now: datetime) -> datetime | None:
    """When a page is asked again after its `attempts`-th failure; None to give it up."""
    if not isinstance(error, FetchError):
        return None
    if isinstance(error, BusyHostError):  # it was not asked yet
        return now + min(timedelta(seconds=error.retry_after or 0.0), LONGEST_WAIT)
    if attempts >= PAGE_ATTEMPTS or error.weight >= 1.0 or error.weight == 0.0:
        return None
    if error.retry_after is None:
        return now + timedelta(seconds=_PAGE_WAIT.total_seconds() * 2 ** (attempts - 1))
    # The least first: a server may ask for more seconds than a timedelta holds.
    return now + timedelta(seconds=min(error.retry_after, LONGEST_WAIT.total_seconds()))


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


def _later(state: FeedState, now: datetime, wait: float, wish: float, rng: random.Random) -> datetime:
    """After our own wait and the server's wish, whichever is longer, a little jitter, and outside skipped hours."""
    longest = LONGEST_WISH.total_seconds()  # first: a wish may be more seconds than a timedelta holds
    seconds = min(max(wait, min(wish, longest)) * (1 + rng.random() * JITTER), longest)
    then = now + timedelta(seconds=seconds)
    awake = after_rest(then, state.skip_hours, state.skip_days)
    return then if awake == then else awake + rng.random() * _STAGGER
