"""What a reader of the feeds page sees before a feed is added: what it is called and what it brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.ask import answers
from monitor.decide import Parsed
from monitor.errors import ParseError
from monitor.settings import Settings

#: Feeds of one page that are shown; portals name one a section.
MOST_FEEDS = 6
#: Titles shown of each.
SAMPLES = 5


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
    found = answers(url, settings)[:MOST_FEEDS]
    if not found:
        advice = "Look on the page for a link called RSS, Atom or Feed"
        raise ParseError(url, "is no feed, and names none that answers", advice=advice)
    return [_found(link.url, parsed) for link, parsed in found]


def _found(url: str, parsed: Parsed) -> FoundFeed:
    entries = sorted(parsed.entries, key=lambda entry: entry.published or entry.first_seen, reverse=True)
    dated = [entry.published for entry in entries if entry.published]
    return FoundFeed(
        url=url,  # an address is given up after three permanent redirects, not at the first
        title=parsed.title,
        entries=len(entries),
        newest=max(dated, default=None),
        language=next((entry.language for entry in entries if entry.language), None),
        samples=tuple(entry.title for entry in entries if entry.title)[:SAMPLES],
        warning=parsed.warning,
    )
