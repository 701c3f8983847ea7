"""Whole articles that the frame reader reads in a second, beside the bare network on the same windows.

Articles of 25 sentences and a title, made of our own passages in every language; two threads; from text to Reading,
encoder included, two articles at a time on a thread each. The bound is the same network on the same windows of tokens in the same run, with nothing around
it: what the reader would reach if languages, sentences, actors, tokens and the head cost nothing. The last row adds
the vector that the pipeline makes of every article for clustering, which the frames do not need.
Unrelated passages side by side name more actors than one article would, and the head's work grows with the square
of the actors in a window: real articles are read no slower than these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from classifiers.blame import BlameReader
from classifiers.dataset import load_rows
from classifiers.document import Window, analyse, tokenize
from classifiers.encoder import Encoder, open_encoder, states_of
from monitor.embed import opening_of
from monitor.model import Text
from tests.bench.articles import articles
from tests.bench.reader import shipped_reader
from tests.bench.result import percent, result

NEEDS = ()
SENTENCES, EACH, THREADS, ROUNDS = 25, 3, 2, 3
FLOOR, GOAL = 8, 20
COLUMNS = ("measure", "articles a second", "milliseconds each", "% of the bound", "floor", "goal")

T = TypeVar("T")
#: Seconds of each part over one round.
Seconds = dict[str, float]


def run(
    rows: Sequence[dict[str, Any]] | None = None,
    reader: BlameReader | None = None,
    encoder: Encoder | None = None,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Time all articles several times; the median round counts."""
    reader = reader or shipped_reader(THREADS)
    encoder = encoder or open_encoder(threads=1)
    texts = articles(load_rows() if rows is None else rows, sentences=SENTENCES, each=EACH)
    for language in texts:  # tables of actors are built when a language is first met
        reader.read_many(texts[language][:1])
    runs = [{language: _round(texts[language], reader, encoder) for language in texts} for _ in range(rounds)]
    count = sum(map(len, texts.values()))
    total = _medians([_sum(list(run.values())) for run in runs])
    slow = {
        language: round(len(texts[language]) / _medians([run[language] for run in runs])["frames"], 2)
        for language in texts
        if texts[language]
    }
    notes = [f"{count} articles in {len(slow)} languages, {THREADS} threads, median of {rounds} rounds"]
    notes += [
        f"slowest: {', '.join(f'{name} {slow[name]}' for name in sorted(slow, key=lambda n: slow[n])[:4])}"
    ]
    return result(COLUMNS, _table(total, count), notes, by_language=slow, articles=count)


def _table(total: Seconds, count: int) -> list[tuple[object, ...]]:
    bound = total["network"]
    rows = (
        ("text to frames", total["frames"], FLOOR, GOAL),
        ("bound: the bare network, the same windows", bound, "", ""),
        ("text to windows of tokens alone", total["text"], "", ""),
        ("text to frames, and the vector for clustering", total["frames"] + total["vector"], FLOOR, GOAL),
    )
    return [
        (label, f"{count / seconds:.1f}", f"{1000 * seconds / count:.1f}", percent(bound / seconds), *limits)
        for label, seconds, *limits in rows
    ]


def _round(texts: Sequence[Text], reader: BlameReader, encoder: Encoder) -> Seconds:
    """The parts one after the other on the articles of one language, so that all meet the same machine."""
    windows: list[Window] = []
    openings = [opening_of(text.title, text.text) for text in texts]
    return {
        "frames": _timed(lambda: reader.read_many(texts)),
        "text": _timed(lambda: windows.extend(_windows(texts, reader))),
        "network": _timed(lambda: _side_by_side(lambda w: states_of(reader._session, w.ids), windows)),
        "vector": _timed(lambda: _side_by_side(lambda o: encoder.embed([o]), openings)),
    }


def _side_by_side(work: Callable[[T], object], items: Sequence[T]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, items))


def _windows(texts: Sequence[Text], reader: BlameReader) -> list[Window]:
    """The windows that the reader sends through the network: those that name an actor."""
    documents = [tokenize(analyse(text, text.language or ""), reader.tokenizer) for text in texts]
    return [window for document in documents for window in document.windows() if window.entities]


def _timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _sum(rounds: Sequence[Seconds]) -> Seconds:
    total: Seconds = defaultdict(float)
    for seconds in rounds:
        for part, value in seconds.items():
            total[part] += value
    return total


def _medians(rounds: Sequence[Seconds]) -> Seconds:
    return {part: median(seconds[part] for seconds in rounds) for part in rounds[0]}
