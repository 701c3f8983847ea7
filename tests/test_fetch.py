"""Fetching over real HTTP on loopback: validators, limits, and addresses that are refused."""

import asyncio
import gzip
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitor.errors import (
    FetchError,
    RedirectError,
    RefusedAddressError,
    RobotsError,
    StatusError,
    TimedOutError,
    TooLargeError,
)
from monitor.fetch import Fetcher
from monitor.headers import max_age, retry_after
from monitor.model import FeedState
from monitor.network import is_public
from monitor.settings import Settings

ROUTES = {}
SEEN = []


def route(path, status=200, body=b"ok", **headers):
    ROUTES[path] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        SEEN.append((self.path, dict(self.headers)))
        if self.path == "/slow":
            time.sleep(2)
        if self.path == "/drip":
            return self._drip()
        status, body, headers = ROUTES.get(self.path, (404, b"", {}))
        if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def _drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(40):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def clean():
    ROUTES.clear()
    SEEN.clear()


@contextmanager
def raises(kind, match=None):
    with pytest.raises(kind, match=match) as caught:
        yield caught


def ask(port, path, *, state=None, page=False, base=None, **settings):
    """One request through a fresh fetcher, with loopback allowed by name."""
    chosen = Settings(
        **({"private_hosts": ("127.0.0.1",), "host_interval": 0, "fetch_seconds": 1.0} | settings)
    )

    async def work():
        fetcher = Fetcher(chosen)
        try:
            url = f"{base or f'http://127.0.0.1:{port}'}{path}"
            return await (fetcher.page(url) if page else fetcher.feed(url, state or FeedState(feed="f")))
        finally:
            await fetcher.aclose()

    return asyncio.run(work())


def test_validators_come_and_go_byte_for_byte(port):
    route("/feed", ETag='W/"a, b"', Last_Modified="Mon, 05 Oct 2026 07:30:00 GMT")
    first = ask(port, "/feed")
    assert (first.status, first.etag, first.body) == (200, 'W/"a, b"', b"ok")
    state = FeedState(feed="f", etag=first.etag, last_modified=first.last_modified)
    assert ask(port, "/feed", state=state).status == 304
    assert SEEN[-1][1]["If-Modified-Since"] == "Mon, 05 Oct 2026 07:30:00 GMT"


def test_the_crawler_says_who_it_is(port):
    route("/feed")
    ask(port, "/feed", contact="desk@newsroom.example")
    assert "desk@newsroom.example" in SEEN[-1][1]["User-Agent"]
    assert "Cookie" not in SEEN[-1][1]


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
def test_an_error_status_is_an_error(port, status):
    route("/feed", status, Retry_After="7")
    with raises(StatusError) as caught:
        ask(port, "/feed")
    assert (caught.value.status, caught.value.retry_after) == (status, 7.0)


def test_permanent_redirects_are_told_from_temporary_ones(port):
    route("/old", 301, Location="/new")
    route("/away", 302, Location="/new")
    route("/new")
    assert ask(port, "/old").moved_to.endswith("/new")
    assert ask(port, "/away").moved_to is None


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/loop", RedirectError),
        ("/file", RefusedAddressError),
        ("/data", RefusedAddressError),
        ("/big", TooLargeError),
        ("/bomb", TooLargeError),
        ("/slow", TimedOutError),
        ("/drip", TimedOutError),
        ("/broken", FetchError),
    ],
)
def test_hostile_answers_have_a_named_error(port, path, error):
    route("/loop", 302, Location="/loop")
    route("/file", 302, Location="file:///etc/passwd")
    route("/data", 302, Location="data:text/plain,x")
    route("/big", body=b"x" * 200_000)
    route("/bomb", body=gzip.compress(b"\0" * 3_000_000), Content_Encoding="gzip")
    route("/broken", body=b"not gzip at all", Content_Encoding="gzip")
    with raises(error):
        ask(port, path, max_bytes=100_000)


def test_a_redirect_to_a_private_address_is_refused(port):
    route("/in", 302, Location=f"http://localhost:{port}/secret")
    route("/secret", body=b"key")
    with raises(RefusedAddressError, match="not public"):
        ask(port, "/in")
    assert all(path != "/secret" for path, _ in SEEN)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_loopback_is_refused_in_every_form(port, host):
    with raises(FetchError):
        ask(port, "/", base=f"http://{host}:{port}", private_hosts=())
    assert SEEN == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://x.example/", "data:,x", "http:///x", "javascript:1"]
)
def test_only_the_web_is_fetched(port, url):
    with raises(FetchError):
        ask(port, "", base=url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /secret", True),
        (200, b"User-agent: *\nDisallow: /page", False),
        (404, b"", True),
        (500, b"", False),
    ],
)
def test_robots_txt_is_obeyed(port, status, body, allowed):
    route("/robots.txt", status, body)
    route("/page", body=b"<p>text")
    if allowed:
        assert ask(port, "/page", page=True).body == b"<p>text"
    else:
        with raises(RobotsError):
            ask(port, "/page", page=True)


@pytest.mark.parametrize("url", ["http://\u202eevil.com/", "http://a\x00b/"])
def test_an_address_that_no_client_reads_has_a_named_error(port, url):
    with raises(RefusedAddressError, match="is no address"):
        ask(port, "", page=True, base=url)


def test_retry_after_is_seconds_or_a_date():
    now = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
    assert retry_after("120") == 120
    assert retry_after("Mon, 05 Oct 2026 12:02:00 GMT", now) == 120
    assert retry_after("Mon, 05 Oct 2026 11:00:00 GMT", now) == 0
    assert retry_after("soon") is None


def test_freshness_comes_from_cache_control_before_expires():
    now = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
    expires = {"expires": "Mon, 05 Oct 2026 13:00:00 GMT"}
    assert max_age({"cache-control": "public, max-age=60"} | expires, now) == 60
    assert max_age(expires, now) == 3600
    assert max_age({"cache-control": "no-cache"} | expires, now) is None
    assert max_age({"expires": "0"}, now) is None
    assert max_age({"expires": f"{'9' * 20} Jan 2020 {'9' * 20}:00:00 GMT"}, now) is None
