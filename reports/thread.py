"""The chain of stories that one event leaves when it goes on for weeks: each story follows the one it continues.

A story is closed when it was not told for some days; what comes then is a new story. A thread links it back:

    strike on the dam ◀─ the inquiry begins ◀─ the minister resigns

Two stories are of one thread where their centres point the same way and they speak of the same actors. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.model import Story

#: A story that came this long after the other's last report begins something new.
LONGEST_GAP = timedelta(days=45)
#: Centred cosine from which two stories can be one thread, and with how much of the actors shared. Reports of one
#: event lie from about 0.4 up (see DESIGN.md); a follow-up keeps the theme and the actors, but not the news.
LEAST_COSINE, LEAST_ACTORS = 0.4, 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What links a story to others."""

    story: Story
    #: The direction of the sum of its articles' centred vectors, of length 1.
    centre: NDArray[np.float32]
    #: In how many of its articles each actor is named.
    actors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A story, and how likely it continues the one before it (0 for the first of a thread)."""

    story: Story
    likeness: float


def thread(story: str, sketches: Sequence[Sketch]) -> tuple[Link, ...]:
    """The chain through a story, oldest first: what it continues, itself, and what continues it.

    Every story continues at most one, the likest of those before it; several may continue one story, and then the
    chain goes on with the likest. A story alone is a chain of one; an unknown one gives none.
    """
    known = {sketch.story.id: sketch for sketch in sketches}
    if story not in known:
        return ()
    links = {sketch.story.id: before for sketch in sketches if (before := _before(sketch, sketches))}
    chain = [story]
    while chain[0] in links:
        chain.insert(0, links[chain[0]][0])
    while following := _next(chain[-1], links):
        chain.append(following)
    return tuple(
        Link(story=known[one].story, likeness=links[one][1] if one in links else 0.0) for one in chain
    )


def _next(story: str, links: Mapping[str, tuple[str, float]]) -> str | None:
    following = [(likeness, one) for one, (before, likeness) in links.items() if before == story]
    return max(following)[1] if following else None


def _before(sketch: Sketch, others: Sequence[Sketch]) -> tuple[str, float] | None:
    """The story that this one continues, and how like they are."""
    found = [
        (likeness, other.story.id)
        for other in others
        if _precedes(other, sketch) and (likeness := likeness_of(other, sketch)) > 0
    ]
    if not found:
        return None
    likeness, story = max(found)
    return story, likeness


def _precedes(left: Sketch, right: Sketch) -> bool:
    """Whether a story began before another and did not end too long before it; equal times go by id: no circles."""
    earlier = (left.story.first, left.story.id) < (right.story.first, right.story.id)
    return earlier and right.story.first - left.story.last <= LONGEST_GAP


def likeness_of(left: Sketch, right: Sketch) -> float:
    """The cosine of two stories that can be one thread, else 0."""
    cosine = float(left.centre @ right.centre)
    if cosine < LEAST_COSINE or shared_actors(left.actors, right.actors) < LEAST_ACTORS:
        return 0.0
    return cosine


def shared_actors(left: Mapping[str, int], right: Mapping[str, int]) -> float:
    """Cosine of two counts of actors; 1 where neither names any, for then they say nothing against it."""
    if not left and not right:
        return 1.0
    dot = sum(number * right.get(actor, 0) for actor, number in left.items())
    lengths = math.hypot(*left.values()) * math.hypot(*right.values())
    return dot / lengths if lengths else 0.0
