"""What a bench hands back: a table for people, notes on how to read it, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from classifiers.evaluate import Score

#: Headings of a table whose rows come from `scored`.
SCORED = ("measure", "precision", "recall", "F1", "right", "found", "gold")


def result(
    columns: Sequence[str], rows: Iterable[Sequence[object]], notes: Iterable[str] = (), **numbers: Any
) -> dict[str, Any]:
    """The value of `run()`."""
    return {"columns": list(columns), "rows": [list(row) for row in rows], "notes": list(notes)} | numbers


def scored(label: str, score: Score) -> tuple[object, ...]:
    """Our row of a table of scores, in per cent."""
    measures = (score.precision, score.recall, score.f1)
    return (label, *map(percent, measures), score.right, score.found, score.gold)


def published(label: str, f1: float) -> tuple[object, ...]:
    """A row for a figure from the literature, in per cent, of which only F1 is known to us."""
    return (f"published: {label}", "", "", f"{f1:.1f}", "", "", "")


def percent(share: float) -> str:
    """A share as per cent with one decimal."""
    return f"{100 * share:.1f}"


def score_sets(found: Iterable[object], gold: Iterable[object]) -> Score:
    """Precision and recall of one set against another."""
    left, right = set(found), set(gold)
    return Score(right=len(left & right), found=len(left), gold=len(right))
