"""Feeds that answer and yet bring nothing. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import FeedState
from reports.words import moment_words

#: A feed is silent after six times its usual gap between entries, and not before two days: over a weekend even a
#: lively outlet may say nothing.
_TIMES, _LEAST = 6, timedelta(days=2)


def silence(state: FeedState, now: datetime) -> str:
    """Since when a feed has been silent, in words; empty where it is not."""
    if state.paused or not is_silent(state, now, usual(state)):
        return ""
    assert state.last_new_entry is not None
    return f"It answers, but its last new entry came {moment_words(state.last_new_entry)}."


def usual(state: FeedState) -> timedelta:
    """How long this feed may say nothing before it is called silent."""
    return max(_LEAST, _TIMES * timedelta(seconds=state.mean_interval or 0.0))


def is_silent(state: FeedState, now: datetime, gap: timedelta) -> bool:
    """Whether a feed that once brought entries has brought none for longer than `gap`."""
    return state.last_new_entry is not None and now - state.last_new_entry > gap
