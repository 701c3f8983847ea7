"""Puts the service together: settings in, running parts out (the models are opened by stages.py, once a process)."""

from __future__ import annotations

import asyncio
import math
import os
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from filelock import FileLock, Timeout

from monitor.alerts import check_alerts
from monitor.clock import Clock, utc_now
from monitor.errors import StoreError
from monitor.executors import InlineExecutor, NetworkExecutor, ProcessExecutor
from monitor.fetch import Fetcher
from monitor.model import HostState
from monitor.pipeline import Progress, Tally, run_stage
from monitor.settings import Settings
from monitor.stages import stages
from monitor.store import Store

#: How long an article is looked for copies of: they come within days (duplicates.WINDOW), late feeds included.
BANDS_KEPT = timedelta(days=30)


@dataclass(slots=True)
class Service:
    """Everything one process needs to crawl."""

    settings: Settings
    store: Store
    executors: dict[str, Executor]
    fetcher: Fetcher
    clock: Clock
    rng: random.Random

    def crawl(self, progress: Progress) -> dict[str, Tally]:
        """One pass over what is due, through every stage; then the alerts look at what it brought."""
        tallies = {}
        for stage in stages(self.settings, self.fetcher, self.rng):
            tallies[stage.name] = run_stage(stage, self.store, self.executors, self.clock, progress)
        self.tidy()
        check_alerts(self.store, self.clock())
        return tallies

    def tidy(self) -> None:
        """Drop what was kept for a time: pages, and the bands by which copies are found."""
        now = self.clock()
        with self.store.write():
            self.store.forget_pages(now - timedelta(days=self.settings.keep_pages_days))
            self.store.forget_bands(now - BANDS_KEPT)


@contextmanager
def open_service(
    settings: Settings, clock: Clock = utc_now, seed: int | None = None, patience: float = math.inf
) -> Iterator[Service]:
    """A service, closed at the end: connections, workers and the database.

    One process at a time crawls a database: two would ask every feed twice, and know nothing of each other's turns.
    `patience` is how many seconds a request waits for its host's turn before it is put off to a later pass.
    """
    store = Store(settings.db)
    lock = FileLock(f"{settings.db}.crawl.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        store.close()
        message = "is being crawled by another process"
        raise StoreError(str(settings.db), message, advice="Stop it, or give another --db") from error
    try:
        with _running(settings, store, clock, seed, patience) as service:
            yield service
    finally:
        store.close()
        lock.release()


@contextmanager
def _running(
    settings: Settings, store: Store, clock: Clock, seed: int | None, patience: float
) -> Iterator[Service]:
    network = NetworkExecutor()
    fetcher = network.submit(_fetcher, settings, clock, patience, store.hosts(clock())).result()
    workers = settings.workers or os.cpu_count() or 1
    executors: dict[str, Executor] = {
        "network": network,
        "processes": ProcessExecutor(workers),
        "threads": ThreadPoolExecutor(workers, thread_name_prefix="model"),
        "inline": InlineExecutor(),
    }
    try:
        yield Service(settings, store, executors, fetcher, clock, random.Random(seed))  # noqa: S311 (jitter)
    finally:
        network.submit(fetcher.aclose).result()
        for executor in executors.values():
            executor.shutdown(wait=True, cancel_futures=True)
        with store.write():
            store.save_hosts(fetcher.hosts.changed())


async def _fetcher(settings: Settings, clock: Clock, patience: float, known: Iterable[HostState]) -> Fetcher:
    await asyncio.sleep(0)  # made on the loop, which its semaphores belong to
    fetcher = Fetcher(settings, clock, patience)
    fetcher.hosts.restore(known)
    return fetcher
