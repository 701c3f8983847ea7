"""Politeness towards hosts: requests at once, the least time between two, and pauses that a host asks for.

One `Hosts` per event loop. What must outlive the process is a `HostState`: `changed` gives those to save,
`restore` takes them back.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from monitor.clock import Clock
from monitor.errors import BusyHostError
from monitor.model import HostState
from monitor.urls import host_of

#: Requests at once to one host (browsers open six; Miniflux and Media Cloud stay at four and fewer).
PER_HOST = 2
#: Seconds a host is left alone after a 429 that names no time (Media Cloud's story-indexer: 30 s).
PAUSE_SECONDS = 30.0
#: A host is left alone for at most a day, whatever one of its pages asked for; a single feed may wait longer.
LONGEST_PAUSE = 86400.0
#: Waits up to this are slept through after a restart; longer ones put the item back into the store.
_SLEPT = 60.0


@dataclass(slots=True)
class Host:
    """How busy a host is, and what its robots.txt says (see robots.py)."""

    name: str
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_HOST))
    #: Monotonic time of the next free turn.
    next_turn: float = 0.0
    paused_until: datetime | None = None
    robots: str | None = None
    robots_until: datetime | None = None
    robots_failed: bool = False
    #: `robots`, parsed.
    rules: Any = None
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """Turns at hosts, handed out one after the other."""

    def __init__(self, clock: Clock, patience: float = math.inf) -> None:
        self._clock = clock
        #: Seconds that a request waits for its turn; where it would take longer, it is put off (BusyHostError).
        self.patience = patience
        self._hosts: dict[str, Host] = {}
        #: Names of hosts to save. `set.add` and `set.pop` are atomic: the loop's thread adds, the store's takes.
        self._changed: set[str] = set()

    def of(self, url: str) -> Host:
        """The host of an address."""
        name = host_of(url)
        return self._hosts.setdefault(name, Host(name))

    @asynccontextmanager
    async def turn(self, url: str, interval: float) -> AsyncIterator[None]:
        """Wait for the host's turn and hold one of its places; the next turn comes `interval` seconds later."""
        host = self.of(url)
        self._refuse_paused(url, host)
        now = time.monotonic()
        turn = max(now, host.next_turn)
        if turn - now > self.patience:
            raise BusyHostError(url, f"{host.name} has many requests waiting", retry_after=turn - now)
        host.next_turn = turn + interval
        if interval:
            self._changed.add(host.name)
        await asyncio.sleep(turn - now)
        async with host.slots:
            self._refuse_paused(url, host)
            yield

    def pause(self, url: str, seconds: float | None) -> None:
        """Leave a host alone for `seconds`, or the usual time where it named none."""
        host = self.of(url)
        wait = PAUSE_SECONDS if seconds is None else min(seconds, LONGEST_PAUSE)
        until = self._clock() + timedelta(seconds=wait)
        host.paused_until = max(until, host.paused_until or until)
        self._changed.add(host.name)

    def _refuse_paused(self, url: str, host: Host) -> None:
        now = self._clock()
        if host.paused_until is None or host.paused_until <= now:
            return
        left = (host.paused_until - now).total_seconds()
        message = f"{host.name} wants to be left alone until {host.paused_until:%Y-%m-%d %H:%M:%S} UTC"
        raise BusyHostError(url, message, retry_after=left)

    def learned(self, host: Host) -> None:
        """Have a host saved."""
        self._changed.add(host.name)

    def changed(self) -> list[HostState]:
        """What was learned since the last call, to be saved; may be called from another thread."""
        names = []
        while self._changed:
            names.append(self._changed.pop())
        return [self._state(self._hosts[name]) for name in sorted(names)]

    def restore(self, states: Iterable[HostState]) -> None:
        """Go on where an earlier process ended."""
        for state in states:
            host = self._hosts.setdefault(state.host, Host(state.host))
            host.robots, host.robots_until = state.robots, state.robots_until
            host.robots_failed = state.robots_failed
            wait = (state.next_request - self._clock()).total_seconds() if state.next_request else 0.0
            if wait > _SLEPT:
                host.paused_until = state.next_request
            elif wait > 0:
                host.next_turn = time.monotonic() + wait

    def _state(self, host: Host) -> HostState:
        # Up to the next whole second, which is what the store keeps.
        wait = max(0, math.ceil(host.next_turn - time.monotonic()))
        turn = self._clock() + timedelta(seconds=wait)
        return HostState(
            host=host.name,
            next_request=max(turn, host.paused_until or turn),
            robots=host.robots,
            robots_until=host.robots_until,
            robots_failed=host.robots_failed,
        )
