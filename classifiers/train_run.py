"""`framewire train`: from the shipped passages to the shipped weights, with their calibration and scores.

A tenth of the passages (by hash of their id) is never trained on: the score is calibrated on it and the threshold
chosen. `weights/about.json` holds the plan, the checksum of the data and what the held-out tenth scored.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from classifiers.blame import WEIGHTS, BlameReader
from classifiers.dataset import Example, checksum, example_of, load_rows
from classifiers.document import tokenize
from classifiers.train import Plan, Say, save, train
from monitor.model import make_id

#: One passage in this many is held out.
HELD_OUT = 10
#: The threshold is the best for F1 among those with at least this precision on the held-out passages.
PRECISION = 0.7
#: Scores below this are never shown; calibration need not know them.
_FLOOR = 0.02

Scored = list[tuple[float, bool]]


def make_weights(
    out: Path | None = None,
    plan: Plan | None = None,
    say: Say | None = None,
    extra: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Train, calibrate, choose the threshold, save to `out`; what is written to about.json.

    `extra` lines (corrections) are trained on beside the shipped ones, and never held out: scores stay comparable.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    plan, out = plan or Plan(), out or WEIGHTS
    examples = [example_of(row) for row in load_rows()]
    held = [e for e in examples if is_held_out(e.id)]
    kept = [e for e in examples if not is_held_out(e.id)] + [example_of(row) for row in extra]
    say(f"{len(kept)} passages to train on, {len(held)} held out")
    data = checksum(extra=extra)
    model = train(kept, plan, say)
    about: dict[str, Any] = {
        "version": f"{make_id(data, repr(plan))[:8]}",
        "layers": plan.layers,
        "data_sha256": data,
        "corrections": len(extra),
        "plan": {name: getattr(plan, name) for name in plan.__slots__},
        "calibration": [[0.0, 0.0], [1.0, 1.0]],
        "threshold": 0.5,
    }
    save(model, out, about)
    scored, gold = score_examples(BlameReader(weights=out), held)
    about |= {"calibration": calibrate(scored), **choose_threshold(scored, gold)}
    save(model, out, about)
    say(f"held out: F1 {about['held_out']['f1']:.3f} at threshold {about['threshold']:.2f}")
    return about


def is_held_out(id: str) -> bool:
    """Whether a passage is in the tenth that is not trained on."""
    return int(make_id("held out", id), 16) % HELD_OUT == 0


def score_examples(reader: BlameReader, examples: Sequence[Example]) -> tuple[Scored, int]:
    """(raw score, right or not) of every triple that scored at all, and the number of labelled frames."""
    scored: Scored = []
    gold = 0
    for example in examples:
        wanted = {(f.blamer, f.target, f.stance) for f in example.frames}
        gold += len(wanted)
        found = reader.scores(tokenize(example.analysis, reader.tokenizer))
        scored += [(score, key in wanted) for key, score in found.items() if score > _FLOOR]
    return scored, gold


def calibrate(scored: Scored) -> list[list[float]]:
    """Knots (raw score, share right) of the isotonic fit, at most one for each change."""
    raw = np.array([score for score, _ in scored])
    right = np.array([float(flag) for _, flag in scored])
    fit = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, right)
    xs = np.linspace(0, 1, 41)
    ys = fit.predict(xs)
    return [[round(float(x), 3), round(float(y), 3)] for x, y in zip(xs, ys, strict=True)]


def choose_threshold(scored: Scored, gold: int) -> dict[str, Any]:
    """The raw score from which frames are shown, and what the held-out passages score with it."""
    best: dict[str, Any] = {"threshold": 0.5, "held_out": {"f1": 0.0, "precision": 0.0, "recall": 0.0}}
    for threshold in np.linspace(0.1, 0.95, 86):
        shown = [right for score, right in scored if score > threshold]
        precision = sum(shown) / max(len(shown), 1)
        recall = sum(shown) / max(gold, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        if precision >= PRECISION and f1 > best["held_out"]["f1"]:
            row = {
                "f1": round(f1, 4),
                "precision": round(precision, 4),
                "recall": round(recall, 4),
                "gold": gold,
            }
            best = {"threshold": round(float(threshold), 3), "held_out": row}
    return best
