"""The feeds that a web page names as its own. Pure.

<link rel="alternate" type="application/rss+xml" href="/feed" title="News">
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

from monitor.urls import is_web_address

TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
#: Where feeds lie that no page names: WordPress, then the commonest file names.
USUAL_PLACES = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
#: Feeds of a page that are looked at: blogs name one for the comments of every post.
MAX_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a page names."""

    url: str
    title: str = ""


def feed_links(page: str, url: str) -> tuple[FeedLink, ...]:
    """The feeds a page at `url` names, in its order, each once."""
    reader = _Reader(url)
    reader.feed(page)
    first: dict[str, FeedLink] = {}
    for link in reader.found:
        first.setdefault(link.url, link)
    return tuple(first.values())[:MAX_FOUND]


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._base = url
        self.found: list[FeedLink] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take links that are feeds, and the base they are relative to."""
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self._base = _join(self._base, values["href"]) or self._base
        if tag not in ("link", "a") or not values.get("href"):
            return
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if kind in TYPES and (tag == "a" or "alternate" in values.get("rel", "").lower().split()):
            address = _join(self._base, values["href"].strip())
            if address:
                self.found.append(FeedLink(url=address, title=values.get("title", "").strip()[:200]))


def _join(base: str, href: str) -> str:
    try:
        address = urljoin(base, href)
    except ValueError:
        return ""
    return address if is_web_address(address) and address.isprintable() else ""
