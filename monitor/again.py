"""Kept pages, extracted again: after an update, or where a site's pages were read wrongly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from monitor.errors import FramewireError
from monitor.extract import MAKER, ExtractJob, extract
from monitor.store import Store


def extract_again(
    store: Store,
    worker: Executor,
    seconds: float,
    *,
    every: bool = False,
    failed: Callable[[FramewireError], None] = lambda _error: None,
) -> tuple[int, int]:
    """Read kept pages anew, those of older extractors or `every` one; (pages read, articles changed).

    An article that changes keeps its address and its revision: it is our reading that changed, not the outlet's
    text. Vectors, copies and frames follow at the next crawl.
    """
    read = changed = 0
    for entry, feed in store.entries_with_page(None if every else MAKER):
        page = store.page(entry.id)
        if page is None:
            continue
        job = ExtractJob(entry=entry, feed=feed, page=page, now=page.fetched, seconds=seconds)
        try:
            article = worker.submit(extract, job).result()
        except FramewireError as error:
            failed(error)
            continue
        with store.write():
            changed += store.replace_text(entry.id, article, MAKER)
        read += 1
    return read, changed
