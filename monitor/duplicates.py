"""Which articles are one text: the same words at other addresses, and wire copies with small edits.

    text → shingles → MinHash → bands (in the store: who shares a band may be alike) → likeness, exact → originals

MinHash: Broder 1997; bands of rows: Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3.
Who is the original follows from the set of articles alone, so it does not matter in which order they arrive.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from monitor.model import Article
from monitor.text_doubts import is_report
from monitor.urls import host_of

MAKER = "minhash-1"
#: Words of a shingle, and characters where a script puts no spaces between words (or, in Korean, glues them).
WORDS, SIGNS = 3, 5
#: Bands and rows: of pairs that share 0.3, 0.4, 0.5, 0.6 of their shingles 68, 94, 99.6, 100 % share a band.
BANDS, ROWS = 42, 3
#: A copy has at least this share of the shingles of the shorter text, and so much of both texts together. With one
#: word in ten changed 0.75 of them are left. Of 674 pairs of Arabic articles of 2015 that share a band, those around
#: 0.6 are mixed (other reports with a long quotation in common), those from here on one report under other titles.
CONTAINED, SHARED = 0.65, 0.35
#: The same for two articles of one outlet: ministries and agencies write calls, visits and schedules over one form
#: (0.87 and 0.53 for the public schedules of two days), and print a text again without a change.
OWN_CONTAINED, OWN_SHARED = 0.9, 0.8
#: A shorter text is a copy only of the very same words: two sentences are soon alike. Words, or signs by twos.
LEAST = 40
#: Of the numbers in the shorter text so many stand in the other: rates, results and losses of the day are written
#: over one form, and differ in nothing else. Asked of texts with so many numbers.
NUMBERS, FEWEST_NUMBERS = 0.6, 4
#: Copies of a wire report come within hours; what comes later is written anew or is printed again.
WINDOW = timedelta(days=4)
#: Characters that are compared: 3,000 words tell whether two texts are one.
MAX_TEXT = 20_000

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
#: Odd multipliers and summands of the hash family (multiply-shift: Dietzfelbinger and others 1997).
_RNG = np.random.default_rng(1997)
_FACTORS = _RNG.integers(0, 2**64, BANDS * ROWS, np.uint64, endpoint=False) | np.uint64(1)
_SUMMANDS = _RNG.integers(0, 2**64, BANDS * ROWS, np.uint64, endpoint=False)

Shingles = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What of a text is compared."""

    shingles: Shingles
    numbers: frozenset[str]
    #: Words, or pairs of signs where words are not told apart.
    length: int


@lru_cache(maxsize=2048)
def print_of(text: str) -> Print:
    """The print of a text: letters and digits only, whatever their case, width and vowel points."""
    plain = unicodedata.normalize("NFKD", text[:MAX_TEXT]).casefold()
    words = _WORD.findall("".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf")))
    letters = "".join(words)
    # NFKD takes Korean syllables apart; what is counted is what is read.
    dense = len(_DENSE.findall(text[:MAX_TEXT])) > 0.2 * len(letters)
    units: Sequence[str] = unicodedata.normalize("NFC", letters) if dense else words
    size = min(SIGNS if dense else WORDS, len(units)) or 1
    joint = "" if dense else " "
    hashes = [
        zlib.crc32(joint.join(units[start : start + size]).encode("utf-8", "replace"))
        for start in range(len(units) - size + 1)
    ]
    return Print(
        shingles=np.unique(np.array(hashes, np.uint32)),
        numbers=frozenset(number for word in words for number in _NUMBER.findall(word)),
        length=len(units) // (2 if dense else 1),
    )


def bands(article: Article) -> tuple[int, ...]:
    """The bands of an article's text, `BANDS` signed 64-bit numbers; none where only the same words are a copy.

    Articles with an equal number at one place may be alike; those without are not looked at.
    """
    found = print_of(article.text)
    if found.length < LEAST or not is_report(article.flags):
        return ()
    mixed = found.shingles.astype(np.uint64)[:, None] * _FACTORS + _SUMMANDS
    least = (mixed >> np.uint64(32)).min(axis=0).astype(np.uint32)
    rows = least.reshape(BANDS, ROWS)
    return tuple(_signed(place, row) for place, row in enumerate(rows))


def _signed(place: int, row: NDArray[np.uint32]) -> int:
    """SQLite's integers are signed; the place goes in, so that one column holds all bands."""
    data = row.tobytes()
    return ((zlib.crc32(data, place) << 32 | zlib.crc32(data[::-1], place)) ^ (1 << 63)) - (1 << 63)


def alike(one: Article, other: Article) -> bool:
    """Whether two articles are one text. Symmetric, and says nothing of which came first."""
    if one.content_hash == other.content_hash:
        return True
    if abs(told(one) - told(other)) > WINDOW or not (is_report(one.flags) and is_report(other.flags)):
        return False
    left, right = print_of(one.text), print_of(other.text)
    shorter, longer = sorted((left, right), key=lambda own: (own.length, len(own.shingles)))
    if shorter.length < LEAST:
        return False
    contained, shared = likeness(shorter.shingles, longer.shingles)
    own = _outlet(one) == _outlet(other)
    enough = contained >= (OWN_CONTAINED if own else CONTAINED) and shared >= (OWN_SHARED if own else SHARED)
    return enough and _same_numbers(left.numbers, right.numbers)


def likeness(shorter: Shingles, longer: Shingles) -> tuple[float, float]:
    """The shares of shingles in common: of the shorter text (containment), and of both (Jaccard)."""
    both = len(np.intersect1d(shorter, longer, assume_unique=True))
    return both / max(len(shorter), 1), both / max(len(shorter) + len(longer) - both, 1)


def _outlet(article: Article) -> str:
    return host_of(article.url).removeprefix("www.") or article.feed


def _same_numbers(left: frozenset[str], right: frozenset[str]) -> bool:
    fewest = min(len(left), len(right))
    return fewest < FEWEST_NUMBERS or len(left & right) >= NUMBERS * fewest


def told(article: Article) -> datetime:
    """When an article came, for telling who was first.

    A page often names its day alone, which reads as midnight: such an article came when we saw it, on that day.
    """
    if article.published_source == "page" and article.published.hour == article.published.minute == 0:
        return min(max(article.published, article.first_seen), article.published + timedelta(days=1))
    return article.published


def originals(articles: Iterable[Article], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The original of each article, by id; an original's is itself.

    In order of time each goes to the earliest original that it is itself alike to. Copies of copies do not
    make chains: a text that came a long way by small steps is another one.
    """
    near: dict[str, set[str]] = {}
    for left, right in pairs:
        near.setdefault(left, set()).add(right)
        near.setdefault(right, set()).add(left)
    found: dict[str, str] = {}
    firsts: list[str] = []
    for article in sorted(articles, key=lambda one: (told(one), one.id)):
        own = near.get(article.id, set())
        found[article.id] = next((first for first in firsts if first in own), article.id)
        if found[article.id] == article.id:
            firsts.append(article.id)
    return found
