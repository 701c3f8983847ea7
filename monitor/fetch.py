"""Requests over the network: polite, bounded, and only to public addresses.

One `Fetcher` per event loop. Every hop's address is checked when the connection is made (a name that resolves to
a private address after the check cannot be used), every body has a cap, every request a deadline.
"""

from __future__ import annotations

import asyncio
import email.utils
import ipaddress
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpcore2
import httpx2

from monitor.clock import Clock, utc_now
from monitor.decide import Fetched
from monitor.errors import (
    FetchError,
    RedirectError,
    RefusedAddressError,
    RobotsError,
    StatusError,
    TimedOutError,
    TooLargeError,
)
from monitor.model import FeedState
from monitor.settings import Settings
from monitor.urls import host_of, is_web_address

#: Hops that an answer may take.
MAX_REDIRECTS = 5
#: Connections at once, over all hosts, and requests at once to one host.
MAX_CONNECTIONS, PER_HOST = 64, 2
#: Seconds to connect, and between two pieces of a body.
CONNECT_SECONDS, READ_SECONDS = 10.0, 15.0
#: Seconds a robots.txt is believed (RFC 9309 §2.4: at most a day).
ROBOTS_SECONDS = 86400.0
_ROBOTS_BYTES = 500_000
_FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
_PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_PERMANENT = (301, 308)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet; IPv4 in IPv6 clothes is judged as IPv4."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects only where it may: the check is on the address that is used, not on the name."""

    def __init__(self, private_hosts: Iterable[str], resolve: dict[str, tuple[str, int]]) -> None:
        self._inner = httpcore2.AnyIOBackend()
        self._private = frozenset(private_hosts)
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, check every address, connect to the first that answers."""
        options: dict[str, Any] = {
            "timeout": timeout,
            "local_address": local_address,
            "socket_options": socket_options,
        }
        if host in self._resolve:
            return await self._inner.connect_tcp(*self._resolve[host], **options)
        if host in self._private or f"{host}:{port}" in self._private:
            return await self._inner.connect_tcp(host, port, **options)
        last: Exception | None = None
        for address in await self._addresses(host, port):
            if not is_public(address):
                raise RefusedAddressError(host, f"resolves to {address}, which is not public")
            try:
                return await self._inner.connect_tcp(address, port, **options)
            except httpcore2.ConnectError as error:
                last = error
        raise last or httpcore2.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} is not known ({error})") from error
        return list(dict.fromkeys(str(row[4][0]) for row in found))

    async def connect_unix_socket(  # the signature is the base class's
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise RefusedAddressError(path, "is a local socket")

    async def sleep(self, seconds: float) -> None:
        """As the inner backend does."""
        await self._inner.sleep(seconds)


@dataclass(slots=True)
class _Host:
    """How busy a host is, and what its robots.txt says."""

    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PER_HOST))
    #: Monotonic time before which no page of the host is asked for.
    next_page: float = 0.0
    robots: Any = None
    robots_until: float = 0.0
    robots_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Fetcher:
    """Feeds and pages over HTTP."""

    def __init__(self, settings: Settings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        pairs = (item.partition("=")[::2] for item in settings.resolve)
        resolve = {name: (to.rpartition(":")[0], int(to.rpartition(":")[2])) for name, to in pairs}
        transport = httpx2.AsyncHTTPTransport(
            http2=True, limits=httpx2.Limits(max_connections=MAX_CONNECTIONS)
        )
        # httpx2 has no public way to hand in a network backend.
        transport._pool._network_backend = _CheckedNetwork(settings.private_hosts, resolve)
        self._client = httpx2.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=None),
            headers={"User-Agent": settings.user_agent},
        )
        self._hosts: dict[str, _Host] = {}
        self._open = asyncio.Semaphore(MAX_CONNECTIONS)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def feed(self, url: str, state: FeedState) -> Fetched:
        """Ask for a feed, with the validators of the last answer sent back byte for byte."""
        headers = {"Accept": _FEED_TYPES}
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.last_modified:
            headers["If-Modified-Since"] = state.last_modified
        async with self._host(url).slots:
            return await self._get(url, headers)

    async def page(self, url: str) -> Fetched:
        """Ask for a page, if its robots.txt allows it, and not sooner than is polite."""
        host = self._host(url)
        if self.settings.respect_robots and not await self._allowed(url, host):
            raise RobotsError(url, "robots.txt does not allow it")
        async with host.slots:
            await self._wait_turn(host)
            return await self._get(url, {"Accept": _PAGE_TYPES})

    def _host(self, url: str) -> _Host:
        return self._hosts.setdefault(host_of(url), _Host())

    async def _wait_turn(self, host: _Host) -> None:
        now = time.monotonic()
        turn = max(now, host.next_page)
        host.next_page = turn + self.settings.host_interval
        await asyncio.sleep(turn - now)

    async def _allowed(self, url: str, host: _Host) -> bool:
        from protego import Protego

        async with host.robots_lock:
            if time.monotonic() >= host.robots_until:
                host.robots = Protego.parse(await self._robots(url))
                host.robots_until = time.monotonic() + ROBOTS_SECONDS
        return bool(host.robots.can_fetch(url, self.settings.user_agent))

    async def _robots(self, url: str) -> str:
        """The rules of a host: none where it has no file (4xx), all closed where it fails (RFC 9309 §2.3.1)."""
        try:
            address = str(httpx2.URL(url).copy_with(raw_path=b"/robots.txt", fragment=None))
        except httpx2.InvalidURL as error:
            raise RefusedAddressError(url, f"is no address ({error})", advice="Nothing is fetched") from error
        try:
            answer = await self._get(address, {"Accept": "text/plain"})
        except StatusError as error:
            return "" if 400 <= error.status < 500 and error.status != 429 else "User-agent: *\nDisallow: /"
        except RefusedAddressError:
            raise
        except FetchError:
            return "User-agent: *\nDisallow: /"
        return answer.body[:_ROBOTS_BYTES].decode("utf-8", "replace")

    async def _get(self, url: str, headers: dict[str, str]) -> Fetched:
        try:
            async with self._open, asyncio.timeout(self.settings.fetch_seconds):
                return await self._follow(url, headers)
        except TimeoutError as error:
            raise TimedOutError(url, f"took longer than {self.settings.fetch_seconds:g} s") from error
        except httpx2.TimeoutException as error:
            raise TimedOutError(url, "stopped answering") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise FetchError(url, f"cannot be reached ({error or type(error).__name__})") from error

    async def _follow(self, url: str, headers: dict[str, str]) -> Fetched:
        at, permanent, moved = url, True, None
        for _ in range(MAX_REDIRECTS + 1):
            if not is_web_address(at):
                raise RefusedAddressError(at, "is no http(s) address", advice="Only the web is fetched")
            async with self._client.stream("GET", at, headers=headers) as response:
                if response.has_redirect_location:
                    permanent = permanent and response.status_code in _PERMANENT
                    at = str(response.url.join(response.headers["location"]))
                    moved = at if permanent else moved
                    continue
                return await self._answer(url, response, moved)
        raise RedirectError(url, f"redirects more than {MAX_REDIRECTS} times")

    async def _answer(self, url: str, response: httpx2.Response, moved: str | None) -> Fetched:
        status, head = response.status_code, response.headers
        if status != 304 and not 200 <= status < 300:
            raise StatusError(url, status, retry_after=retry_after(head.get("retry-after")))
        return Fetched(
            status=status,
            url=str(response.url),
            body=await self._body(url, response) if status != 304 else b"",
            content_type=head.get("content-type", ""),
            etag=head.get("etag"),
            last_modified=head.get("last-modified"),
            max_age=max_age(head),
            moved_to=moved,
        )

    async def _body(self, url: str, response: httpx2.Response) -> bytes:
        """The body, unpacked piece by piece, so that a bomb is noticed before it is whole."""
        limit, size, pieces = self.settings.max_bytes, 0, []
        async for piece in response.aiter_bytes(65536):
            size += len(piece)
            if size > limit:
                raise TooLargeError(url, f"is larger than {limit:,} bytes")
            pieces.append(piece)
        return b"".join(pieces)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if not value:
        return None
    if re.fullmatch(r"\s*\d{1,9}\s*", value):
        return float(value)
    return _seconds_until(value, now)


def max_age(headers: Any, now: datetime | None = None) -> float | None:
    """Seconds an answer may be kept, by Cache-Control or Expires."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    match = re.search(r"max-age\s*=\s*\"?(\d{1,9})", control)
    if match:
        return float(match[1])
    return _seconds_until(headers["expires"], now) if headers.get("expires") else None


def _seconds_until(value: str, now: datetime | None) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
