"""Feeds behind an address: the feed itself, or those that a page names. Each is asked once, nothing is kept.

address ─fetch─▶ a feed            ─▶ it
                 a page of HTML    ─▶ its <link rel=alternate>, else its links that look like feeds
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

from monitor.clock import utc_now
from monitor.decide import Fetched, Parsed
from monitor.decode import decode
from monitor.errors import FramewireError, ParseError
from monitor.fetch import Fetcher
from monitor.model import Feed, FeedState
from monitor.parse import FeedJob, parse_feed
from monitor.settings import Settings
from monitor.urls import canonical_url, is_web_address

#: Feeds of one page that are asked; portals name one a section.
MOST_FEEDS = 6
#: Titles shown of each.
SAMPLES = 5
_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_WORDS = ("rss", "atom", "feed", "rdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that answered, and enough of it to tell whether it is the right one."""

    url: str
    title: str
    entries: int
    newest: datetime | None = None
    language: str | None = None
    #: Titles of the newest entries.
    samples: tuple[str, ...] = ()
    #: What was odd about it, in words.
    warning: str | None = None


def look(url: str, settings: Settings) -> list[FoundFeed]:
    """The feeds behind an address; FetchError where it does not answer, ParseError where there are none."""
    return asyncio.run(_look(url, settings))


def feed_links(html: str, base: str) -> list[str]:
    """Addresses of the feeds that a page names, in its order, those in its head alone where there are any."""
    page = _Links()
    page.feed(html[:2_000_000])
    with suppress(ValueError):
        base = canonical_url(page.base, base) if page.base else base
    return _addresses(page.named, base) or _addresses(page.likely, base)


class _Links(HTMLParser):
    """What a page says of feeds."""

    def __init__(self) -> None:
        super().__init__()
        self.base, self.named, self.likely = "", list[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        href = values.get("href", "")
        if tag == "base" and not self.base:
            self.base = href
        elif tag == "link" and "alternate" in values.get("rel", "").lower().split():
            if values.get("type", "").split(";")[0].strip().lower() in _TYPES:
                self.named.append(href)
        elif tag == "a" and _looks_like_a_feed(href):
            self.likely.append(href)


def _looks_like_a_feed(href: str) -> bool:
    try:
        path = urlsplit(href).path.lower()
    except ValueError:
        return False
    parts = path.replace(".", "/").replace("-", "/").replace("_", "/").split("/")
    return any(word in parts for word in _WORDS)


def _addresses(links: list[str], base: str) -> list[str]:
    found = dict[str, None]()
    for link in links:
        try:
            url = canonical_url(link, base)
        except ValueError:
            continue
        if link and is_web_address(url):
            found[url] = None
    return list(found)


async def _look(url: str, settings: Settings) -> list[FoundFeed]:
    fetcher = Fetcher(settings)
    try:
        fetched = await fetcher.feed(url, FeedState(feed=Feed(url=url, name=url).id))
        try:
            return [_found(url, _parse(url, fetched))]
        except ParseError:
            links = feed_links(decode(fetched.body, fetched.content_type), fetched.url)
        found = await asyncio.gather(*(_ask(fetcher, link) for link in links[:MOST_FEEDS]))
        feeds = [one for one in found if one is not None]
        if not feeds:
            why = "names no feed that answers" if links else "is no feed, and names none"
            raise ParseError(url, why, advice="Look on the page for a link called RSS, Atom or Feed")
        return feeds
    finally:
        await fetcher.aclose()


async def _ask(fetcher: Fetcher, url: str) -> FoundFeed | None:
    """One of several: a feed that fails is left out, the others are shown."""
    try:
        fetched = await fetcher.feed(url, FeedState(feed=Feed(url=url, name=url).id))
        return _found(url, _parse(url, fetched))
    except FramewireError:
        return None


def _parse(url: str, fetched: Fetched) -> Parsed:
    feed = Feed(url=url, name=url)
    return parse_feed(FeedJob(feed=feed, state=FeedState(feed=feed.id), fetched=fetched, now=utc_now()))


def _found(url: str, parsed: Parsed) -> FoundFeed:
    entries = sorted(parsed.entries, key=lambda entry: entry.published or entry.first_seen, reverse=True)
    dated = [entry.published for entry in entries if entry.published]
    return FoundFeed(
        url=parsed.fetched.moved_to or url,
        title=parsed.title,
        entries=len(entries),
        newest=max(dated, default=None),
        language=next((entry.language for entry in entries if entry.language), None),
        samples=tuple(entry.title for entry in entries if entry.title)[:SAMPLES],
        warning=parsed.warning,
    )
