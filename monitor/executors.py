"""Where work runs: each is a `concurrent.futures.Executor`, so a cluster's can stand in for the local ones.

network    one thread with an event loop; submits coroutine functions
processes  workers for what may crash or hang; a dead worker costs its own item, not its neighbours'
threads    for code that leaves the interpreter alone (onnxruntime)
inline     here and now, for decisions over the store's state
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from monitor.errors import FramewireError, WorkerDiedError

T = TypeVar("T")
#: A worker is replaced after this many tasks: trafilatura keeps about 1 MB a page (adbar/trafilatura#216).
TASKS_PER_WORKER = 500


class NetworkExecutor(Executor):
    """Runs coroutine functions on an event loop of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Coroutine[Any, Any, T]], /, *args: Any, **kwargs: Any) -> Future[T]:  # type: ignore[override]
        """Start `fn(*args)` on the loop."""
        return asyncio.run_coroutine_threadsafe(fn(*args, **kwargs), self._loop)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Stop the loop; what still runs is cancelled."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class ProcessExecutor(Executor):
    """A process pool that outlives its workers.

    When a worker dies, every item in flight fails with the pool; each is then tried once more in a pool of one,
    so that the culprit is found and its neighbours are not harmed.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._context = multiprocessing.get_context("forkserver")
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run `fn(*args)` in a worker."""
        outer: Future[T] = Future()
        pool = self._current()
        try:
            inner = pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self._drop(pool)
            pool = self._current()
            inner = pool.submit(fn, *args, **kwargs)
        inner.add_done_callback(lambda done: self._settle(outer, done, pool, fn, args, kwargs))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers."""
        with self._lock:
            self._closed, pool, self._pool = True, self._pool, None
        if pool is not None:  # not under the lock: what is cancelled calls `_settle`, which wants it
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _current(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self._workers, mp_context=self._context, max_tasks_per_child=TASKS_PER_WORKER
                )
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)

    def _settle(
        self,
        outer: Future[T],
        inner: Future[T],
        pool: ProcessPoolExecutor,
        fn: Callable[..., T],
        args: Any,
        kwargs: Any,
    ) -> None:
        if inner.cancelled() and self._closed:
            outer.cancel()
            return
        error = inner.exception() if not inner.cancelled() else BrokenProcessPool("dropped")
        if not isinstance(error, BrokenProcessPool):
            _copy(inner, outer)
            return
        self._drop(pool)
        threading.Thread(target=self._alone, args=(outer, fn, args, kwargs), daemon=True).start()

    def _alone(self, outer: Future[T], fn: Callable[..., T], args: Any, kwargs: Any) -> None:
        with ProcessPoolExecutor(1, mp_context=self._context) as pool:
            try:
                outer.set_result(pool.submit(fn, *args, **kwargs).result())
            except BrokenProcessPool:
                outer.set_exception(WorkerDiedError("", "the worker that had this item died"))
            except BaseException as error:  # noqa: BLE001 (whatever it was belongs to the caller)
                outer.set_exception(error)


def _copy(inner: Future[T], outer: Future[T]) -> None:
    error = inner.exception()
    if error is not None:
        outer.set_exception(error)
    else:
        outer.set_result(inner.result())


class InlineExecutor(Executor):
    """Runs at once, in the caller's thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call `fn(*args)` now."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except FramewireError as error:
            future.set_exception(error)
        return future
