"""An actor in the coverage: whom it blames, who blames it, what it answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.actors import Actor
from reports.matrix import Line, blame_lines

if TYPE_CHECKING:
    from monitor.store import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorReport:
    """Every line that an actor is part of, in one group each, strongest first."""

    actor: Actor
    #: How many articles the lines come from.
    articles: int
    #: Whom it blames.
    blames: tuple[Line, ...]
    #: Whom the outlets of the state blame in their own voice.
    outlets_blame: tuple[Line, ...]
    #: Who blames it.
    blamed: tuple[Line, ...]
    #: Denials and admissions, by it and about it.
    answers: tuple[Line, ...]


def actor_report(actor: Actor, coverage: Sequence[Coverage]) -> ActorReport:
    """What some articles say of an actor."""
    lines = [line for line in blame_lines(coverage) if actor.id in (line.blamer.actor, line.target.actor)]
    blaming = [line for line in lines if line.stance == "blames"]
    own = [line for line in blaming if line.blamer.actor == actor.id]
    return ActorReport(
        actor=actor,
        articles=len({quote.article.id for line in lines for quote in line.quotes}),
        blames=tuple(line for line in own if not line.blamer.outlet),
        outlets_blame=tuple(line for line in own if line.blamer.outlet),
        blamed=tuple(line for line in blaming if line.blamer.actor != actor.id),
        answers=tuple(line for line in lines if line.stance != "blames"),
    )
