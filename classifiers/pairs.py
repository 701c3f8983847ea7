"""Candidate triples of a window: (sentence, blamer, target), as index arrays for the network.

Every actor named in the window may blame or be blamed in every sentence that is the window's own; two actors
need no words: the outlet itself (`OUTLET`, only as blamer) and the state that the outlet speaks for.
An actor stands for the words nearest to the sentence: in it, before it, in the title, or after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifiers.document import Document, Window
from monitor.model import OUTLET

#: Where an actor is named, seen from the sentence: the index into the learned embeddings.
IN_SENTENCE, ONE_BEFORE, TWO_BEFORE, FAR_BEFORE, TITLE, AFTER, OUTLET_VOICE, OUTLET_STATE = range(8)
BUCKETS = 8
#: An actor named in many places of one sentence is represented by the first few.
MENTIONS = 4
#: Distance of a token's sentence from the judged one, clipped: -3 … 3, then the title, then the special tokens.
DISTANCES = 9
_TITLE_DISTANCE, _SPECIAL_DISTANCE = 7, 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """Index arrays over one window of T tokens with N triples."""

    #: Actor ids that `blamer` and `target` point into.
    actors: list[str]
    #: (M, 2) token range of each mention.
    spans: NDArray[np.int64]
    #: (R, MENTIONS) indices into `spans`, -1 for none: one row for each (sentence, actor).
    groups: NDArray[np.int64]
    #: (R,) where the actor stands, seen from the sentence.
    buckets: NDArray[np.int64]
    #: (N,) rows of `groups` for the blamer and the target, and the same as actors.
    blamer_row: NDArray[np.int64]
    target_row: NDArray[np.int64]
    blamer: NDArray[np.int64]
    target: NDArray[np.int64]
    #: (N,) position in `window.parts` of the sentence judged.
    place: NDArray[np.int64]
    #: (P, T) distance bucket of every token from each part.
    distances: NDArray[np.int64]

    def only(self, kept: NDArray[np.int64]) -> Candidates:
        """The same window with the triples of these indices alone."""
        names = ("blamer_row", "target_row", "blamer", "target", "place")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def candidates(document: Document, window: Window) -> Candidates | None:
    """The triples of a window; None where nobody is named."""
    if not window.entities:
        return None
    actors = sorted(window.entities)
    if document.outlet_state and document.outlet_state not in window.entities:
        actors.append(document.outlet_state)
    actors.append(OUTLET)
    spans: list[tuple[int, int]] = []
    indices = {actor: _number(window.entities.get(actor, []), spans) for actor in actors}
    groups: list[list[int]] = []
    buckets: list[int] = []
    rows: dict[tuple[int, int], int] = {}
    titles = [document.parts[part].is_title for part in window.parts]
    places = [place for place, own in enumerate(window.own) if own]
    for place in places:
        for number, actor in enumerate(actors):
            group, bucket = _stand(actor, indices[actor], place, titles, document.outlet_state)
            rows[place, number] = len(groups)
            groups.append((group + [-1] * MENTIONS)[:MENTIONS])
            buckets.append(bucket)
    triples = [
        (rows[place, b], rows[place, t], b, t, place)
        for place in places
        for b in range(len(actors))
        for t in range(len(actors))
        if actors[t] != OUTLET
    ]
    blamer_row, target_row, blamer, target, place = np.array(triples, np.int64).T
    return Candidates(
        actors=actors,
        spans=np.array(spans, np.int64).reshape(-1, 2),
        groups=np.array(groups, np.int64),
        buckets=np.array(buckets, np.int64),
        blamer_row=blamer_row,
        target_row=target_row,
        blamer=blamer,
        target=target,
        place=place,
        distances=_distances(window, titles),
    )


def _number(mentions: list[tuple[int, int, int]], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(position of the part, index into `spans`) of each mention; adds the spans."""
    numbered = []
    for place, start, end in mentions:
        numbered.append((place, len(spans)))
        spans.append((start, end))
    return numbered


def _stand(
    actor: str, mentions: list[tuple[int, int]], place: int, titles: list[bool], outlet_state: str | None
) -> tuple[list[int], int]:
    """The mentions that stand for the actor in the sentence at `place`, and where they are."""
    if actor == OUTLET:
        return [], OUTLET_VOICE
    here = [index for at, index in mentions if at == place]
    if here:
        return here, IN_SENTENCE
    before = [at for at, _ in mentions if at < place and not titles[at]]
    if before:
        nearest = max(before)
        bucket = {1: ONE_BEFORE, 2: TWO_BEFORE}.get(place - nearest, FAR_BEFORE)
        return [index for at, index in mentions if at == nearest], bucket
    in_title = [index for at, index in mentions if titles[at]]
    if in_title:
        return in_title, TITLE
    if not mentions:
        return [], OUTLET_STATE if actor == outlet_state else AFTER
    nearest = min(at for at, _ in mentions)
    return [index for at, index in mentions if at == nearest], AFTER


def _distances(window: Window, titles: list[bool]) -> NDArray[np.int64]:
    """(parts, tokens): how far each token's sentence is from each part."""
    table = np.full((len(window.parts), len(window.ids)), _SPECIAL_DISTANCE, np.int64)
    for seen_from in range(len(window.parts)):
        for place, (start, end) in enumerate(window.ranges):
            far = int(np.clip(place - seen_from, -3, 3)) + 3
            table[seen_from, start:end] = _TITLE_DISTANCE if titles[place] and place != seen_from else far
    return table
