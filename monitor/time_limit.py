"""A clock over a block of code that works on what came from outside, for workers whose input may be endless."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from monitor.errors import TimeLimitError


@contextmanager
def time_limit(seconds: float, key: str) -> Iterator[None]:
    """End the block after `seconds` with TimeLimitError; in a worker that hangs in C code, the processor limit ends
    the process.

    Works in the main thread of a process, where workers run their tasks; elsewhere the block is not limited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeLimitError(key, f"took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    outer = signal.setitimer(signal.ITIMER_REAL, seconds)[0]
    signal.setitimer(signal.ITIMER_PROF, 3 * seconds)  # SIGPROF is not caught: it ends the process
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, outer)  # somebody else's alarm (a test's) goes on
