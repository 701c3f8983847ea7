"""What an alert watches for, and what it found. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from monitor.model import make_id
from monitor.subscription import DeliveryState, Query

#: `outlets`: a story passes N outlets in H hours. `target`: an actor of the query blames a target it has not blamed
#: for a month. `states`: a target of the query is blamed by N states in H hours. `silence`: a feed of the query
#: (its states, languages, words of its name) brings nothing for H hours.
Trigger = Literal["outlets", "target", "states", "silence"]
Channel = Literal["mail", "webhook"]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A saved query with a threshold, and whom to tell."""

    id: str
    name: str
    trigger: Trigger
    threshold: int = 1
    hours: int = 24
    #: After an event nothing is said of the same subject for so long.
    quiet_hours: int = 24
    query: Query = Query()  # noqa: RUF009 (frozen)
    address: str | None = None
    webhook: str | None = None
    #: Signs what the webhook gets.
    secret: str | None = None
    created: datetime

    @property
    def quiet(self) -> timedelta:
        """The quiet time; never shorter than the window, in which the same event would be seen again."""
        return timedelta(hours=max(self.quiet_hours, self.hours))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A line of blame behind an event."""

    line: str
    quote: str
    language: str
    outlet: str
    url: str
    caveat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that a rule watches for and that happened."""

    rule: str
    #: What it happened to: a story, a pair of actors, a target, a feed's silence.
    subject: str
    title: str
    #: The story's page, from the root; None for an event of no story.
    path: str | None
    evidence: tuple[Evidence, ...]
    at: datetime
    #: True where it can happen to its subject only once.
    once: bool = False

    @property
    def id(self) -> str:
        """The key of the mail and of the webhook's event."""
        return make_id(self.rule, self.subject, "" if self.once else self.at.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What became of telling an event by one channel."""

    event: str
    channel: Channel
    state: DeliveryState
    at: datetime
    attempts: int = 0
    retry_at: datetime | None = None
    error: str = ""
