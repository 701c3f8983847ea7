"""Requests over the network: polite, bounded, and only to public addresses.

    robots.txt (pages) ─▶ the host's turn (hosts.py) ─▶ a free connection ─▶ checked address (network.py) ─▶ answer

One `Fetcher` per event loop. Every hop of a redirect takes this path anew. Header, body and the whole have a time
limit each, the body a cap; no cookie is kept, no Referer sent.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from monitor.clock import Clock, utc_now
from monitor.decide import Fetched
from monitor.errors import (
    BadAnswerError,
    BlockedError,
    FetchError,
    RedirectError,
    RefusedAddressError,
    StatusError,
    TimedOutError,
    TooLargeError,
)
from monitor.headers import blocker, max_age, retry_after
from monitor.hosts import Hosts
from monitor.model import FeedState
from monitor.network import CheckedNetwork
from monitor.robots import Robots
from monitor.settings import Settings
from monitor.urls import is_web_address

#: Hops that an answer may take.
MAX_REDIRECTS = 5
#: Connections at once, over all hosts: two thousand feeds that are due together share them.
MAX_CONNECTIONS = 64
#: Seconds to connect, and between two pieces of an answer.
CONNECT_SECONDS, READ_SECONDS = 10.0, 15.0
#: Seconds between two feeds of one host, where pages are not asked faster: hubs carry hundreds of feeds.
FEED_INTERVAL = 1.0
_FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
)
_PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_PERMANENT = (301, 308)


class Fetcher:
    """Feeds and pages over HTTP."""

    def __init__(self, settings: Settings, clock: Clock = utc_now, patience: float = math.inf) -> None:
        self.settings = settings
        self.clock = clock
        self.hosts = Hosts(clock, patience)
        self.robots = Robots(self.hosts, self._robots_txt, settings.user_agent, clock)
        self._client = _client(settings)
        self._open = asyncio.Semaphore(MAX_CONNECTIONS)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def feed(self, url: str, state: FeedState) -> Fetched:
        """Ask for a feed, with the validators of the last answer sent back byte for byte."""
        headers = {b"Accept": _FEED_TYPES.encode()}
        if state.etag:
            headers[b"If-None-Match"] = _bytes(state.etag)
        if state.last_modified:
            headers[b"If-Modified-Since"] = _bytes(state.last_modified)
        return await self._follow(url, {name: value for name, value in headers.items() if value})

    async def page(self, url: str) -> Fetched:
        """Ask for a page, if its robots.txt allows it, and not sooner than is polite."""
        return await self._follow(url, {b"Accept": _PAGE_TYPES.encode()}, page=True)

    async def _robots_txt(self, url: str) -> bytes:
        return (await self._follow(url, {b"Accept": b"text/plain"})).body

    async def _follow(self, url: str, headers: dict[bytes, bytes], *, page: bool = False) -> Fetched:
        """The answer at the end of the redirects, each hop politely; `fetch_seconds` count requests, not turns."""
        at, hops, permanent, moved = url, list[str](), True, None
        left = self.settings.fetch_seconds
        while len(hops) <= MAX_REDIRECTS:
            if not is_web_address(at):
                raise RefusedAddressError(at, "is no http(s) address", advice="Only the web is fetched")
            if page and self.settings.respect_robots:
                await self.robots.check(at)
            async with self.hosts.turn(at, self._interval(at, page)), self._open:
                began = time.monotonic()
                async with self._asked(url, at, headers, left) as response:
                    if not response.has_redirect_location:
                        return await self._answer(url, response, headers, tuple(hops), moved)
                    permanent = permanent and response.status_code in _PERMANENT
                    at = str(response.url.join(response.headers["location"]))
                    moved = at if permanent else moved
            left -= time.monotonic() - began
            if at in hops or at == url:
                raise RedirectError(url, f"redirects in a circle ({at})")
            hops.append(at)
        raise RedirectError(url, f"redirects more than {MAX_REDIRECTS} times")

    def _interval(self, url: str, page: bool) -> float:
        """Seconds to the host's next turn; where the settings say 0, nothing waits."""
        base = self.settings.host_interval
        if not base:
            return 0.0
        return max(base, self.robots.delay(url)) if page else min(base, FEED_INTERVAL)

    @asynccontextmanager
    async def _asked(
        self, url: str, at: str, headers: dict[bytes, bytes], left: float
    ) -> AsyncIterator[httpx2.Response]:
        """One request; whatever goes wrong in it and in the block has a name of ours."""
        try:
            async with asyncio.timeout(left):
                try:
                    async with asyncio.timeout(self.settings.header_seconds):
                        request = self._client.build_request("GET", at, headers=headers)
                        response = await self._client.send(request, stream=True)
                except TimeoutError as error:
                    limit = self.settings.header_seconds
                    raise TimedOutError(url, f"sent no header within {limit:g} s") from error
                try:
                    yield response
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise TimedOutError(url, f"took longer than {self.settings.fetch_seconds:g} s") from error
        except httpx2.TimeoutException as error:
            raise TimedOutError(url, "stopped answering") from error
        except httpx2.InvalidURL as error:
            message = f"is or leads to what is no address ({error})"
            raise RefusedAddressError(url, message, advice="Nothing is fetched") from error
        except (httpx2.RemoteProtocolError, httpx2.DecodingError, ValueError) as error:
            raise BadAnswerError(url, f"gave an answer that breaks HTTP or its packing ({error})") from error
        except (httpx2.HTTPError, OSError) as error:
            raise FetchError(url, f"cannot be reached ({error or type(error).__name__})") from error

    async def _answer(
        self,
        url: str,
        response: httpx2.Response,
        headers: dict[bytes, bytes],
        hops: tuple[str, ...],
        moved: str | None,
    ) -> Fetched:
        status, head = response.status_code, response.headers
        self._check(url, response, headers)
        return Fetched(
            status=status,
            url=str(response.url),
            body=await self._body(url, response) if status != 304 else b"",
            content_type=head.get("content-type", ""),
            etag=_raw(response, b"etag"),
            last_modified=_raw(response, b"last-modified"),
            max_age=max_age(head, self.clock()),
            moved_to=moved,
            redirects=hops,
        )

    def _check(self, url: str, response: httpx2.Response, headers: dict[bytes, bytes]) -> None:
        """Raise where the answer is no success."""
        status, wish = response.status_code, retry_after(response.headers.get("retry-after"), self.clock())
        if status == 429 or (status == 503 and wish is not None):
            self.hosts.pause(str(response.url), wish)
        if status == 304:
            if not headers.keys() & {b"If-None-Match", b"If-Modified-Since"}:
                raise BadAnswerError(url, "answered 304 (not modified) to a question without conditions")
            return
        who = blocker(status, response.headers)
        if who is not None:
            raise BlockedError(url, status, who, retry_after=wish)
        if not 200 <= status < 300:
            raise StatusError(url, status, retry_after=wish)
        if status == 206:
            raise BadAnswerError(url, "answered with a part (206) of what was asked for whole")

    async def _body(self, url: str, response: httpx2.Response) -> bytes:
        """The body, unpacked piece by piece (httpx2 bounds each), so that a bomb is noticed before it is whole."""
        limit, size, pieces = self.settings.max_bytes, 0, []
        too_large = TooLargeError(url, f"is larger than {limit:,} bytes")
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit:
            raise too_large
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                async for piece in response.aiter_bytes(65536):
                    size += len(piece)
                    if size > limit:
                        raise too_large
                    pieces.append(piece)
        except TimeoutError as error:
            raise TimedOutError(url, f"sent no end within {self.settings.body_seconds:g} s") from error
        if size and _cut_short(response):
            raise BadAnswerError(url, "ended in the middle of its packing")
        return b"".join(pieces)


