"""Sentences that the actor finder reads in a second on one core, beside a bare Aho-Corasick pass.

Sentences of our own passages, one call each, as in the reader. The bound is the same automaton over the same
sentences already folded: no folding, no word boundaries, no rules, no dates, no choice of the longest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from time import perf_counter
from typing import Any

from classifiers.actors import ActorFinder, finder
from classifiers.dataset import load_rows
from classifiers.patterns import fold
from classifiers.sentences import split
from tests.bench.result import percent, result

NEEDS = ()
FLOOR, ROUNDS = 20_000, 5
COLUMNS = ("language", "sentences", "a second", "bound, a second", "% of the bound", "floor")


def run(rows: Sequence[dict[str, Any]] | None = None, rounds: int = ROUNDS) -> dict[str, Any]:
    """Time every language; the median of several rounds counts."""
    texts = _sentences(load_rows() if rows is None else rows)
    table = []
    ours, bare, count = 0.0, 0.0, 0
    for language, sentences in sorted(texts.items()):
        seconds = [_round(finder(language), sentences) for _ in range(rounds)]
        ours_here, bare_here = (median(part) for part in zip(*seconds, strict=True))
        ours, bare, count = ours + ours_here, bare + bare_here, count + len(sentences)
        table.append(_row(language, len(sentences), ours_here, bare_here))
    total = _row("all", count, ours, bare)
    notes = [f"one thread, median of {rounds} rounds"]
    return result(COLUMNS, [total, *table], notes, per_second=round(count / ours), bound=round(count / bare))


def _sentences(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        text = row["text"]
        found[row["lang"]] += [text[s.start : s.end] for s in split(text, row["lang"])]
    return found


def _round(names: ActorFinder, sentences: Sequence[str]) -> tuple[float, float]:
    """Seconds of the finder and of the bare automaton."""
    folded = [fold(sentence)[0] for sentence in sentences]
    start = perf_counter()
    for sentence in sentences:
        names.find(sentence)
    middle = perf_counter()
    for sentence in folded:
        names._automaton.find_matches_as_indexes(sentence, overlapping=True)
    return middle - start, perf_counter() - middle


def _row(label: str, count: int, ours: float, bare: float) -> tuple[object, ...]:
    return label, count, f"{count / ours:,.0f}", f"{count / bare:,.0f}", percent(bare / ours), f"{FLOOR:,}"
