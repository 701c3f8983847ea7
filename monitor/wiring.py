"""Puts the service together: settings in, running parts out (the models are opened by stages.py, once a process)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from monitor.alerts import check_alerts
from monitor.clock import Clock, utc_now
from monitor.executors import InlineExecutor, NetworkExecutor, ProcessExecutor
from monitor.fetch import Fetcher
from monitor.pipeline import Progress, Tally, run_stage
from monitor.settings import Settings
from monitor.stages import stages
from monitor.store import Store


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
        check_alerts(self.store, self.clock())
        return tallies


@contextmanager
def open_service(settings: Settings, clock: Clock = utc_now, seed: int | None = None) -> Iterator[Service]:
    """A service, closed at the end: connections, workers and the database."""
    store = Store(settings.db)
    network = NetworkExecutor()
    fetcher = network.submit(_fetcher, settings, clock).result()
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
        store.close()


async def _fetcher(settings: Settings, clock: Clock) -> Fetcher:
    await asyncio.sleep(0)  # made on the loop, which its semaphores belong to
    return Fetcher(settings, clock)
