"""Wire copies within a story: the same text under several names, folded under the one that was there first. Pure.

Texts are compared by their runs of words (shingles); a text most of whose runs stand in an earlier one is its copy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.store import Coverage

#: Words of a run (Broder 1997 and datasketch's examples use 4 to 9), and how many of a text's first runs count.
RUN, MOST_RUNS = 5, 400
#: A copy shares so much of its runs: agencies' texts are shortened and get a new lead, but are not rewritten.
SHARED = 0.6
#: A shorter text is mostly set phrases.
FEWEST_RUNS = 15
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report, and the later reports that repeat its text."""

    original: Coverage
    copies: tuple[Coverage, ...]


def folded(coverage: Sequence[Coverage]) -> tuple[Told, ...]:
    """The reports by time, copies under their originals."""
    ordered = sorted(coverage, key=lambda covered: (covered.article.published, covered.article.id))
    originals: dict[str, Coverage] = {}
    copies: dict[str, list[Coverage]] = {}
    seen: dict[tuple[str, int], str] = {}
    for covered in ordered:
        runs = _runs(covered)
        hits = Counter(seen[run] for run in runs if run in seen)
        source, shared = hits.most_common(1)[0] if hits else ("", 0)
        if len(runs) >= FEWEST_RUNS and shared >= SHARED * len(runs):
            copies.setdefault(source, []).append(covered)
            continue
        originals[covered.article.id] = covered
        for run in runs:
            seen.setdefault(run, covered.article.id)
    return tuple(
        Told(original=covered, copies=tuple(copies.get(key, ()))) for key, covered in originals.items()
    )


def _runs(covered: Coverage) -> set[tuple[str, int]]:
    """A text's runs of words, in its language; in Chinese and Japanese a sign is a word."""
    article = covered.article
    words = _WORD.findall(article.text.casefold())[: MOST_RUNS + RUN - 1]
    language = article.language.split("-")[0]
    return {(language, hash(tuple(words[i : i + RUN]))) for i in range(len(words) - RUN + 1)}
