"""How much of a page's text is found, and how little else: 4-gram F1 on pages with human or publisher-made gold.

scrapinghub-aeb: 181 pages of the article extraction benchmark; fundus: 163 pages of publishers in twenty languages.
The measure is the benchmark's own (`monitor/extract_scores.py`), all texts by the same decoding.
"""

from __future__ import annotations

import gzip
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from monitor.decode import decode
from monitor.extract import read_page
from monitor.extract_scores import overlap, shingles
from monitor.second_opinion import readable
from tests.bench.data import PAGES
from tests.bench.result import percent, result

SETS = ("scrapinghub-aeb", "fundus")
NEEDS = [PAGES / name for name in SETS]
Extractor = Callable[[str], str]


def ours(markup: str) -> str:
    """What Framewire stores."""
    return read_page(markup).text


def trafilatura_alone(markup: str) -> str:
    """trafilatura with the settings that we use."""
    from trafilatura import extract

    return extract(markup, include_comments=False, include_tables=False) or ""


def newspaper4k(markup: str) -> str:
    """newspaper4k, which falls over Japanese and Korean without further packages: no text."""
    import newspaper

    page = newspaper.Article("http://page.example/")
    page.download(input_html=markup)
    try:
        page.parse()
    except ImportError:
        return ""
    return page.text or ""


def extractors() -> dict[str, Extractor]:
    """Ours and the peers that are installed."""
    found: dict[str, Extractor] = {
        "Framewire": ours,
        "trafilatura": trafilatura_alone,
        "readability-lxml": readable,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import newspaper  # noqa: F401
        except ImportError:
            return found
    return found | {"newspaper4k": newspaper4k}


def run(most: int | None = None) -> dict[str, Any]:
    """Scores of all extractors on both sets; `most` takes the first pages of each alone."""
    rows, numbers = [], {}
    with _quiet():
        for name in SETS:
            pages = _pages(name)[:most]
            for label, extractor in extractors().items():
                precision, recall, f1, seconds = score(extractor, pages)
                numbers[f"{name} {label}"] = f1
                ms = f"{1000 * seconds / len(pages):.0f}"
                rows.append((name, label, percent(precision), percent(recall), percent(f1), ms))
    columns = ("set", "extractor", "precision", "recall", "F1", "ms a page")
    notes = [
        "published for scrapinghub-aeb: rs_trafilatura 97.0, go_trafilatura 96.0, trafilatura 95.8, newspaper4k 94.9",
        "readability-lxml is given our line breaks and without lines that point elsewhere",
    ]
    return result(columns, rows, notes, f1=numbers)


def score(extractor: Extractor, pages: list[tuple[str, str]]) -> tuple[float, float, float, float]:
    """Mean precision and recall, their F1, and the processor seconds of all (markup, gold)."""
    precision = recall = 0.0
    began = time.process_time()
    texts = [extractor(markup) for markup, _ in pages]
    seconds = time.process_time() - began
    for text, (_, gold) in zip(texts, pages, strict=True):
        one = overlap(shingles(gold), shingles(text))
        precision, recall = precision + one[0] / len(pages), recall + one[1] / len(pages)
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0, seconds


def _pages(name: str) -> list[tuple[str, str]]:
    folder = PAGES / name
    rows = [json.loads(line) for line in (folder / "gt.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(decode(gzip.decompress((folder / row["file"]).read_bytes())), row["text"]) for row in rows]


@contextmanager
def _quiet() -> Iterator[None]:
    """The extractors log pages that they doubt."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
