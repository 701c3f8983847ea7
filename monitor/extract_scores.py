"""How good extraction is: 4-gram F1 of words, the measure of scrapinghub's article-extraction-benchmark."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

from classifiers.dataset import labelled_lines
from monitor.decode import decode
from monitor.errors import ConfigError
from monitor.extract import read_page

_WORD = re.compile(r"\w+")
_N = 4


def evaluate_pages(gold: Path, pages: Path) -> dict[str, float]:
    """Precision, recall and F1 over lines of {file, text}, summed over pages as the benchmark does."""
    precision = recall = 0.0
    rows = [row for _, row in labelled_lines(gold, "file", "text")]
    for row in rows:
        found = read_page(decode(_read(pages / Path(row["file"]).name))).text
        one = overlap(shingles(row["text"]), shingles(found))
        precision += one[0]
        recall += one[1]
    p, r = precision / max(len(rows), 1), recall / max(len(rows), 1)
    return {
        "pages": float(len(rows)),
        "precision": p,
        "recall": r,
        "f1": 2 * p * r / (p + r) if p + r else 0.0,
    }


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """4-grams of words; the words themselves where there are fewer."""
    words = _WORD.findall(text)
    size = min(_N, len(words)) or 1
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def overlap(gold: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> tuple[float, float]:
    """Precision and recall of one page."""
    both = (gold & found).total()
    return (both / found.total() if found else float(not gold)), (both / gold.total() if gold else 1.0)


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            str(path), "cannot be read", advice="Name the folder of the pages with --pages"
        ) from error
    return gzip.decompress(data) if path.suffix == ".gz" else data