def _cut_short(response: httpx2.Response) -> bool:
    """Whether a packed body lacks its end: httpx2 says so of zstd only (as of 2.16)."""
    packed = getattr(getattr(response, "_decoder", None), "decompressor", None)
    if packed is not None and hasattr(packed, "is_finished"):  # brotli's
        return not packed.is_finished()
    return getattr(getattr(packed, "decompressor", None), "eof", True) is False  # gzip's and deflate's


def _client(settings: Settings) -> httpx2.AsyncClient:
    pairs = (item.partition("=")[::2] for item in settings.resolve)
    resolve = {name: (to.rpartition(":")[0], int(to.rpartition(":")[2])) for name, to in pairs}
    transport = httpx2.AsyncHTTPTransport(http2=True, limits=httpx2.Limits(max_connections=MAX_CONNECTIONS))
    # httpx2 has no public way to hand in a network backend.
    transport._pool._network_backend = CheckedNetwork(settings.private_hosts, resolve)
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=None),
        headers={"User-Agent": settings.user_agent},
    )


def _raw(response: httpx2.Response, name: bytes) -> str | None:
    """A header's bytes as text that gives the same bytes again."""
    for key, value in response.headers.raw:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


def _bytes(value: str) -> bytes:
    """The bytes of a kept header; none where they are not what a server sent."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return b""
