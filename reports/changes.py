"""What changed since the last digest: new charges, new targets, denials that became admissions, stories that ended. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from reports.matrix import Line
from reports.selection import is_fresh
from reports.story_report import StoryReport

ChangeKind = Literal["admission", "target", "line", "ended"]

#: A story has ended when no outlet has told it for so long (it may be taken up again: clusters stay open for six
#: days, see cluster.py).
QUIET = timedelta(days=2)
#: An actor's target is new when it was not blamed by it for so long.
MEMORY = timedelta(days=30)
#: In what order changes are told.
_ORDER: tuple[ChangeKind, ...] = ("admission", "target", "line", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not as it was; `line` is None for a story that ended."""

    kind: ChangeKind
    story: StoryReport
    line: Line | None = None

    @property
    def words(self) -> str:
        """What it is, for people."""
        return {
            "admission": "Admitted after a denial",
            "target": "New target",
            "line": "New charge" if self.line is not None and self.line.stance == "blames" else "New answer",
            "ended": "No more reports",
        }[self.kind]


def changes(
    reports: Iterable[StoryReport],
    ended: Iterable[StoryReport],
    since: datetime,
    known_pairs: Collection[tuple[str, str]] | None,
) -> tuple[Change, ...]:
    """The changes in some stories since `since`, the most telling first, each line once.

    `known_pairs` are (blamer, target) ids of the charges of the `MEMORY` before; None where we have watched for too
    short a time to call anything new.
    """
    found: list[Change] = []
    for told in reports:
        found += _of_story(told, since, known_pairs)
    found += [Change(kind="ended", story=told) for told in ended]
    return tuple(_once(sorted(found, key=lambda change: _ORDER.index(change.kind))))


def _of_story(
    told: StoryReport, since: datetime, known_pairs: Collection[tuple[str, str]] | None
) -> list[Change]:
    fresh = {covered.article.id for covered in told.coverage if is_fresh(covered, since)}
    told_before = len(fresh) < len(told.coverage)
    found = []
    for line in told.lines:
        if any(quote.article.id not in fresh for quote in line.quotes):
            continue
        if line.stance == "accepts" and _denied_before(line, told.lines):
            found.append(Change(kind="admission", story=told, line=line))
        elif line.stance == "blames" and known_pairs is not None and _pair(line) not in known_pairs:
            found.append(Change(kind="target", story=told, line=line))
        elif told_before:
            found.append(Change(kind="line", story=told, line=line))
    return found


def _denied_before(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the party that admits denied it in an earlier report."""
    admitted = min(quote.article.published for quote in line.quotes)
    return any(
        other.stance == "denies"
        and (other.blamer, other.target) == (line.blamer, line.target)
        and min(quote.article.published for quote in other.quotes) < admitted
        for other in lines
    )


def _pair(line: Line) -> tuple[str, str]:
    """Blamer and target as actors; an outlet that speaks for a state counts as its state."""
    return line.blamer.actor or line.blamer.key, line.target.key


def _once(found: list[Change]) -> list[Change]:
    """One change a pair: an actor that finds a new target in three stories is said once."""
    seen, kept = set(), []
    for change in found:
        key = (change.kind, _pair(change.line)) if change.line and change.kind == "target" else id(change)
        if key not in seen:
            seen.add(key)
            kept.append(change)
    return kept
