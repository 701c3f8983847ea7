"""Splits a text into sentences with their places, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sentencex

#: A sentence longer than this is cut at a clause mark or a space: garbage without marks must stay bounded.
LONGEST = 600
#: Words after which sentencex splits though the sentence goes on (found on our own texts).
_ABBREVIATION = re.compile(
    r"(?:\b(?:янв|февр|авг|сент|окт|нояб|дек|им|ул|г|стр|тыс|млн|млрд|Sn|Sayın|Dr|Prof|Mr|Mrs|Ms|Gen|Col|Lt|Sgt|St|"
    r"Nr|bzw|ca|evtl|dhr|mevr|drs|blz|Sr|Sra|Ud|Uds|núm|pág|p\.ex|dott|sig|tzw|prof|płk|gen|tys|mln|mld|np)\.|"
    r"\b[A-ZА-ЯЁ]\.)\s*$"
)
_CLAUSE = re.compile(r"[;:,،、；：，—–]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]`, without the white space around it."""

    start: int
    end: int


def split(text: str, language: str) -> list[Sentence]:
    """The sentences of `text` in order; white space between them belongs to none."""
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs(text):
        spans += _merge(text, _boundaries(text, start, end, language))
    return [Sentence(*span) for start, end in spans for span in _shorten(text, start, end)]


def _paragraphs(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"[^\n]+", text) if match.group().strip()]


def _boundaries(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    paragraph = text[start:end]
    try:
        found = sentencex.get_sentence_boundaries(language, paragraph)
        spans = [(start + int(row["start_index"]), start + int(row["end_index"])) for row in found]
    except (KeyError, ValueError):
        spans = []
    return [span for span in (_strip(text, *span) for span in spans or [(start, end)]) if span[0] < span[1]]


def _merge(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and (
            _ABBREVIATION.search(text, merged[-1][0], merged[-1][1])
            or text[start:end].strip("»”\"')]’") == ""
        ):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _shorten(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    while end - start > LONGEST:
        marks = [match.end() for match in _CLAUSE.finditer(text, start + LONGEST // 2, start + LONGEST)]
        cut = marks[-1] if marks else start + LONGEST
        pieces.append(_strip(text, start, cut))
        start = cut
    pieces.append(_strip(text, start, end))
    return [piece for piece in pieces if piece[0] < piece[1]]


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
