"""Reports folded by text: each original with the outlets that carried it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.words import count

if TYPE_CHECKING:
    from monitor.store import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A text of a story: the first report that has it, and the later ones that are copies, in time order."""

    first: Coverage
    copies: tuple[Coverage, ...] = ()

    @property
    def also(self) -> str:
        """`also in 14 outlets`; empty where no other outlet carried it."""
        others = {covered.feed.id for covered in self.copies} - {self.first.feed.id}
        return f"also in {count(len(others), 'outlet')}" if others else ""


def carried(coverage: Sequence[Coverage]) -> tuple[Carried, ...]:
    """The texts of a story in the order of their first reports.

    Where the original is in another story, or has not come, the first of its copies stands for it.
    """
    texts: dict[str, list[Coverage]] = {}
    for covered in coverage:
        texts.setdefault(covered.original or covered.article.id, []).append(covered)
    found = []
    for original, rows in texts.items():
        first = next((row for row in rows if row.article.id == original), rows[0])
        found.append(Carried(first=first, copies=tuple(row for row in rows if row is not first)))
    return tuple(sorted(found, key=lambda text: (text.first.article.published, text.first.article.id)))
