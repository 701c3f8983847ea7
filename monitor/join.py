"""Does an article belong to a story? Ten features, their squares and products, one logistic function.

The weights are numbers in `join.json`, made by `python -m tests.bench.train_join` on half of OG2021 (nine
languages, titles), AllSides and ECB+ (look-alike events), by hash of the cluster, and our sample world.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
WEIGHTS = Path(__file__).with_name("join.json")
#: The nearest members that count.
NEAREST = 3
#: Weight of an actor that the table of rarities does not have: rarer than any in it.
RARE = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What clustering needs of an article; `vector` as the encoder made it."""

    id: str
    language: str
    published: datetime
    vector: Vector
    #: Actors named in title and opening, and how long these are, in characters.
    actors: frozenset[str] = frozenset()
    length: int = 0


@dataclass(slots=True)
class OpenStory:
    """A story that articles may still join; vectors are centred and of length 1."""

    id: str
    first: datetime
    last: datetime
    total: Vector
    members: list[Vector] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    actors: Counter[str] = field(default_factory=Counter)

    @property
    def centre(self) -> Vector:
        """The direction of the sum of its members."""
        return np.asarray(self.total / max(float(np.linalg.norm(self.total)), 1e-9), np.float32)

    def add(self, item: Item, centred: Vector) -> None:
        """Take an article in."""
        self.total = self.total + centred
        self.members.append(centred)
        self.languages.append(item.language)
        self.actors.update(item.actors)
        self.first, self.last = min(self.first, item.published), max(self.last, item.published)


def open_story(id: str, item: Item, centred: Vector) -> OpenStory:
    """A story of one article."""
    story = OpenStory(id, item.published, item.published, np.zeros_like(centred))
    story.add(item, centred)
    return story


class Join:
    """The logistic function over features and their products."""

    def __init__(self, numbers: Mapping[str, object]) -> None:
        def array(name: str) -> NDArray[np.float64]:
            return np.asarray(numbers[name], np.float64)

        self._mean, self._scale = array("mean"), array("scale")
        self._mean2, self._scale2 = array("mean2"), array("scale2")
        self._weights, self._bias = array("weights"), float(array("bias"))
        self.threshold = float(array("threshold"))
        rarity = numbers["rarity"]
        assert isinstance(rarity, dict)
        self._rarity: dict[str, float] = rarity

    def chances(self, item: Item, centred: Vector, stories: Sequence[OpenStory]) -> NDArray[np.float64]:
        """For each story, how likely the article belongs to it."""
        x = (self.features(item, centred, stories) - self._mean) / self._scale
        z = (np.hstack([x, _products(x)]) - self._mean2) / self._scale2
        return np.asarray(1 / (1 + np.exp(-(z @ self._weights + self._bias))), np.float64)

    def features(self, item: Item, centred: Vector, stories: Sequence[OpenStory]) -> NDArray[np.float64]:
        """(stories, 10): see the names in `FEATURES`."""
        centres = [float(story.centre @ centred) for story in stories]
        rows = []
        for index, story in enumerate(stories):
            near = np.asarray(story.members) @ centred
            order = np.argsort(-near)[:NEAREST]
            others = centres[:index] + centres[index + 1 :]
            rows.append(
                [
                    centres[index],
                    float(near[order].mean()),
                    float(near[order[0]]),
                    self._shared(item.actors, story),
                    float(not item.actors),
                    math.log1p(gap_days(story, item.published)),
                    math.log(len(story.members)),
                    centres[index] - max(others, default=0.0),
                    math.log(max(item.length, 20) / 100),
                    float(story.languages[order[0]] != item.language),
                ]
            )
        return np.array(rows, np.float64)

    def _shared(self, actors: frozenset[str], story: OpenStory) -> float:
        """Cosine of the article's actors and the story's, rare ones weighing more."""
        if not actors or not story.actors:
            return 0.0
        size = len(story.members)
        dot = sum(self._weight(a) ** 2 * story.actors[a] / size for a in actors)
        own = math.sqrt(sum(self._weight(a) ** 2 for a in actors))
        theirs = math.sqrt(sum((self._weight(a) * n / size) ** 2 for a, n in story.actors.items()))
        return dot / (own * theirs + 1e-9)

    def _weight(self, actor: str) -> float:
        return self._rarity.get(actor, RARE)


FEATURES = (
    "cosine to the centre",
    "mean cosine to the nearest members",
    "cosine to the nearest member",
    "shared actors",
    "names no actor",
    "log days since the story was told",
    "log size",
    "how far it is ahead of the next best story",
    "log length of the text",
    "the nearest member is in another language",
)


def _products(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squares and products of the columns, in the order of scikit-learn's PolynomialFeatures."""
    left, right = np.triu_indices(x.shape[1])
    return np.asarray(x[:, left] * x[:, right], np.float64)


def gap_days(story: OpenStory, published: datetime) -> float:
    """Days between the article and the time in which the story was told; 0 inside it."""
    if published > story.last:
        return (published - story.last).total_seconds() / 86400
    if published < story.first:
        return (story.first - published).total_seconds() / 86400
    return 0.0


@cache
def shipped_join() -> Join:
    """The join with the shipped weights."""
    return Join(json.loads(WEIGHTS.read_text()))
