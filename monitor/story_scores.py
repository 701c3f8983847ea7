"""How good the stories are: one pass over a labelled file, scored by BCubed and by pairs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from classifiers.dataset import labelled_lines
from monitor.cluster import Centres, Clusterer, scores
from monitor.embed import make_item, opening_of
from monitor.errors import ClassifierError

#: Documents without a date are spread over time, this far apart, so that the window still moves.
_STEP = timedelta(seconds=1)


def evaluate_clusters(gold: Path) -> dict[str, float]:
    """Scores of the shipped clusterer on lines of {id, lang?, date?, title, text?, cluster}, in time order."""
    from classifiers.encoder import open_encoder
    from monitor.stages import shipped_means

    rows = []
    for where, row in labelled_lines(gold, "title"):
        try:
            _when(row, 0), row["id"], hash(row["cluster"]), row.get("lang")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ClassifierError(where, f"is no labelled document ({error!r})") from error
        rows.append(row)
    encoder = open_encoder()
    openings = [opening_of(row["title"], str(row.get("text") or "")) for row in rows]
    vectors = encoder.embed(openings)
    items = [
        make_item(str(row["id"]), opening, row.get("lang") or "en", _when(row, place), vector)
        for place, (row, opening, vector) in enumerate(zip(rows, openings, vectors, strict=True))
    ]
    order = sorted(range(len(items)), key=lambda i: (items[i].published, i))
    clusterer = Clusterer(Centres(shipped_means(encoder.name)))
    found = {i: clusterer.assign(items[i]) for i in order}
    labels = [found[i] for i in range(len(items))]
    return scores([row["cluster"] for row in rows], labels) | _pair_recall(rows, labels)


def _when(row: dict[str, Any], place: int) -> datetime:
    if not row.get("date"):
        return datetime(2000, 1, 1, tzinfo=UTC) + place * _STEP
    moment = datetime.fromisoformat(row["date"])
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _pair_recall(rows: list[dict[str, Any]], labels: list[str]) -> dict[str, float]:
    """Of the pairs of one gold cluster, the share found together: in one language, and across two."""
    clusters: dict[Any, list[int]] = {}
    for index, row in enumerate(rows):
        clusters.setdefault(row["cluster"], []).append(index)
    together = {True: 0, False: 0}
    count = {True: 0, False: 0}
    for members in clusters.values():
        for left, right in combinations(members, 2):
            same = rows[left].get("lang") == rows[right].get("lang")
            count[same] += 1
            together[same] += labels[left] == labels[right]
    return {
        "same_language_pair_recall": together[True] / max(count[True], 1),
        "cross_language_pair_recall": together[False] / max(count[False], 1),
    }
