"""When a story was told, and by whom: a lane for each state that outlets speak for and each kind that speaks for none.

With `by="kind"` every outlet stands in the lane of its kind, whatever state it speaks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from classifiers.actors import name_of
from monitor.model import Feed, FrameKind
from reports.words import GRAVITY, OUTLET_WORDS

if TYPE_CHECKING:
    from monitor.store import Coverage

LaneBy = Literal["state", "kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One report on the timeline."""

    article: str
    time: datetime
    title: str
    language: str
    outlet: str
    #: How many frames the report has.
    frames: int
    #: The gravest kind of blame in the report; None where it blames nobody.
    kind: FrameKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The reports of the outlets of one state, or of one kind of outlet that speaks for none."""

    key: str
    label: str
    #: The state that the outlets speak for, if any.
    state: str | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """When an outlet first told the story, and how often it did."""

    outlet: str
    first: Mark
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A story in time. Lanes are in the order in which they took it up."""

    lanes: tuple[Lane, ...]
    #: Outlets in the order in which they took the story up; the first is the first report.
    uptake: tuple[Uptake, ...]
    #: Language codes, most used first.
    languages: tuple[str, ...]
    #: States whose outlets told it, in the order in which they did.
    states: tuple[str, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All reports, in time order."""
        return tuple(sorted((mark for lane in self.lanes for mark in lane.marks), key=_when))

    @property
    def first(self) -> Mark | None:
        """The first report."""
        return self.uptake[0].first if self.uptake else None


def timeline(coverage: Sequence[Coverage], by: LaneBy = "state") -> Timeline:
    """The timeline of a story's articles."""
    told = sorted(coverage, key=lambda covered: (covered.article.published, covered.article.id))
    lanes: dict[tuple[str, str, str | None], list[Mark]] = {}
    uptake: dict[str, list[Mark]] = {}
    for covered in told:
        mark = _mark(covered)
        lanes.setdefault(lane_of(covered.feed, by), []).append(mark)
        uptake.setdefault(covered.feed.id, []).append(mark)
    return Timeline(
        lanes=tuple(
            Lane(key=key, label=label, state=state, marks=tuple(marks))
            for (key, label, state), marks in lanes.items()
        ),
        uptake=tuple(
            Uptake(outlet=marks[0].outlet, first=marks[0], reports=len(marks)) for marks in uptake.values()
        ),
        languages=_by_use(covered.article.language for covered in told),
        states=tuple(dict.fromkeys(covered.feed.state for covered in told if covered.feed.state)),
    )


def lane_of(feed: Feed, by: LaneBy = "state") -> tuple[str, str, str | None]:
    """Key, label and state of the lane of an outlet."""
    if feed.state and by == "state":
        return feed.state, name_of(feed.state), feed.state
    return feed.kind, OUTLET_WORDS[feed.kind], None


def gravest(kinds: Iterable[FrameKind]) -> FrameKind | None:
    """The gravest of some kinds of responsibility."""
    return min(kinds, key=GRAVITY.index, default=None)


def _mark(covered: Coverage) -> Mark:
    article = covered.article
    return Mark(
        article=article.id,
        time=article.published,
        title=article.title,
        language=article.language,
        outlet=covered.feed.name,
        frames=len(covered.frames),
        kind=gravest(frame.kind for frame in covered.frames if frame.stance == "blames"),
    )


def _by_use(languages: Iterable[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for language in languages:
        counts[language] = counts.get(language, 0) + 1
    return tuple(sorted(counts, key=lambda language: (-counts[language], language)))


def _when(mark: Mark) -> tuple[datetime, str]:
    return mark.time, mark.article
