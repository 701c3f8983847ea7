"""How a feed is doing, in a word and a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.decide import MOVES
from monitor.model import Feed, FeedState
from reports.words import moment_words, upper_first


@dataclass(frozen=True, slots=True)
class Health:
    """A word for the table, and what there is to know beside it."""

    tone: Literal["good", "idle", "bad"]
    word: str
    detail: str


def health(feed: Feed, state: FeedState) -> Health:
    """The health of a feed by what its last checks brought."""
    if not feed.enabled:
        return Health("idle", "not watched", "It is switched off, or no longer in feeds.yaml.")
    if state.paused:
        return Health(
            "idle", "paused", upper_first(state.last_error or "it is not asked until somebody resumes it.")
        )
    if state.last_checked is None:
        return Health("idle", "not asked yet", "The next crawl asks it.")
    if state.failures > 0:
        since = f"Nothing came since {moment_words(state.last_success)}. " if state.last_success else ""
        return Health("bad", "failing", since + (state.last_error or ""))
    moved = f"It says that it moved to {state.moved_to}." if state.moved_count >= MOVES else ""
    return Health("good", "healthy", moved)
