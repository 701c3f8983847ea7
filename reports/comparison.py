"""One event side by side: as the outlets of two or more states, or kinds of outlet, tell it. Pure.

?compare=RUS,USA ─▶ Side (a state's reports and its lines) ─▶ Row (one charge, as each side puts it, or not at all)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from classifiers.actors import actors, name_of
from monitor.model import OUTLET_KINDS, Stance
from reports.matrix import Line, Party, blame_lines
from reports.timeline import lane_of
from reports.words import OUTLET_WORDS

if TYPE_CHECKING:
    from monitor.store import Coverage

#: Columns that can be read beside each other on a wide screen.
MOST_SIDES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What the outlets of one state, or of one kind that speaks for none, told."""

    #: A state, or a kind of outlet.
    key: str
    label: str
    state: str | None
    #: Their reports by time; empty where they did not tell it.
    coverage: tuple[Coverage, ...]
    lines: tuple[Line, ...]
    #: How long after the first report of all.
    delay: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One charge (or denial), and the line of each side that carries it, in the order of the sides."""

    blamer: Party
    target: Party
    stance: Stance
    lines: tuple[Line | None, ...]

    @property
    def shared(self) -> int:
        """How many sides carry it."""
        return sum(line is not None for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Sides with their lines opposite each other: first what more of them say, then the strongest."""

    sides: tuple[Side, ...]
    rows: tuple[Row, ...]


def sides_of(asked: str) -> tuple[str, ...]:
    """The keys of `RUS,USA` or `rus,independent`, each once; what is neither state nor kind is left out."""
    found = dict[str, None]()
    for part in asked.split(",")[:20]:
        word = part.strip()
        if word.lower() in OUTLET_KINDS:
            found[word.lower()] = None
        elif word.upper() in actors() and actors()[word.upper()].kind == "state":
            found[word.upper()] = None
    return tuple(found)[:MOST_SIDES]


def compare(coverage: Sequence[Coverage], keys: Sequence[str]) -> Comparison:
    """The sides that were asked for; one without reports stands there with none."""
    sides = tuple(_side(coverage, key) for key in keys)
    found: dict[tuple[Party, Party, Stance], list[Line | None]] = {}
    for index, side in enumerate(sides):
        for line in side.lines:
            row = found.setdefault((line.blamer, line.target, line.stance), [None] * len(sides))
            row[index] = line
    rows = [
        Row(blamer=blamer, target=target, stance=stance, lines=tuple(lines))
        for (blamer, target, stance), lines in found.items()
    ]
    return Comparison(sides=sides, rows=tuple(sorted(rows, key=_rank)))


def _side(coverage: Sequence[Coverage], key: str) -> Side:
    own = [covered for covered in coverage if lane_of(covered.feed)[0] == key]
    own.sort(key=lambda covered: (covered.article.published, covered.article.id))
    first = min((covered.article.published for covered in coverage), default=None)
    return Side(
        key=key,
        label=OUTLET_WORDS[key] if key in OUTLET_KINDS else name_of(key),
        state=None if key in OUTLET_KINDS else key,
        coverage=tuple(own),
        lines=blame_lines(own),
        delay=own[0].article.published - first if own and first else None,
    )


def _rank(row: Row) -> tuple[int, float, str, str, str]:
    strength = sum(line.strength for line in row.lines if line)
    return -row.shared, -strength, row.blamer.key, row.target.key, row.stance
