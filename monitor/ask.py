"""Asks feeds once, outside the pipeline: for `feeds add`, `feeds check` and `feeds discover`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from monitor.clock import utc_now
from monitor.decide import Fetched, Parsed
from monitor.decode import decode
from monitor.discover import USUAL_PLACES, FeedLink, feed_links
from monitor.errors import FetchError, FramewireError, ParseError, RobotsError
from monitor.fetch import Fetcher
from monitor.model import Feed, FeedState
from monitor.parse import FeedJob, parse_feed
from monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a feed answered: a document, or why there is none."""

    url: str
    parsed: Parsed | None = None
    error: FramewireError | None = None
    #: What robots.txt says of the newest entry's page: `yes`, `no`, `unknown`; None where there is no such page.
    pages: str | None = None

    @property
    def newest(self) -> datetime | None:
        """When the newest entry with a date was published."""
        return max(self._dates(), default=None)

    @property
    def mean_interval(self) -> float | None:
        """Mean seconds between entries by their dates; None for fewer than two."""
        dates = self._dates()
        return (max(dates) - min(dates)).total_seconds() / (len(dates) - 1) if len(dates) > 1 else None

    def _dates(self) -> list[datetime]:
        return [entry.published for entry in self.parsed.entries if entry.published] if self.parsed else []


def ask_feeds(urls: Sequence[str], settings: Settings) -> list[Asked]:
    """What the feeds answer now, asked side by side, with robots.txt for their newest pages."""
    found = []
    for url, fetched in zip(urls, _fetch_all(urls, settings), strict=True):
        try:
            found.append(Asked(url=url, parsed=_parse(url, fetched)))
        except FramewireError as error:
            found.append(Asked(url=url, error=error))
    return asyncio.run(_with_robots(found, settings))


def find_feeds(url: str, settings: Settings) -> list[FeedLink]:
    """The feeds of a page: itself where it is one, what it names, or what lies in the usual places."""
    return [
        FeedLink(url=link.url, title=parsed.title or link.title) for link, parsed in answers(url, settings)
    ]


def answers(url: str, settings: Settings) -> list[tuple[FeedLink, Parsed]]:
    """The feeds behind an address that answered, each with its document."""
    fetched = _fetch_all([url], settings)[0]
    try:
        return [(FeedLink(url=url), _parse(url, fetched))]
    except ParseError:
        assert isinstance(fetched, Fetched)
        links = feed_links(decode(fetched.body, fetched.content_type), fetched.url)
    guesses = links or tuple(FeedLink(url=urljoin(fetched.url, place)) for place in USUAL_PLACES)
    found = []
    for link, answer in zip(guesses, _fetch_all([link.url for link in guesses], settings), strict=True):
        try:
            found.append((link, _parse(link.url, answer)))
        except FramewireError:
            continue
    return found


def _parse(url: str, fetched: Fetched | FetchError) -> Parsed:
    if isinstance(fetched, FetchError):
        raise fetched
    feed = Feed(url=url, name=url)
    return parse_feed(FeedJob(feed=feed, state=FeedState(feed=feed.id), fetched=fetched, now=utc_now()))


def _fetch_all(urls: Sequence[str], settings: Settings) -> list[Fetched | FetchError]:
    async def one(fetcher: Fetcher, url: str) -> Fetched | FetchError:
        try:
            return await fetcher.feed(url, FeedState(feed=url))
        except FetchError as error:
            return error

    async def every() -> list[Fetched | FetchError]:
        fetcher = Fetcher(settings)
        try:
            return list(await asyncio.gather(*(one(fetcher, url) for url in urls)))
        finally:
            await fetcher.aclose()

    return asyncio.run(every())


async def _with_robots(found: list[Asked], settings: Settings) -> list[Asked]:
    fetcher = Fetcher(settings)

    async def one(asked: Asked) -> Asked:
        pages = [entry.url for entry in asked.parsed.entries if entry.url] if asked.parsed else []
        if not pages:
            return asked
        try:
            await fetcher.robots.check(pages[0])
            word = "yes"
        except RobotsError as error:
            word = "no" if error.retry_after is None else "unknown"
        except FetchError:
            word = "unknown"
        return Asked(url=asked.url, parsed=asked.parsed, pages=word)

    try:
        return list(await asyncio.gather(*(one(asked) for asked in found)))
    finally:
        await fetcher.aclose()
