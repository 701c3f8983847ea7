"""What changed between two texts: by paragraphs, and within a changed paragraph by words. Pure (difflib)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "gone", "new"]
#: Above so many words a changed paragraph is shown whole, old and new: comparing takes quadratic time.
MOST_WORDS = 2_000
#: Where less of the shorter text stayed, single words between others are no help to a reader: old, then new.
LEAST_STAYED = 0.3
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of text, and whether it stayed, went or came."""

    change: Change
    text: str


def differences(old: str, new: str) -> list[list[Passage]]:
    """The changed paragraphs, each as passages; empty where nothing changed. Paragraphs that stayed are left out."""
    before, after = _paragraphs(old), _paragraphs(new)
    found: list[list[Passage]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone, come = before[i:j], after[k:m]
        paired = min(len(gone), len(come))
        found += [_words(one, two) for one, two in zip(gone[:paired], come[:paired], strict=True)]
        found += [[Passage("gone", one)] for one in gone[paired:]]
        found += [[Passage("new", one)] for one in come[paired:]]
    return found


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(old: str, new: str) -> list[Passage]:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return [Passage("gone", old), Passage("new", new)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found = list(_passages(matcher, before, after))
    stayed = sum(len("".join(piece.text.split())) for piece in found if piece.change == "same")
    if stayed < LEAST_STAYED * min(len(old), len(new)):
        return [Passage("gone", old), Passage("new", new)]
    return found


def _passages(matcher: SequenceMatcher[str], before: list[str], after: list[str]) -> Iterator[Passage]:
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield Passage("same", "".join(before[i:j]))
            continue
        if j > i:
            yield Passage("gone", "".join(before[i:j]))
        if m > k:
            yield Passage("new", "".join(after[k:m]))
