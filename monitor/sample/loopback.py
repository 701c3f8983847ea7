"""A real HTTP server on this machine alone: what the sample world and the tests' replays answer through.

An `answer` function says what lies where; the server does what HTTP asks around it: HTTP/1.1 with connections
kept open, ETag and Last-Modified with 304, gzip, HEAD, and a count of what was asked.
"""

from __future__ import annotations

import contextlib
import email.utils
import gzip
import hashlib
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

#: Bodies shorter than this are not worth packing.
_GZIP_FROM = 256


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is said to one request, before conditions and packing."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    modified: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    #: Seconds that the answer is held back.
    delay: float = 0.0

    @cached_property
    def digest(self) -> str:
        """Tells two bodies apart."""
        return hashlib.sha256(self.body).hexdigest()[:20]


Answerer = Callable[[str, str], Answer]


class LoopbackServer:
    """Serves `answer(host, path)` at 127.0.0.1, at a port that the system chooses, while the context lasts."""

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        #: How often each (host, path, status) was answered.
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._closing.clear()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="loopback", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is None or self._thread is None:
            return
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._server = self._thread = None

    @property
    def port(self) -> int:
        """The port in use; only inside the context."""
        if self._server is None:
            raise RuntimeError("the server is not running: use it as a context manager")
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        """The server's own address."""
        return f"http://127.0.0.1:{self.port}"

    def asked(self, host: str, path: str | None = None, status: int | None = None) -> int:
        """How many requests were answered for a host (and a path, and with a status)."""
        with self._lock:
            found = [(key, count) for key, count in self.requests.items() if key[0] == host]
        return sum(count for key, count in found if path in (None, key[1]) and status in (None, key[2]))

    def count(self, host: str, path: str, status: int) -> None:
        """Note that a request was answered."""
        with self._lock:
            self.requests[host, path, status] += 1

    def hold(self, seconds: float) -> None:
        """Wait, but not beyond the server's end."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that its end does not wait for idle clients."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, owner: LoopbackServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's; anything else is shown."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Close every connection from our side."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection: its requests, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "Loopback/1"
    # Head and body go out in one write; a second small packet would otherwise wait for the client's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        """Answer with head and body."""
        owner = self.server.owner
        host, path = (self.headers.get("Host") or "").partition(":")[0].lower(), urlsplit(self.path).path
        answer = owner.answer(host, path)
        if answer.delay:
            owner.hold(answer.delay)
        status, headers, body = self._conditional(answer)
        owner.count(host, path, status)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet; `requests` has the count."""

    def _conditional(self, answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body, once the client's conditions and encodings are heard."""
        packed = len(answer.body) >= _GZIP_FROM and _accepts_gzip(self.headers.get("Accept-Encoding", ""))
        headers = [*answer.headers]
        if answer.status == 200:
            headers += [*_validators(answer, packed), ("Vary", "Accept-Encoding")]
            if self._unchanged(answer):
                return 304, headers, b""
        if answer.body:
            headers.append(("Content-Type", answer.content_type))
        if packed:
            headers.append(("Content-Encoding", "gzip"))
        return answer.status, headers, gzip.compress(answer.body, 6, mtime=0) if packed else answer.body

    def _unchanged(self, answer: Answer) -> bool:
        """RFC 9110 §13.2.2: If-None-Match decides alone where it is sent."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            given = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return bool(given & {"*", _etag(answer, packed=False), _etag(answer, packed=True)})
        since = self.headers.get("If-Modified-Since")
        if since is None or answer.modified is None:
            return False
        try:
            moment = email.utils.parsedate_to_datetime(since)
        except ValueError:
            return False
        return answer.modified.replace(microsecond=0) <= moment.astimezone(UTC)


def _etag(answer: Answer, *, packed: bool) -> str:
    """A strong tag, hence another for the packed body."""
    return f'"{answer.digest}{"-gzip" if packed else ""}"'


def _validators(answer: Answer, packed: bool) -> list[tuple[str, str]]:
    found = [("ETag", _etag(answer, packed=packed))]
    if answer.modified is not None:
        found.append(
            ("Last-Modified", email.utils.format_datetime(answer.modified.astimezone(UTC), usegmt=True))
        )
    return found


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
