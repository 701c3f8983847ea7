"""Asks one feed once, outside the pipeline: for `feeds add` and `feeds check`."""

from __future__ import annotations

import asyncio

from monitor.clock import utc_now
from monitor.decide import Fetched, Parsed
from monitor.fetch import Fetcher
from monitor.model import Feed, FeedState
from monitor.parse import FeedJob, parse_feed
from monitor.settings import Settings


def ask_feed(url: str, settings: Settings) -> Parsed:
    """What the feed answers now; raises FetchError or ParseError."""
    feed = Feed(url=url, name=url)
    state = FeedState(feed=feed.id)
    fetched = asyncio.run(_fetch(url, state, settings))
    return parse_feed(FeedJob(feed=feed, state=state, fetched=fetched, now=utc_now()))


async def _fetch(url: str, state: FeedState, settings: Settings) -> Fetched:
    fetcher = Fetcher(settings)
    try:
        return await fetcher.feed(url, state)
    finally:
        await fetcher.aclose()
