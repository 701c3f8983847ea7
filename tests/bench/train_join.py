"""Makes `monitor/join.json`: when an article joins a story, learned from labelled streams.

    python -m tests.bench.train_join

Needs `../shared/data/stories`. Half of each set by hash of the cluster is learned from; scores are of the other
half. The stream is replayed with the right answers (teacher forcing) and a tenth of wrong ones, since a clusterer
that runs free has to live with its own mistakes.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from classifiers.encoder import open_encoder
from monitor.cluster import Centres, Clusterer, scores
from monitor.embed import make_item, opening_of
from monitor.join import WEIGHTS, Item, Join
from monitor.model import make_id
from monitor.sample.world import load_world
from monitor.stages import shipped_means
from tests.bench.data import STORIES

SETS = ("og2021_dev", "allsides", "ecbplus")
#: Weight of each set in the loss; the sample world is small and easy.
WEIGHT = {"og2021_dev": 1.0, "allsides": 1.0, "ecbplus": 1.0, "sample": 0.15}
#: A third of the held-out choices between 0.3 and 0.7: the best sum of BCubed F1 over the sets.
THRESHOLD = 0.4
WRONG, REOPEN = 0.1, 0.03

Stream = list[tuple[Item, str]]


class Replay(Clusterer):
    """A clusterer that is told the right story, and writes down what it saw."""

    def __init__(self, centres: Centres, join: Join, rng: random.Random) -> None:
        super().__init__(centres, join)
        self.rows: list[Any] = []
        self.labels: list[float] = []
        self._where: dict[str, str] = {}
        self._rng = rng

    def follow(self, item: Item, cluster: str) -> None:
        """See the candidates, learn which is right, and mostly go there."""
        from monitor.join import open_story

        centred = self.centres.centred(item.vector, item.language)
        self.centres.learn(item.vector, item.language)
        near = self._near(centred, item.published)
        right = self._where.get(cluster)
        if near:
            self.rows += list(self._join.features(item, centred, near))
            self.labels += [float(story.id == right) for story in near]
        if right is None or self._rng.random() < REOPEN:
            story = open_story(item.id, item, centred)
            self._where[cluster] = story.id
        else:
            story = self._stories[self._rows[right]]
            if near and self._rng.random() < WRONG:
                story = near[0]
            story.add(item, centred)
        self._index(story)


def load(name: str, encoder: Any) -> Stream:
    """A labelled stream in time order."""
    rows = sample_rows() if name == "sample" else _lines(STORIES / f"{name}.jsonl")
    openings = [opening_of(row["title"], row.get("text") or "") for row in rows]
    items = []
    for place, (row, opening, vector) in enumerate(zip(rows, openings, encoder.embed(openings), strict=True)):
        date = (
            datetime.fromisoformat(row["date"])
            if row.get("date")
            else datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=place)
        )
        when = date if date.tzinfo else date.replace(tzinfo=UTC)
        items.append(
            (make_item(str(row["id"]), opening, row.get("lang") or "en", when, vector), row["cluster"])
        )
    return sorted(items, key=lambda pair: pair[0].published)


def sample_rows() -> list[dict[str, Any]]:
    """The sample world as labelled lines."""
    world = load_world()
    return [
        {
            "id": f"{event.slug}-{number}",
            "lang": world.outlet(article.outlet).language,
            "date": article.published.isoformat(),
            "title": article.title,
            "text": "\n".join(article.paragraphs),
            "cluster": event.slug,
        }
        for event in world.events
        for number, article in enumerate(event.articles)
    ]


def learn(streams: dict[str, Stream], means: dict[str, Any], rarity: dict[str, float]) -> dict[str, Any]:
    """The numbers of a Join."""
    blank = {
        "mean": [0],
        "scale": [1],
        "mean2": [0],
        "scale2": [1],
        "weights": [0],
        "bias": 0,
        "threshold": 1,
    }
    features, labels, weights = [], [], []
    for name, stream in streams.items():
        replay = Replay(Centres(means), Join(blank | {"rarity": rarity}), random.Random(1))
        for item, cluster in stream:
            replay.follow(item, cluster)
        features.append(np.array(replay.rows))
        labels.append(np.array(replay.labels))
        weights.append(np.full(len(replay.labels), WEIGHT[name] / len(replay.labels)))
    x, y, w = np.concatenate(features), np.concatenate(labels), np.concatenate(weights)
    first, products, second = StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()
    z = second.fit_transform(products.fit_transform(first.fit_transform(x)))
    model = LogisticRegression(C=0.3, max_iter=5000).fit(z, y, sample_weight=w / w.mean())
    return {
        "mean": _round(first.mean_),
        "scale": _round(first.scale_),
        "mean2": _round(second.mean_),
        "scale2": _round(second.scale_),
        "weights": _round(model.coef_[0]),
        "bias": round(float(model.intercept_[0]), 5),
        "threshold": THRESHOLD,
        "rarity": rarity,
    }


def run(stream: Stream, join: Join, means: dict[str, Any]) -> dict[str, float]:
    """Scores of a free run."""
    clusterer = Clusterer(Centres(means), join)
    found = [clusterer.assign(item) for item, _ in stream]
    return scores([cluster for _, cluster in stream], found)


def main() -> None:
    """Learn, score on the other halves, write."""
    encoder = open_encoder()
    means = shipped_means(encoder.name)
    streams = {name: load(name, encoder) for name in (*SETS, "sample")}
    count = Counter(actor for stream in streams.values() for item, _ in stream for actor in item.actors)
    total = sum(map(len, streams.values()))
    rarity = {actor: round(float(np.log((total + 1) / (n + 1))), 3) for actor, n in sorted(count.items())}
    ours = {
        name: [p for p in stream if name == "sample" or _half(p[1]) == 0] for name, stream in streams.items()
    }
    numbers = learn(ours, means, rarity)
    join = Join(numbers)
    for name, stream in streams.items():
        rest = [p for p in stream if name == "sample" or _half(p[1]) == 1]
        print(name, {k: round(v, 3) for k, v in run(rest, join, means).items()}, file=sys.stderr)
    WEIGHTS.write_text(json.dumps(numbers) + "\n")


def _half(cluster: str) -> int:
    return int(make_id("half", str(cluster)), 16) % 2


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _round(values: Sequence[float]) -> list[float]:
    return [round(float(value), 5) for value in values]


if __name__ == "__main__":
    main()
