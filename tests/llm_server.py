"""A chat-completions endpoint on this machine that plays recorded answers and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monitor.model import Text

SENTENCE = "The Kremlin blamed Washington for the collapse of the talks."
KEY = "sk-secret-0123456789"
TEXT = Text(id="a", title="Talks end", text=f"{SENTENCE} Washington did not answer.", language="en")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One answer; `drip` sends it in pieces of a few bytes with that pause between them."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drip: float = 0.0


def claim(**parts: Any) -> dict[str, Any]:
    """A good frame of SENTENCE, changed by `parts`."""
    values = {
        "quote": SENTENCE,
        "blamer": "RUS",
        "target": "USA",
        "stance": "blames",
        "kind": "obstruction",
        "issue": "the collapse of the talks",
        "cue": "blamed",
        "caveat": False,
        "confidence": 0.9,
    }
    return values | parts


def wrote(content: str | None, finish: str = "stop", **message: Any) -> Recorded:
    """A completion in which the model wrote `content`."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1791201600,
        "model": "recorded",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content} | message,
                "finish_reason": finish,
            }
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980},
    }
    return Recorded(body=json.dumps(body).encode())


def answered(*claims: Any) -> Recorded:
    """A completion with these frames."""
    return wrote(json.dumps({"frames": list(claims)}))


def refused(status: int, message: str = "", **headers: str) -> Recorded:
    """An error as endpoints tell it."""
    body = json.dumps({"error": {"message": message, "type": "error"}}).encode()
    return Recorded(
        status=status, body=body, headers=tuple((k.replace("_", "-"), v) for k, v in headers.items())
    )


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def article(self) -> dict[str, Any]:
        """What the model was given to read."""
        return json.loads(self.body["messages"][-1]["content"])


@dataclass
class LlmServer:
    """Plays `answers` in order; the last one again and again."""

    url: str
    answers: list[Recorded] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Recorded:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving() -> Iterator[LlmServer]:
    """A server until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.owner = LlmServer(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.owner
    finally:
        server.owner.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    owner: LlmServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests want."""
        import sys

        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    # HTTP/1.0: a connection for each request, so that none is open when the server ends.
    server: _Server

    def do_POST(self) -> None:
        owner = self.server.owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        owner.asked.append(Asked(self.path, dict(self.headers), body))
        answer = owner.next()
        owner.closing.wait(answer.delay)
        self.send_response(answer.status)
        for name, value in (("Content-Type", "application/json"), *answer.headers):
            self.send_header(name, value)
        self.end_headers()
        step = 8 if answer.drip else max(1, len(answer.body))
        for start in range(0, len(answer.body), step):
            self.wfile.write(answer.body[start : start + step])
            owner.closing.wait(answer.drip)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def keys(reading):
    return [(frame.blamer, frame.target, frame.stance) for frame in reading.frames]
