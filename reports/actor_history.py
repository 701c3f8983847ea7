"""An actor over time: how often it blames and is blamed, by kind, with whom, and what is new. Pure, over flat rows.

A change is told against what was watched before: "for the first time since" needs a month without, and a record
that reaches back that far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from classifiers.actors import name_of
from monitor.model import FRAME_KINDS, OUTLET, FrameKind
from reports.words import day_words, upper_first

if TYPE_CHECKING:
    from monitor.store import ActorFrame

#: Up to so many days each has a bar of its own, then each week has.
MOST_DAYS, MOST_WEEKS = 45, 52
#: What is new within so long of the newest report is told, where nothing alike was said for so long before.
RECENT, GAP = timedelta(days=7), timedelta(days=30)
MOST_CHANGES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Counts of frames by kind in days or weeks, oldest first; kinds with most come first."""

    unit: str
    starts: tuple[date, ...]
    kinds: tuple[tuple[FrameKind, tuple[int, ...]], ...]

    @property
    def highest(self) -> int:
        """The largest count of one kind in one bar: the scale that all pictures share."""
        return max((max(counts) for _, counts in self.kinds), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """Another actor, and how often the two blame each other."""

    actor: str
    name: str
    #: How often the actor of the page blames it, and for what most.
    blamed: int
    #: How often it blames the actor of the page.
    blames: int
    kind: FrameKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something new, as a sentence, with the report that shows it."""

    at: datetime
    text: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What an actor's page shows of time."""

    blames: Series
    blamed: Series
    counterparts: tuple[Counterpart, ...]
    changes: tuple[Change, ...]


def history(actor: str, frames: Sequence[ActorFrame], began: datetime | None) -> History:
    """The history of an actor in frames; `began` is the time of the oldest report in the store."""
    charges = sorted((one for one in frames if one.stance == "blames"), key=_when)
    own = [one for one in charges if one.blamer == actor and one.target != actor]
    against = [one for one in charges if one.target == actor and one.blamer not in (actor, OUTLET)]
    starts, unit = _starts(charges)
    return History(
        blames=_series([one for one in charges if one.blamer == actor], starts, unit),
        blamed=_series([one for one in charges if one.target == actor], starts, unit),
        counterparts=_counterparts(own, against),
        changes=_changes(actor, own, against, began) if began else (),
    )


def _starts(frames: Sequence[ActorFrame]) -> tuple[tuple[date, ...], str]:
    """The first days of the bars, up to the newest frame, and what a bar is."""
    if not frames:
        return (), "day"
    first, last = frames[0].published.date(), frames[-1].published.date()
    if (last - first).days < MOST_DAYS:
        return tuple(first + timedelta(days=i) for i in range((last - first).days + 1)), "day"
    monday = last - timedelta(days=last.weekday())
    weeks = min(MOST_WEEKS, (monday - first).days // 7 + 2)
    return tuple(monday - timedelta(weeks=i) for i in reversed(range(weeks))), "week"


def _series(frames: Iterable[ActorFrame], starts: tuple[date, ...], unit: str) -> Series:
    counts: dict[FrameKind, list[int]] = {}
    length = 1 if unit == "day" else 7
    for one in frames:
        place = (one.published.date() - starts[0]).days // length
        if place >= 0:
            counts.setdefault(one.kind, [0] * len(starts))[place] += 1
    order = sorted(counts, key=lambda kind: (-sum(counts[kind]), FRAME_KINDS.index(kind)))
    return Series(unit=unit, starts=starts, kinds=tuple((kind, tuple(counts[kind])) for kind in order))


def _counterparts(own: Sequence[ActorFrame], against: Sequence[ActorFrame]) -> tuple[Counterpart, ...]:
    blamed = Counter(one.target for one in own)
    blames = Counter(one.blamer for one in against)
    kinds: dict[str, Counter[FrameKind]] = {}
    for other, kind in [(one.target, one.kind) for one in own] + [(one.blamer, one.kind) for one in against]:
        kinds.setdefault(other, Counter())[kind] += 1
    order = sorted(kinds, key=lambda other: (-blamed[other] - blames[other], other))
    return tuple(
        Counterpart(
            actor=other,
            name=name_of(other),
            blamed=blamed[other],
            blames=blames[other],
            kind=kinds[other].most_common(1)[0][0],
        )
        for other in order[:12]
    )


def _changes(
    actor: str, own: Sequence[ActorFrame], against: Sequence[ActorFrame], began: datetime
) -> tuple[Change, ...]:
    """New targets and accusers first; a new kind is told only where the pair is not new itself."""
    name = name_of(actor)
    found = list[Change]()
    told: set[tuple[str, str]] = set()
    for frames in (own, against):
        for one, before in _new(frames, lambda one: (one.blamer, one.target), began):
            told.add((one.blamer, one.target))
            found.append(_change(one, f"{name_of(one.blamer)} blamed {name_of(one.target)}", before, began))
    for frames, words in ((own, f"{name} blamed somebody"), (against, f"somebody blamed {name}")):
        for one, before in _new(frames, lambda one: (one.kind,), began):
            if (one.blamer, one.target) not in told:
                found.append(_change(one, f"{words} for {one.kind}", before, began))
    return tuple(sorted(found, key=lambda change: (change.at, change.text), reverse=True)[:MOST_CHANGES])


def _new(
    frames: Sequence[ActorFrame], key: Callable[[ActorFrame], tuple[str, ...]], began: datetime
) -> list[tuple[ActorFrame, datetime | None]]:
    """Frames of the last days whose like was not said for a month, and when it was before."""
    last: dict[tuple[str, ...], datetime] = {}
    found = []
    for one in frames:
        before = last.get(key(one))
        silent_since = before or began
        if one.published >= frames[-1].published - RECENT and one.published - silent_since >= GAP:
            found.append((one, before))
        last[key(one)] = one.published
    return found


def _change(one: ActorFrame, words: str, before: datetime | None, began: datetime) -> Change:
    since = (
        f"since {day_words(before.date())}"
        if before
        else f"since the oldest report here, of {day_words(began.date())}"
    )
    text = f"On {day_words(one.published.date())} {words}, for the first time {since}."
    return Change(at=one.published, text=upper_first(text), article=one.article)


def _when(one: ActorFrame) -> tuple[datetime, str, str, str]:
    return one.published, one.article, one.blamer, one.target
