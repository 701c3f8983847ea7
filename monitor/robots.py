"""robots.txt of the hosts of pages (RFC 9309): asked once a day, no file means yes, a failing server means no."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
from protego import Protego

from monitor.clock import Clock
from monitor.errors import BusyHostError, FetchError, RefusedAddressError, RobotsError, StatusError
from monitor.hosts import Host, Hosts

#: How long a robots.txt is believed (RFC 9309 §2.4: at most a day), and how soon one that failed is asked again.
KEPT, FAILED_KEPT = timedelta(hours=24), timedelta(hours=1)
#: Bytes that are read (RFC 9309 §2.5: at least 500 KiB).
_BYTES = 512_000
#: Seconds between two pages that a Crawl-delay can ask for; more would close a host by the back door.
MAX_DELAY = 60.0


class Robots:
    """May this page be asked for? The answers live in `Hosts`, and so outlive a restart."""

    def __init__(
        self, hosts: Hosts, ask: Callable[[str], Awaitable[bytes]], user_agent: str, clock: Clock
    ) -> None:
        self._hosts, self._ask, self._agent, self._clock = hosts, ask, user_agent, clock

    async def check(self, url: str) -> None:
        """Return where the page may be asked for; RobotsError where not."""
        host = self._hosts.of(url)
        async with host.robots_lock:
            if host.robots_until is None or host.robots_until <= self._clock():
                await self._renew(url, host)
            if host.rules is None:
                host.rules = Protego.parse(host.robots or "")
        if host.robots_failed:
            assert host.robots_until is not None
            left = (host.robots_until - self._clock()).total_seconds()
            error = RobotsError(url, "robots.txt could not be had, which means no", retry_after=left)
            error.weight = 0.25  # the page itself may be fine: it is tried again
            raise error
        if not host.rules.can_fetch(url, self._agent):
            raise RobotsError(url, "robots.txt does not allow it")

    def delay(self, url: str) -> float:
        """Seconds between two pages that the host asks for; 0 where it does not."""
        rules = self._hosts.of(url).rules
        wish = rules.crawl_delay(self._agent) if rules is not None else None
        return min(max(wish or 0.0, 0.0), MAX_DELAY)

    async def _renew(self, url: str, host: Host) -> None:
        try:
            host.robots = (await self._ask(_address(url)))[:_BYTES].decode("utf-8", "replace")
            host.robots_failed = False
        except StatusError as error:
            # No file means no rules; 429 is a server in need, like any 5xx.
            host.robots = ""
            host.robots_failed = not (400 <= error.status < 500) or error.status == 429
        except (RefusedAddressError, BusyHostError):
            raise
        except FetchError:
            host.robots, host.robots_failed = "", True
        host.rules = None
        host.robots_until = self._clock() + (FAILED_KEPT if host.robots_failed else KEPT)
        self._hosts.learned(host)


def _address(url: str) -> str:
    try:
        return str(httpx2.URL(url).copy_with(raw_path=b"/robots.txt", fragment=None))
    except httpx2.InvalidURL as error:
        raise RefusedAddressError(url, f"is no address ({error})", advice="Nothing is fetched") from error
