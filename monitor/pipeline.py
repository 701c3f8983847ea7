"""The stages, and the one short loop that runs any of them.

    feeds that are due ─fetch─▶ ─parse─▶ entries                                        (stage `feeds`)
    entries without article ─fetch─▶ ─extract─▶ articles                                (stage `pages`)
    articles not yet compared ─bands─▶ copies                                           (stage `copies`)
    articles without vector ─embed─▶ vectors                                            (stage `vectors`)
    articles without story ─cluster─▶ stories                                            (stage `stories`)
    articles without reading ─classify─▶ readings                                       (stage `readings`)

A stage asks the store what is to do, sends each item through its steps (each on an executor, one argument in,
one value out, no storage), and saves what came out, a batch a transaction. The database is the only queue: a
crash costs at most a batch, and running again is free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from monitor.clock import Clock
from monitor.errors import FramewireError
from monitor.store import Store

Item = TypeVar("Item")
#: Finished items are saved when there are this many, or after this many seconds.
SAVE_ITEMS, SAVE_SECONDS = 64, 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work: the name of an executor, and a function of one argument."""

    executor: str
    work: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Generic[Item]):
    """What to do, how, and what to keep of it."""

    name: str
    #: At most so many items that lack this stage's output.
    todo: Callable[[Store, datetime, int], Sequence[Item]]
    steps: tuple[Step, ...]
    #: Keep the value, or the error, of an item; runs inside a transaction.
    save: Callable[[Store, Item, Any, datetime], None]
    #: Names an item, for messages and so that none is tried twice in one run.
    key: Callable[[Item], str]
    #: Items in flight at once.
    ahead: int = 64


@dataclass(slots=True)
class Tally:
    """What one run of a stage did."""

    done: int = 0
    failed: int = 0
    errors: list[tuple[str, FramewireError]] = field(default_factory=list)


Progress = Callable[[str, int, int], None]


def run_stage(
    stage: Stage[Any],
    store: Store,
    executors: dict[str, Executor],
    clock: Clock,
    progress: Progress = lambda _name, _done, _todo: None,
) -> Tally:
    """Run a stage until nothing is left to do; every item at most once. `progress` gets (stage, done, seen)."""
    tally, seen = Tally(), set[str]()
    flights: dict[Future[Any], tuple[Any, int]] = {}
    finished: list[tuple[Any, Any]] = []
    saved_at = time.monotonic()

    def refill() -> None:
        if len(flights) > stage.ahead // 2:
            return
        for item in stage.todo(store, clock(), stage.ahead + len(seen)):
            if stage.key(item) not in seen and len(flights) < stage.ahead:
                seen.add(stage.key(item))
                flights[_launch(stage, executors, 0, item)] = (item, 0)

    refill()
    while flights:
        done, _ = wait(flights, timeout=SAVE_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            item, step = flights.pop(future)
            value = _outcome(future)
            if not isinstance(value, FramewireError) and step + 1 < len(stage.steps):
                flights[_launch(stage, executors, step + 1, value)] = (item, step + 1)
            else:
                finished.append((item, value))
        late = time.monotonic() - saved_at > SAVE_SECONDS
        if finished and (len(finished) >= SAVE_ITEMS or late or not flights):
            _save(stage, store, finished, clock(), tally)
            finished, saved_at = [], time.monotonic()
            progress(stage.name, tally.done + tally.failed, len(seen))
        if not finished:
            refill()
    return tally


def _launch(stage: Stage[Any], executors: dict[str, Executor], step: int, value: Any) -> Future[Any]:
    work = stage.steps[step]
    return executors[work.executor].submit(work.work, value)


def _outcome(future: Future[Any]) -> Any:
    """The value, or the error if it is one of ours; anything else is a bug and ends the run."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, FramewireError):
        return error
    raise error


def _save(
    stage: Stage[Any], store: Store, finished: list[tuple[Any, Any]], now: datetime, tally: Tally
) -> None:
    with store.write():
        for item, value in finished:
            if isinstance(value, FramewireError):
                tally.failed += 1
                tally.errors.append((stage.key(item), value))
            else:
                tally.done += 1
            stage.save(store, item, value, now)
