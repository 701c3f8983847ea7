"""Cuts a text into paragraphs and pieces, so that the quoted words can be marked in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.model import Frame, Place

_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, and the numbers of the frames that quote it."""

    text: str
    frames: tuple[int, ...]


def paragraphs(text: str, frames: Sequence[Frame], place: Place) -> list[list[Piece]]:
    """The paragraphs of a title or text in pieces; a frame's number is its position in `frames`, from 1."""
    spans = {number: span(text, frame) for number, frame in enumerate(frames, 1) if frame.place == place}
    known = {number: found for number, found in spans.items() if found is not None}
    return [
        _pieces(text, start, end, known) for start, end in _paragraph_ranges(text) if text[start:end].strip()
    ]


def reading_order(frame: Frame) -> tuple[bool, int, int]:
    """Sorts frames as a reader meets their words: the title first."""
    return frame.place != "title", frame.start, frame.end


def span(text: str, frame: Frame) -> tuple[int, int] | None:
    """Where the evidence stands: at its offsets, else (the text was revised) where it is found again, else nowhere."""
    if frame.evidence and text[frame.start : frame.end] == frame.evidence:
        return frame.start, frame.end
    start = text.find(frame.evidence) if frame.evidence else -1
    return (start, start + len(frame.evidence)) if start >= 0 else None


def _paragraph_ranges(text: str) -> list[tuple[int, int]]:
    ranges, start = [], 0
    for gap in _BREAK.finditer(text):
        ranges.append((start, gap.start()))
        start = gap.end()
    return [*ranges, (start, len(text))]


def _pieces(text: str, start: int, end: int, spans: dict[int, tuple[int, int]]) -> list[Piece]:
    edges = {start, end}
    for span_start, span_end in spans.values():
        edges |= {edge for edge in (span_start, span_end) if start < edge < end}
    cuts = sorted(edges)
    return [
        Piece(text[one:two], tuple(number for number, (a, b) in spans.items() if a <= one and two <= b))
        for one, two in pairwise(cuts)
    ]
