"""Clauses that say what somebody is held responsible for, each with its kind: `data/kinds/<language>.tsv`.

They teach the kinds alone: no actor, no blame, two columns, `kind` and `clause`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from monitor.errors import ClassifierError
from monitor.model import FRAME_KINDS

KINDS = Path(__file__).with_name("data") / "kinds"


def load_clauses(paths: Iterable[Path] | None = None) -> list[tuple[str, str]]:
    """(kind, clause) of the files (default: the shipped ones), checked."""
    return [
        _parse(line, f"{path.name}:{number}")
        for path in (clause_files() if paths is None else paths)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip()
    ]


def clause_files() -> list[Path]:
    """The shipped files, by name."""
    return sorted(KINDS.glob("*.tsv"))


def _parse(line: str, where: str) -> tuple[str, str]:
    kind, _, clause = line.partition("\t")
    if kind not in FRAME_KINDS or not clause.strip() or "\t" in clause:
        advice = f"Write `kind`, a tab and the clause; kinds are {', '.join(FRAME_KINDS)}"
        raise ClassifierError(where, "is no clause with a kind", advice=advice)
    return kind, clause.strip()
