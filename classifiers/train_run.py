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

from classifiers.blame import WEIGHTS, BlameReader, about_weights
from classifiers.dataset import Example, checksum, example_of, load_rows
from classifiers.document import tokenize
from classifiers.select import Triple, select
from classifiers.train import Plan, Say, save, train
from monitor.model import STANCES, make_id

#: One passage in this many is held out.
HELD_OUT = 10
#: The thresholds are the best for F1 among those with at least this precision on the held-out passages: a frame
#: that is not there does more harm than one that is missed.
PRECISION = 0.78
#: Scores below this are never shown; calibration need not know them.
_FLOOR = 0.02

#: The judged triples of a passage, and its labelled frames.
Judged = tuple[list[Triple], set[tuple[str, str, str]]]


def make_weights(
    out: Path | None = None,
    plan: Plan | None = None,
    say: Say | None = None,
    extra: Sequence[dict[str, Any]] = (),
    start: Path | None = None,
) -> dict[str, Any]:
    """Train, calibrate, choose the threshold, save to `out`; what is written to about.json.

    `start` is a folder of weights to go on from; without it training begins from the encoder.
    `extra` lines (corrections) are trained on beside the shipped ones, and never held out: scores stay comparable.
    """
    started = about_weights(start)["version"] if start else "the encoder"
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    plan, out = plan or Plan(), out or WEIGHTS
    examples = [example_of(row) for row in load_rows()]
    held = [e for e in examples if is_held_out(e.id)]
    kept = [e for e in examples if not is_held_out(e.id)] + [example_of(row) for row in extra]
    say(f"{len(kept)} passages to train on, {len(held)} held out")
    data = checksum(extra=extra)
    model = train(kept, plan, say, start)
    about: dict[str, Any] = {
        "version": f"{make_id(data, repr(plan))[:8]}",
        "layers": plan.layers,
        "data_sha256": data,
        "corrections": len(extra),
        "started_from": started,
        "plan": {name: getattr(plan, name) for name in plan.__slots__},
        "calibration": [[0.0, 0.0], [1.0, 1.0]],
        "thresholds": dict.fromkeys(STANCES, 0.5),
    }
    save(model, out, about)
    judged = judge_examples(BlameReader(weights=out), held)
    about |= {"calibration": calibrate(judged), **choose_thresholds(judged)}
    save(model, out, about)
    say(f"held out: F1 {about['held_out']['f1']:.3f} with thresholds {about['thresholds']}")
    return about


def is_held_out(id: str) -> bool:
    """Whether a passage is in the tenth that is not trained on."""
    return int(make_id("held out", id), 16) % HELD_OUT == 0


def judge_examples(reader: BlameReader, examples: Sequence[Example]) -> list[Judged]:
    """The triples of each example that scored at all, and its labelled frames."""
    return [
        (
            reader.triples(tokenize(example.analysis, reader.tokenizer), _FLOOR),
            {(f.blamer, f.target, f.stance) for f in example.frames},
        )
        for example in examples
    ]


def calibrate(judged: Sequence[Judged]) -> list[list[float]]:
    """Knots (raw score, share right) of the isotonic fit over each document's best triples."""
    scored: list[tuple[float, bool]] = []
    for triples, wanted in judged:
        for triple in select([(t, t) for t in triples], dict.fromkeys(STANCES, 0.0)):
            scored.append((triple.score, _key(triple) in wanted))
    raw = np.array([score for score, _ in scored])
    right = np.array([float(flag) for _, flag in scored])
    fit = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, right)
    xs = np.linspace(0, 1, 41)
    return [[round(float(x), 3), round(float(y), 3)] for x, y in zip(xs, fit.predict(xs), strict=True)]


def choose_thresholds(judged: Sequence[Judged]) -> dict[str, Any]:
    """The raw scores from which frames are shown, and what the held-out passages score with them."""
    best: dict[str, Any] = {"thresholds": dict.fromkeys(STANCES, 0.5), "held_out": {"f1": 0.0}}
    for blames in np.arange(0.1, 0.71, 0.02):
        for others in np.arange(0.1, 0.81, 0.1):
            thresholds = {"blames": float(blames), "denies": float(others), "accepts": float(others)}
            row = _scores(judged, thresholds)
            if row["precision"] >= PRECISION and row["f1"] > best["held_out"]["f1"]:
                best = {"thresholds": {k: round(v, 3) for k, v in thresholds.items()}, "held_out": row}
    return best


def _scores(judged: Sequence[Judged], thresholds: dict[str, float]) -> dict[str, float]:
    right = found = gold = 0
    for triples, wanted in judged:
        shown = {_key(triple) for triple in select([(t, t) for t in triples], thresholds)}
        right, found, gold = right + len(shown & wanted), found + len(shown), gold + len(wanted)
    precision, recall = right / max(found, 1), right / max(gold, 1)
    f1 = 2 * right / max(found + gold, 1)
    return {"f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4), "gold": gold}


def _key(triple: Triple) -> tuple[str, str, str]:
    return triple.blamer, triple.target, triple.stance
