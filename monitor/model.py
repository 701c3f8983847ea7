"""The nouns: frozen values that every part shares. No behaviour beyond what a value needs.

Ids are hashes, times are aware UTC, and what the feed said is kept apart from what we saw.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

OutletKind = Literal["state_media", "government", "public", "independent", "exile", "agency"]
Stance = Literal["blames", "denies", "accepts"]
FrameKind = Literal[
    "negligence",
    "aggression",
    "atrocity",
    "terrorism",
    "repression",
    "subversion",
    "deception",
    "violation",
    "obstruction",
    "coercion",
    "corruption",
    "other",
]
Place = Literal["title", "text"]
#: Who said when an article was published: its page, the feed, or nobody (then it is when we saw it).
PublishedSource = Literal["page", "feed", "seen"]
#: What can be done to a story beside a report joining it.
StoryAction = Literal["merged", "split", "locked", "unlocked"]

OUTLET_KINDS: tuple[OutletKind, ...] = get_args(OutletKind)
STANCES: tuple[Stance, ...] = get_args(Stance)
FRAME_KINDS: tuple[FrameKind, ...] = get_args(FrameKind)
#: The blamer of an accusation that the text attributes to nobody.
OUTLET = "OUTLET"


def make_id(*parts: str) -> str:
    """A stable id of 16 hex digits for the parts (64 bits: a collision in 10⁶ rows has odds of 3 in 10⁸)."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed that an operator watches, as feeds.yaml has it."""

    url: str
    name: str
    language: str | None = None
    #: The state the outlet speaks for, ISO 3166-1 alpha-3; None for one that speaks for none.
    state: str | None = None
    #: Where the outlet sits, ISO 3166-1 alpha-3.
    country: str | None = None
    kind: OutletKind = "independent"
    #: Seconds between two polls, before the server's wishes and our adaptation.
    interval: float = 1800.0
    enabled: bool = True
    tags: tuple[str, ...] = ()
    #: Zone of dates that name none.
    timezone: str = "UTC"

    @property
    def id(self) -> str:
        """The key of everything we keep about the feed."""
        return make_id(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we learned of a feed by fetching it."""

    feed: str
    #: Validators, byte for byte as the server sent them.
    etag: str | None = None
    last_modified: str | None = None
    next_check: datetime | None = None
    last_checked: datetime | None = None
    last_success: datetime | None = None
    last_new_entry: datetime | None = None
    #: Sum of the weights of the failures since the last success.
    failures: float = 0.0
    last_error: str | None = None
    #: Hash of the last body, for servers without validators.
    body_hash: str | None = None
    #: Mean seconds between new entries, an exponential average.
    mean_interval: float | None = None
    #: Where 301/308 pointed, and how often in a row.
    moved_to: str | None = None
    moved_count: int = 0
    #: Set by 410: the server says that the feed is gone.
    paused: bool = False
    #: Seconds that the document asks to be left alone (`<ttl>`, `sy:updatePeriod`); kept, as a 304 brings none.
    rest: float | None = None
    #: Hours (0 to 23, UTC) and weekdays (Monday is 0) in which it asks not to be asked (skipHours, skipDays).
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """What politeness must remember of a host across a restart."""

    host: str
    #: Nothing of the host is asked before: its least interval, or a 429.
    next_request: datetime | None = None
    #: Its robots.txt as text, and until when it is believed; None where none was asked for yet.
    robots: str | None = None
    robots_until: datetime | None = None
    #: True where robots.txt could not be had: then the host is closed (RFC 9309 §2.3.1.4).
    robots_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item of a feed, as the feed gave it."""

    id: str
    feed: str
    url: str
    title: str
    summary: str = ""
    #: The feed's own full text, where it carries one (plain text).
    content: str = ""
    author: str | None = None
    published: datetime | None = None
    #: The date as the feed wrote it.
    published_raw: str | None = None
    updated: datetime | None = None
    language: str | None = None
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The bytes behind an entry's address, and where they came from in the end."""

    entry: str
    url: str
    content_type: str
    body: bytes
    fetched: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page's text. A changed text is a new revision of the same article."""

    id: str
    url: str
    feed: str
    title: str
    text: str
    language: str
    author: str | None = None
    published: datetime
    published_source: PublishedSource = "seen"
    first_seen: datetime
    #: What makes the text doubtful: short, consent, paywall, list, feed_only (see text_doubts.py).
    flags: tuple[str, ...] = ()
    revision: int = 1

    @property
    def content_hash(self) -> str:
        """Changes when title or text does."""
        return make_id(self.title, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who blames whom for what, with the words that show it."""

    blamer: str
    target: str
    stance: Stance
    kind: FrameKind
    #: What the target is held responsible for, in the text's words.
    issue: str
    #: The quoted span: `(title or text)[start:end] == evidence`, in code points.
    evidence: str
    place: Place
    start: int
    end: int
    #: True where the text itself casts doubt on the claim.
    caveat: bool
    #: Calibrated probability that blamer, target and stance are right.
    score: float
    #: The words that made the classifier say so.
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The frames one classifier version found in one text; no frames is a result too."""

    classifier: str
    language: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a classifier reads: a text and what is known of it."""

    id: str
    text: str
    title: str = ""
    language: str | None = None
    date: datetime | None = None
    outlet_state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A cluster of articles about one event."""

    id: str
    title: str
    language: str
    first: datetime
    last: datetime
    size: int
    #: True where an analyst said that the machine must neither merge nor split it.
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """What was done to a story, by whom, and with which reports."""

    at: datetime
    #: An analyst's name, or the name of the clusterer.
    by: str
    action: StoryAction
    story: str
    #: The story that was merged into it, or that was split off it.
    other: str | None = None
    #: The reports that changed their story.
    articles: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One item that a stage could not do: the run goes on, the row stays."""

    stage: str
    key: str
    error: str
    message: str
    at: datetime
    attempts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An analyst's word on a frame."""

    frame: str
    verdict: Literal["right", "wrong", "wrong_actor"]
    by: str
    at: datetime
    note: str = ""
