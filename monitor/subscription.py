"""Who gets which digest, and when; and what became of it. Frozen values."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from monitor.errors import ConfigError
from monitor.model import FRAME_KINDS

Days = Literal["daily", "weekdays", "weekly"]
Form = Literal["both", "text"]
#: `pending` waits for the reader's yes (double opt-in), `paused` was stopped by somebody or by a refused mail.
SubscriptionState = Literal["pending", "active", "paused"]
DeliveryState = Literal["sent", "waiting", "lost", "skipped"]

DAYS: tuple[Days, ...] = get_args(Days)
#: The longest address of RFC 5321 (§4.5.3.1), and of a saved query's words together.
ADDRESS_LENGTH, WORDS_LENGTH = 254, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a reader wants to see; an empty field asks for nothing special."""

    #: Actors that blame, deny or accept, as ids of the tables (`RUS`).
    actors: tuple[str, ...] = ()
    #: Actors that are held responsible.
    targets: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    #: Languages of the reports.
    languages: tuple[str, ...] = ()
    #: States for which the outlets speak.
    states: tuple[str, ...] = ()
    #: Any of these in a title or text, letter case aside.
    words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it asks for everything."""
        return not any(getattr(self, name) for name in QUERY_FIELDS)

    @property
    def about_frames(self) -> bool:
        """Whether it asks for blame, not only for reports."""
        return bool(self.actors or self.targets or self.kinds)


QUERY_FIELDS: tuple[str, ...] = tuple(Query.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a digest is due, by the clock on the reader's wall."""

    zone: str = "UTC"
    hour: int = 7
    minute: int = 0
    days: Days = "daily"
    #: For `weekly`: 0 is Monday.
    weekday: int = 0

    def falls_on(self, day: date) -> bool:
        """Whether a local day has a digest."""
        weekday = day.weekday()
        return {"daily": True, "weekdays": weekday < 5, "weekly": weekday == self.weekday}[self.days]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One reader's digest. The token is the key of the links in the mail; it says nothing about the reader."""

    id: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    address: str
    #: The language whose titles are shown where an outlet told a story in it.
    language: str = "en"
    schedule: Schedule = Schedule()
    query: Query = Query()
    form: Form = "both"
    #: Whether broken and silent feeds are named at the end.
    feeds: bool = False
    #: Whether a day without stories gets a short mail too.
    empty: bool = True
    state: SubscriptionState = "active"
    #: Why it is paused.
    reason: str = ""
    created: datetime
    #: Digests that were due before are not sent: when the reader said yes, or when a pause ended.
    since: datetime
    #: When the mail that asks for the reader's yes was accepted.
    asked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one digest: sent once the server has accepted it."""

    subscription: str
    #: The reader's local day.
    day: date
    state: DeliveryState
    at: datetime
    attempts: int = 1
    retry_at: datetime | None = None
    error: str = ""


def checked_address(text: str) -> str:
    """The bare address of a reader; ConfigError where it is none."""
    text = text.strip()
    name, address = parseaddr(text)
    try:
        if name or address != text or len(text) > ADDRESS_LENGTH or not text.isprintable():
            raise ValueError
        found = Address(addr_spec=address)
        if not re.fullmatch(r"(?=.{1,253}$)[^\s.@]+(\.[^\s.@]+)*", found.domain) or not found.username:
            raise ValueError
    except (ValueError, IndexError, HeaderParseError) as error:
        advice = "Write one such as reader@example.org"
        raise ConfigError(text[:80], "is no mail address", advice=advice) from error
    return text


def checked_schedule(zone: str, at: str, days: str, weekday: int = 0) -> Schedule:
    """A schedule from what somebody wrote; ConfigError says what is wrong."""
    if zone not in available_timezones():
        raise ConfigError(zone[:80], "is no time zone", advice="Write one such as Europe/Berlin")
    ZoneInfo(zone)
    match = re.fullmatch(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?", at.strip())
    if match is None:
        raise ConfigError(at[:80], "is no time of day", advice="Write an hour, such as 7 or 07:30")
    chosen = next((known for known in DAYS if known == days), None)
    if chosen is None:
        raise ConfigError(days[:80], "is no rhythm", advice=f"Write one of {', '.join(DAYS)}")
    if not 0 <= weekday <= 6:
        raise ConfigError(str(weekday), "is no day of the week", advice="Write 0 (Monday) to 6 (Sunday)")
    hour, minute = int(match[1]), int(match[2] or 0)
    return Schedule(zone=zone, hour=hour, minute=minute, days=chosen, weekday=weekday)


def checked_query(query: Query, known_actors: frozenset[str]) -> Query:
    """A query whose ids are known, written as the tables write them; ConfigError names the first that is not."""
    actors, targets, states = (
        _known(values, known_actors) for values in (query.actors, query.targets, query.states)
    )
    kinds = tuple(kind.lower() for kind in query.kinds)
    for kind in kinds:
        if kind not in FRAME_KINDS:
            advice = f"Write one of {', '.join(FRAME_KINDS)}"
            raise ConfigError(kind[:80], "is no kind of blame", advice=advice)
    for language in query.languages:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            raise ConfigError(language[:80], "is no language", advice="Write a code such as ru")
    words = tuple(filter(None, (" ".join(word.split()) for word in query.words)))
    if sum(map(len, words)) > WORDS_LENGTH:
        raise ConfigError("words", f"are longer than {WORDS_LENGTH} letters together", advice="Write fewer")
    languages = tuple(language.lower() for language in query.languages)
    return Query(actors=actors, targets=targets, kinds=kinds, languages=languages, states=states, words=words)


def _known(values: tuple[str, ...], known: frozenset[str]) -> tuple[str, ...]:
    by_case = {name.casefold(): name for name in known}
    for value in values:
        if value.casefold() not in by_case:
            raise ConfigError(value[:80], "is no actor", advice="`framewire actors` lists them")
    return tuple(by_case[value.casefold()] for value in values)
