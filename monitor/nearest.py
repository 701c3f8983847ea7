"""The open stories whose centres are nearest to a vector.

    all centres, 64 principal directions ─▶ 4,096 ─▶ 128 more directions ─▶ 1,024 ─▶ the rest ─▶ the best few

A matrix of 100,000 centres and 384 dimensions is 150 MB, and reading it for each article takes 10 ms and more on one
core. The centres are kept turned to their own principal directions, those that matter most first, so that most are
ruled out by a sixth of the reading; what is left is compared whole. What that loses is measured in DESIGN.md. Few
stories are all compared whole. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.join import OpenStory, Vector

#: Up to so many stories every centre is compared whole: 2 ms on one core.
WHOLE = 16_384
#: Where the directions are cut, and how many stories each look but the last leaves.
CUTS, LEFT = (64, 192), (4_096, 1_024)
#: Centres from which the directions are learned, and values from which a limit is taken.
_SAMPLE = 8_192


class Nearest:
    """Stories by the place of their centre and the time in which they were told."""

    def __init__(self, window_days: float, *, whole: int = WHOLE, left: Sequence[int] = LEFT) -> None:
        self._window, self._whole, self._left = window_days, whole, tuple(left)
        self._stories: list[OpenStory] = []
        self._rows: dict[str, int] = {}
        #: Rows beyond the stories are spare. Times are POSIX days.
        self._first, self._last = np.zeros(0), np.zeros(0)
        #: The centres, cut into blocks of directions; one block and no turn as long as there are few.
        self._blocks: list[Vector] = []
        self._turn: Vector | None = None

    def __len__(self) -> int:
        return len(self._stories)

    def __iter__(self) -> Iterator[OpenStory]:
        return iter(self._stories)

    def __contains__(self, story: str) -> bool:
        return story in self._rows

    def put(self, story: OpenStory) -> None:
        """Take a story in, or note that it changed."""
        row = self._rows.setdefault(story.id, len(self._stories))
        if row == len(self._stories):
            self._stories.append(story)
        if row >= len(self._first):
            self._grow(len(story.total))
        for block, part in zip(self._blocks, self._cut(story.centre), strict=True):
            block[row] = part
        self._first[row], self._last[row] = _days(story.first), _days(story.last)

    def forget(self, before: datetime) -> None:
        """Drop the stories that were last told before a time."""
        keep = np.flatnonzero(self._last[: len(self)] >= _days(before))
        if len(keep) == len(self):
            return
        self._stories = [self._stories[row] for row in keep]
        self._rows = {story.id: row for row, story in enumerate(self._stories)}
        self._first, self._last = self._first[keep], self._last[keep]
        self._blocks = [block[keep] for block in self._blocks]

    def find(self, vector: Vector, published: datetime, count: int) -> list[OpenStory]:
        """The nearest stories that were told within the window around the time, best first."""
        size, day = len(self), _days(published)
        if not size:
            return []
        first, *more = zip(self._blocks, self._cut(vector), strict=True)
        likeness = first[0][:size] @ first[1]
        near = self._last[:size] >= day - self._window
        near &= self._first[:size] <= day + self._window
        if near.all():
            rows = np.arange(size)
        else:
            rows = np.flatnonzero(near)
            likeness = likeness[rows]
        for left, (block, part) in zip(self._left, more, strict=False):
            best = _highest(likeness, left)
            rows, likeness = rows[best], likeness[best]
            likeness = likeness + block.take(rows, axis=0) @ part
        # Equals are taken in the order in which their stories came.
        order = np.lexsort((rows, -likeness))[:count]
        return [self._stories[row] for row in rows[order]]

    def _cut(self, vector: Vector) -> list[Vector]:
        """The vector in the directions of each block."""
        return [vector] if self._turn is None else np.split(self._turn @ vector, CUTS)

    def _grow(self, dimensions: int) -> None:
        size = len(self._first)
        # A half more, not twice as much: at 100,000 stories a row more would cost 150 MB.
        room = max(256, size + size // 2)
        self._first, self._last = _grown(self._first, room), _grown(self._last, room)
        blocks = self._blocks or [np.zeros((0, dimensions), np.float32)]
        self._blocks = [_grown(block, room) for block in blocks]
        if self._turn is None and size >= self._whole and dimensions > CUTS[-1]:
            self._learn(size)

    def _learn(self, size: int) -> None:
        """Turn the centres to the principal directions of those there are."""
        (centres,) = self._blocks
        sample = centres[: size : max(1, size // _SAMPLE)]
        _, directions = np.linalg.eigh(sample.T @ sample)
        self._turn = np.ascontiguousarray(directions[:, ::-1].T, np.float32)
        self._blocks = [np.ascontiguousarray(part) for part in np.split(centres @ self._turn.T, CUTS, axis=1)]


def _highest(likeness: Vector, left: int) -> NDArray[np.intp]:
    """The places of about `left` of the highest values, by a limit taken from a sample: ten times faster than exact."""
    if len(likeness) <= left:
        return np.arange(len(likeness))
    sample = likeness[:: max(1, len(likeness) // _SAMPLE)]
    wanted = max(1, left * len(sample) // len(likeness))
    return np.flatnonzero(likeness >= np.partition(sample, -wanted)[-wanted])


def _grown(array: NDArray[Any], rows: int) -> NDArray[Any]:
    grown = np.zeros((rows, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def _days(moment: datetime) -> float:
    return moment.timestamp() / 86400
