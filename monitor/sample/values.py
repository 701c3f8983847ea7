"""The nouns of the sample world: outlets, events, what an outlet wrote of an event, and its gold frames."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from monitor.model import FrameKind, OutletKind, Stance

FeedFormat = Literal["rss2", "rss1", "atom", "json"]
Encoding = Literal["utf-8", "windows-1251"]
#: What an outlet's server or feed does wrong, as real ones do.
Quirk = Literal["xml_error", "slow_page", "redirect", "rate_limited", "server_error_once"]
FEED_PATHS: dict[FeedFormat, str] = {
    "rss2": "/feed.xml",
    "rss1": "/index.rdf",
    "atom": "/atom.xml",
    "json": "/feed.json",
}
#: Keys that nobody knows are errors.
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented news outlet with a host of its own."""

    __pydantic_config__ = STRICT

    key: str
    name: str
    host: str
    language: str
    country: str
    state: str | None
    kind: OutletKind
    feed: FeedFormat
    encoding: Encoding
    quirk: Quirk | None
    tagline: str

    @property
    def feed_path(self) -> str:
        """Where on its host the feed lies."""
        return FEED_PATHS[self.feed]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldFrame:
    """A blame frame as a person labelled it; the evidence is a piece of the title or of one paragraph."""

    __pydantic_config__ = STRICT

    blamer: str
    target: str
    stance: Stance
    kind: FrameKind
    caveat: bool
    evidence: str = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """What one outlet wrote of one event."""

    event: str
    #: Place among the event's articles, from 0.
    index: int
    outlet: str
    title: str
    author: str | None
    summary: str
    paragraphs: tuple[str, ...]
    published: datetime
    #: `index` of the earlier article that this one copies with small edits.
    wire_of: int | None
    frames: tuple[GoldFrame, ...]

    @property
    def path(self) -> str:
        """The page's place on the outlet's host."""
        return f"/{self.published:%Y/%m/%d}/{self.event}-{self.index + 1}.html"

    @property
    def text(self) -> str:
        """The paragraphs, a line each."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """Something that happened, and who told it."""

    slug: str
    title: str
    start: datetime
    articles: tuple[SampleArticle, ...]
