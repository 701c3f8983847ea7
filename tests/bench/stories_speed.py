"""What putting one article into a story costs on one core, as open stories and the archive grow; and a restart.

Synthetic vectors: their spectrum is that of our centred vectors (measured on OG2021, AllSides and ECB+), events have
sizes as in a news stream (most articles alone, a few events with hundreds), and every member lies at a cosine of
about 0.75 to its event, as there. Actors are left out of the articles: finding them has a bench of its own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.cluster import MAKER, WINDOW_DAYS, Centres, Clusterer
from monitor.grouping import WINDOW, load, traits_of
from monitor.join import Item
from monitor.model import make_id
from monitor.store import Store
from monitor.store.base import to_text
from tests.bench.result import result

NEEDS = ()
START = datetime(2026, 10, 5, 12, tzinfo=UTC)
DIMENSIONS = 384
#: Share of the spread in the n-th principal direction of our centred vectors; between them a straight line.
_SPECTRUM = (
    (0, 1, 3, 7, 15, 31, 63, 127, 255, 383),
    (0.0396, 0.0287, 0.02, 0.014, 0.0099, 0.0061, 0.0038, 0.0022, 0.001, 0.00005),
)
#: Exponent of the sizes of events (Zipf), and the largest.
_ZIPF, _LARGEST = 2.2, 500
#: How far a member lies from its event, beside the event's own length.
_SPREAD = 0.88
COLUMNS = ("measure", "articles", "value", "bound")


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run does."""

    live: int = 200_000
    archive: int = 1_000_000
    measured: int = 1_000


FULL = Size()
SMALL = Size(live=3_000, archive=12_000, measured=100)


