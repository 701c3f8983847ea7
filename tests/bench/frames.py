"""Blame frames on the development set: every measure of the evaluation beside its floor and its goal.

Gold and frames are by one definition (`BLAME.md`), so all is compared. The published figure is for another set
and a simpler task (English newspapers, blame ties between named actors, no stance): a mark, not a rival.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifiers.blame import Reader
from classifiers.evaluate import Evaluation, Score, evaluate, load_gold
from monitor.model import Text
from tests.bench.data import BLAME, DATA
from tests.bench.reader import shipped_reader
from tests.bench.result import percent, published, result

GOLD = BLAME / "gold_dev.jsonl"
SEED = DATA.parent / "seed.txt"
NEEDS = (GOLD,)
#: Blame ties in English newspapers, Liang et al. 2019, F1.
LIANG = 69.9
#: A language has a floor of its own from so many documents.
ENOUGH = 4
#: The frames of the worked example that must be there, both with a caveat.
WORKED = (("RUS", "KURDS", "blames"), ("RUS", "USA", "blames"))

Row = tuple[object, ...]


def run(gold: Path = GOLD, reader: Reader | None = None, seed: Path = SEED) -> dict[str, Any]:
    """Read the set, score it, and set the scores beside the floors of the issue."""
    reader = reader or shipped_reader()
    labelled = load_gold(gold)
    found = evaluate(reader, labelled)
    sizes = Counter(row["lang"] for row in labelled)
    rows = [*_scores(found), *_languages(found, sizes), *_shares(found, reader, seed), *_reliability(found)]
    columns = ("measure", "precision", "recall", "F1 or share", "right", "found", "gold", "floor", "goal")
    padded = [(*row, *[""] * (len(columns) - len(row))) for row in [*rows, published("Liang 2019", LIANG)]]
    notes = [f"{found.documents} documents, {found.micro.gold} frames, reader {found.reader}"]
    return result(columns, padded, notes, **found.summary())


def _scores(found: Evaluation) -> Iterator[Row]:
    yield _row("frames", found.micro, "F1 60, precision 65", "F1 80")
    yield _row("without stance", found.without_stance)
    yield _row("roles only (evidence and stance)", found.roles_only)
    for stance, score in sorted(found.by_stance.items()):
        yield _row(f"stance {stance}", score)


def _languages(found: Evaluation, sizes: Counter[str]) -> Iterator[Row]:
    for language, score in sorted(found.by_language.items()):
        limits = ("45", "70") if sizes[language] >= ENOUGH else ("", "")
        yield _row(f"language {language} ({sizes[language]} documents)", score, *limits)


def _shares(found: Evaluation, reader: Reader, seed: Path) -> Iterator[Row]:
    yield _share("kind right, of matched frames", found.kind, "65", "85")
    yield _share("caveat right, of matched frames", found.caveat, "85", "95")
    yield _share("evidence overlaps, of matched frames", found.evidence)
    yield _share("documents without blame that got a frame", found.false_alarms, "at most 15", "at most 5")
    yield _share("gold frames with both actors recognised", found.actors_found)
    if seed.exists():
        yield _share("seed.txt: both frames, caveat", _worked(reader, seed), "100", "100")


def _reliability(found: Evaluation) -> Iterator[Row]:
    for mean, right, count in found.reliability:
        yield f"right where the score is about {mean:.2f}", "", "", percent(right), "", count


def _worked(reader: Reader, seed: Path) -> float:
    """The share of the worked example's two frames that are found with their caveat."""
    day = datetime(2018, 10, 1, tzinfo=UTC)
    reading = reader.read(Text(id="seed", text=seed.read_text(encoding="utf-8"), language="nl", date=day))
    found = {(frame.blamer, frame.target, frame.stance) for frame in reading.frames if frame.caveat}
    return len(found.intersection(WORKED)) / len(WORKED)


def _row(label: str, score: Score, floor: str = "", goal: str = "") -> Row:
    measures: Sequence[str] = [percent(value) for value in (score.precision, score.recall, score.f1)]
    return (label, *measures, score.right, score.found, score.gold, floor, goal)


def _share(label: str, share: float, floor: str = "", goal: str = "") -> Row:
    return (label, "", "", percent(share), "", "", "", floor, goal)
