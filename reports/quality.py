"""How well frames are found, as it was measured when the weights that ship were made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Shares of 1 on labelled passages that were held out; `gold` is how many frames they hold."""

    precision: float
    recall: float
    f1: float
    gold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Scores of one version, over all and by language code; `date` and languages where they were recorded."""

    version: str
    date: str | None
    all: Score
    languages: tuple[tuple[str, Score], ...]


@cache
def measured() -> Quality:
    """The quality of the weights in this installation (`classifiers/weights/about.json`)."""
    about = json.loads((files("classifiers") / "weights" / "about.json").read_text("utf-8"))
    held_out = about["held_out"]
    by_language = sorted((held_out.get("languages") or {}).items(), key=lambda one: (-one[1]["f1"], one[0]))
    return Quality(
        version=about["version"],
        date=about.get("date"),
        all=_score(held_out),
        languages=tuple((language, _score(values)) for language, values in by_language),
    )


def _score(values: dict[str, Any]) -> Score:
    return Score(**{name: values[name] for name in ("precision", "recall", "f1", "gold")})