class Stream:
    """Articles without end, event by event mixed over time."""

    def __init__(self, seed: int, start: datetime, gap: timedelta) -> None:
        self._rng = np.random.default_rng(seed)
        self._scale = np.sqrt(np.interp(np.arange(DIMENSIONS), *_SPECTRUM)).astype(np.float32)
        self._start, self._gap, self._count = start, gap, 0

    def take(self, count: int) -> Iterator[Item]:
        """The next articles, in time order."""
        events = self._events(count)
        centres = self._spread(events.max() + 1)
        for begin in range(0, count, 10_000):
            chosen = events[begin : begin + 10_000]
            vectors = centres[chosen] + _SPREAD * self._spread(len(chosen))
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            for vector in vectors:
                self._count += 1
                yield Item(
                    id=make_id("bench", str(self._count)),
                    language="en",
                    published=self._start + self._count * self._gap,
                    vector=vector,
                    length=400,
                )

    def _events(self, count: int) -> NDArray[np.int64]:
        """The event of each article: sizes by Zipf's law, members of an event near each other in time."""
        sizes = np.minimum(self._rng.zipf(_ZIPF, count), _LARGEST)
        sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), count)) + 1]
        begins = self._rng.uniform(size=len(sizes))
        events = np.repeat(np.arange(len(sizes)), sizes)
        times = begins[events] + self._rng.exponential(0.1, len(events))
        return events[np.argsort(times, kind="stable")][:count]

    def _spread(self, count: int) -> NDArray[np.float32]:
        drawn = self._rng.normal(size=(count, DIMENSIONS)).astype(np.float32) * self._scale
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def run(size: Size = FULL) -> dict[str, Any]:
    """All measures, each in a process of its own, so that memory is its own and one core is used."""
    steps = sorted({max(1, size.live // 20), size.live // 2, size.live})
    rows: list[Sequence[object]] = []
    for live in steps:
        found = _apart("assign", live, size)
        rows.append(
            ("assign, median ms", f"{live:,} live", f"{found['ms']:.2f}", "2" if live == size.live else "")
        )
    with TemporaryDirectory() as folder:
        for archive in sorted({size.archive // 100, size.archive // 10, size.archive}):
            _apart("fill", archive, size, folder)
            found = _apart("archive", archive, size, folder)
            label = f"{archive:,} archived"
            rows.append(("assign after a restart, median ms", label, f"{found['ms']:.2f}", ""))
            rows.append(("restart, s", label, f"{found['seconds']:.2f}", "10"))
            rows.append(("memory after it, MB", label, f"{found['mb']:.0f}", "1500"))
    notes = [
        "One core, one thread. Live vectors are those of stories that may still be joined.",
        "A restart reads the open stories from a database with that many archived articles and their vectors; the "
        f"live ones are those of the last {WINDOW_DAYS:g} days and a little more.",
    ]
    return result(COLUMNS, rows, notes)


def _apart(what: str, count: int, size: Size, folder: str = "") -> dict[str, float]:
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, "-m", __name__, what, str(count), str(size.live), str(size.measured), folder]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    seconds, ms, mb = map(float, done.stdout.split())
    return {"seconds": seconds, "ms": ms, "mb": mb}


def assign(live: int, measured: int) -> tuple[float, float]:
    """Seconds to take in `live` articles by their known stories, and median milliseconds of the next ones."""
    gap = timedelta(days=WINDOW_DAYS / 2) / live
    stream = Stream(7, START, gap)
    clusterer = Clusterer(Centres({"en": np.zeros(DIMENSIONS, np.float32)}, {"en": 5000}))
    began = perf_counter()
    for item in stream.take(live):
        clusterer.assign(item)
    return perf_counter() - began, _median_ms(clusterer, stream.take(measured))


def archive(count: int, measured: int, folder: Path) -> tuple[float, float]:
    """Seconds of a restart beside `count` archived articles, and the median of what is assigned after it."""
    began = perf_counter()
    with closing(Store(folder / f"{count}.db")) as store:
        stories = load(store, "bench", {}, (START, START + WINDOW))
        seconds = perf_counter() - began
    stream = Stream(8, START + WINDOW / 2, timedelta(seconds=1))
    return seconds, _median_ms(stories.clusterer, stream.take(measured))


def _median_ms(clusterer: Clusterer, items: Iterator[Item]) -> float:
    times = []
    for item in items:
        began = perf_counter()
        clusterer.assign(item)
        times.append(perf_counter() - began)
    return 1000 * median(times)


def _fill(path: Path, count: int, live: int) -> None:
    """A database as the stages leave it; the live articles come last. Texts are short: a restart reads none."""
    old = Stream(1, START - timedelta(days=400), timedelta(days=380) / max(count - live, 1))
    new = Stream(2, START, WINDOW / 2 / live)
    with closing(Store(path)) as store, store.write():
        _rows(store, old.take(count - live) if count > live else iter(()), "old")
        _rows(store, new.take(live), "new")
        store.save_centres("bench", [("en", 5000, np.zeros(DIMENSIONS, np.float32))])


def _rows(store: Store, items: Iterator[Item], label: str) -> None:
    """Stories of one to a few articles in a row; which article is in which story matters nothing to a restart."""
    sizes = np.minimum(np.random.default_rng(3).zipf(_ZIPF, 4096), _LARGEST)
    place, left, story = 0, 0, ""
    for item in items:
        when = to_text(item.published)
        if not left:
            place, left, story = place + 1, int(sizes[place % len(sizes)]), make_id(label, str(place))
            values = {"id": story, "title": "t", "language": "en", "first": when, "last": when, "size": left}
            store.put("stories", [values])
        left -= 1
        store.put("articles", [_article_row(item, label, when)])
        vector = {"article": f"{label}{item.id}", "model": "bench", "content_hash": "h"}
        store.put("vectors", [vector | {"vector": item.vector.astype(np.float16).tobytes()}])
        member = {"article": f"{label}{item.id}", "story": story, "maker": MAKER}
        store.put("story_articles", [member | {"traits": traits_of(item, "report")}])


def _article_row(item: Item, label: str, when: str | None) -> dict[str, Any]:
    return {
        "id": f"{label}{item.id}",
        "url": f"http://wire.example/{item.id}",
        "feed": "f",
        "title": "A title of some words",
        "text": "One sentence of a text. " * 40,
        "language": "en",
        "author": None,
        "published": when,
        "published_source": "feed",
        "first_seen": when,
        "flags": "",
        "revision": 1,
        "content_hash": "h",
        "maker": "bench",
    }


def _main(what: str, count: str, live: str, measured: str, folder: str) -> None:
    if what == "assign":
        seconds, ms = assign(int(count), int(measured))
    elif what == "fill":
        _fill(Path(folder) / f"{count}.db", int(count), min(int(live), int(count)))
        seconds = ms = 0.0
    else:
        seconds, ms = archive(int(count), int(measured), Path(folder))
    print(seconds, ms, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    _main(*sys.argv[1:])
