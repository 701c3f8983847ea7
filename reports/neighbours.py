"""Beside a story: stories in which the same actors blame each other, and states that are silent on it. Pure.

Related stories are what came before and after, by time. A state is silent where its outlets told most
stories of this kind, published at the time, and have no report of this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.actors import name_of
from reports.story_report import StoryReport

if TYPE_CHECKING:
    from monitor.store import Neighbour

Pair = tuple[str, str]
#: Related stories shown.
MOST_RELATED = 6
#: A share of fewer stories says nothing, and "most" is more than half.
FEWEST_ALIKE, MOST = 4, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A story of the same thread, and the actors it shares, in words."""

    neighbour: Neighbour
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A state whose outlets have no report of the story, and how many of the stories like it they told."""

    state: str
    name: str
    told: int
    alike: int


def pairs_of(report: StoryReport) -> frozenset[Pair]:
    """Who blames whom in a story; denials and outlets' own voices left out."""
    return frozenset(
        (line.blamer.key, line.target.key)
        for line in report.lines
        if line.stance == "blames" and not line.blamer.outlet and line.blamer != line.target
    )


def related(report: StoryReport, neighbours: Sequence[Neighbour]) -> tuple[Related, ...]:
    """The stories that share most of who blames whom, in the order of time; rare pairs weigh more."""
    own = pairs_of(report)
    use = Counter(pair for neighbour in neighbours for pair in neighbour.pairs)
    weights = {
        one.story.id: sum(1.0 / use[pair] for pair in own & one.pairs)
        for one in neighbours
        if one.story.id != report.story.id and own & one.pairs
    }
    best = sorted(
        (one for one in neighbours if one.story.id in weights),
        key=lambda one: (-weights[one.story.id], -one.story.size, one.story.id),
    )[:MOST_RELATED]
    best.sort(key=lambda one: (one.story.first, one.story.id))
    return tuple(
        Related(
            neighbour=one,
            shared=tuple(f"{name_of(a)} → {name_of(b)}" for a, b in sorted(own & one.pairs)[:3]),
        )
        for one in best
    )


def silent(
    report: StoryReport, neighbours: Sequence[Neighbour], heard: Collection[str]
) -> tuple[Silent, ...]:
    """States that told most stories in which the same actors blame or are blamed, but not this one."""
    own = _actors(pairs_of(report))
    alike = [
        one for one in neighbours if one.story.id != report.story.id and len(own & _actors(one.pairs)) > 1
    ]
    if len(alike) < FEWEST_ALIKE:
        return ()
    told = Counter(state for one in alike for state in one.states)
    return tuple(
        Silent(state=state, name=name_of(state), told=number, alike=len(alike))
        for state, number in told.most_common()
        if number > MOST * len(alike) and state in heard and state not in report.timeline.states
    )


def _actors(pairs: frozenset[Pair]) -> set[str]:
    return {actor for pair in pairs for actor in pair}
