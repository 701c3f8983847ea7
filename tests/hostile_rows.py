"""What a hostile or broken server may send: one row each, with the name of the error that it must end in.

`read` means that the feed is read all the same. Limits of the crawl that plays them: 1 s for a header, 1.5 s for a
body, 300,000 bytes.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random

import brotli
from backports import zstd

from tests.raw_server import Script, answer

ITEM = "<item><title>Ferry sinks</title><link>http://{host}.example/page</link><guid>1</guid></item>"
RSS = f"<rss version='2.0'><channel><title>T</title>{ITEM.format(host='post')}</channel></rss>".encode()
XML = "Content-Type: application/rss+xml"
ZEROS = b"\0" * 30_000_000
GARBAGE = random.Random(7).randbytes(200_000)

Row = tuple[str, Script, str]


def rss(before: str = "", inside: str = "") -> bytes:
    """A feed with one good item, and hostile text before or inside it."""
    return answer(
        f"{before}<rss version='2.0'><channel>{inside}{ITEM.format(host='post')}</channel></rss>".encode(),
        XML,
    )


def to(address: str) -> bytes:
    """A redirect."""
    return b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % address.encode("latin-1")


def raw(*lines: str, body: bytes = b"") -> bytes:
    """An answer of these lines, whatever they say."""
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def again(piece: bytes, head: bytes = b"", pause: float = 0.0) -> Script:
    """One piece without end."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return play


async def silence(_writer: asyncio.StreamWriter) -> None:
    """Nothing, for longer than anybody waits."""
    await asyncio.sleep(60)


async def reset(writer: asyncio.StreamWriter) -> None:
    """Half an answer, then the connection is torn down."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss")
    await writer.drain()
    writer.transport.abort()


OK = "HTTP/1.1 200 OK"
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)

#: Where a feed leads that must not be followed.
REFUSED = {
    "file": "file:///etc/passwd",
    "data": "data:text/xml,<rss/>",
    "ftp": "ftp://post.example/feed",
    "javascript": "javascript:alert(1)",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "port-zero": "http://post.example:0/",
    "loopback": "http://127.0.0.1/feed",
    "loopback-name": "http://localhost/feed",
    "loopback-short": "http://127.1/feed",
    "loopback-hex": "http://0x7f000001/feed",
    "loopback-decimal": "http://2130706433/feed",
    "loopback-octal": "http://0177.0.0.1/feed",
    "loopback-v6": "http://[::1]/feed",
    "loopback-v4-mapped": "http://[::ffff:7f00:1]/feed",
    "loopback-nat64": "http://[64:ff9b::7f00:1]/feed",
    "loopback-6to4": "http://[2002:7f00:1::]/feed",
    "any": "http://0/feed",
    "any-v6": "http://[::]/feed",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata-v6": "http://[fd00:ec2::254]/latest/meta-data/",
    "private-10": "http://10.0.0.1/feed",
    "private-172": "http://172.16.0.1/feed",
    "private-192": "http://192.168.0.1/feed",
    "carrier-grade": "http://100.64.0.1/feed",
    "link-local-v6": "http://[fe80::1]/feed",
    "multicast": "http://224.0.0.1/feed",
    "broadcast": "http://255.255.255.255/feed",
    "with-login": "http://user:word@127.0.0.1/feed",
    "endless-address": "http://post.example/" + "a" * 70_000,
    "control-characters": "http://post.example/\x7f\x80",
}

FEEDS: tuple[Row, ...] = (
    *((f"to-{name}", to(address), "RefusedAddressError") for name, address in REFUSED.items()),
    ("to-no-host", to("http:///nothing"), "StatusError"),  # which is taken for a place at the same host
    ("circle", to("/circle"), "RedirectError"),
    ("circle-of-two", to("/circle-of-two?"), "RedirectError"),
    ("gzip-bomb", answer(gzip.compress(ZEROS), "Content-Encoding: gzip"), "TooLargeError"),
    (
        "gzip-bomb-twice",
        answer(gzip.compress(gzip.compress(ZEROS)), "Content-Encoding: gzip, gzip"),
        "TooLargeError",
    ),
    ("br-bomb", answer(brotli.compress(ZEROS, quality=3), "Content-Encoding: br"), "TooLargeError"),
    ("zstd-bomb", answer(zstd.compress(ZEROS), "Content-Encoding: zstd"), "TooLargeError"),
    ("six-packings", answer(RSS, "Content-Encoding: " + ", ".join(["gzip"] * 6)), "BadAnswerError"),
    ("no-gzip", answer(RSS, "Content-Encoding: gzip"), "BadAnswerError"),
    ("no-br", answer(GARBAGE, "Content-Encoding: br"), "BadAnswerError"),
    ("no-zstd", answer(RSS, "Content-Encoding: zstd"), "BadAnswerError"),
    (
        "truncated-gzip",
        answer(gzip.compress(RSS + GARBAGE[:9000])[:-4000], "Content-Encoding: gzip"),
        "BadAnswerError",
    ),
    (
        "truncated-br",
        answer(brotli.compress(RSS + GARBAGE[:9000])[:-4000], "Content-Encoding: br"),
        "BadAnswerError",
    ),
    (
        "truncated-zstd",
        answer(zstd.compress(RSS + GARBAGE[:9000])[:-4000], "Content-Encoding: zstd"),
        "BadAnswerError",
    ),
    ("unknown-packing", answer(RSS, "Content-Encoding: utf-8"), "read"),
    ("endless-body", again(b"<a>" * 9000, b"HTTP/1.1 200 OK\r\n\r\n"), "TooLargeError"),
    ("announced-body", raw(OK, "Content-Length: 99999999999999999999"), "TooLargeError"),
    ("ten-megabytes-of-garbage", answer(GARBAGE * 50), "TooLargeError"),
    ("garbage", answer(GARBAGE), "ParseError"),
    ("dripping-body", again(b"x", b"HTTP/1.1 200 OK\r\n\r\n", 0.1), "TimedOutError"),
    ("dripping-header", again(b"X-Drip: 1\r\n", b"HTTP/1.1 200 OK\r\n", 0.1), "TimedOutError"),
    ("dripping-status-line", again(b"H", pause=0.1), "TimedOutError"),
    (
        "dripping-chunks",
        again(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0.1),
        "TimedOutError",
    ),
    ("endless-continue", again(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.05), "TimedOutError"),
    ("silence", silence, "TimedOutError"),
    ("hang-up", b"", "BadAnswerError"),
    ("reset", reset, "BadAnswerError"),
    (
        "header-flood",
        again(b"X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", b"HTTP/1.1 200 OK\r\n"),
        "BadAnswerError",
    ),
    ("huge-header", raw(OK, "X-Huge: " + "a" * 1_000_000, body=RSS), "BadAnswerError"),
    ("nul-in-header", raw(OK, "X-Nul: a\0b", "Content-Length: 0"), "BadAnswerError"),
    ("no-header-name", raw(OK, ": x", "Content-Length: 0"), "BadAnswerError"),
    ("other-protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "BadAnswerError"),
    ("bare-body", RSS, "BadAnswerError"),
    ("status-of-letters", raw("HTTP/1.1 abc OK"), "BadAnswerError"),
    ("status-beyond-all", raw("HTTP/1.1 999 Go away", "Content-Length: 0"), "StatusError"),
    ("longer-than-said", answer(RSS).replace(b"Content-Length: ", b"Content-Length: 9"), "BadAnswerError"),
    ("shorter-than-said", raw(OK, "Content-Length: 150", body=RSS), "read"),
    ("negative-length", raw(OK, "Content-Length: -5", body=RSS), "BadAnswerError"),
    ("two-lengths", raw(OK, "Content-Length: 5", "Content-Length: 6", body=RSS), "BadAnswerError"),
    ("garbage-chunks", raw(OK, "Transfer-Encoding: chunked", body=b"zz\r\n" + RSS), "BadAnswerError"),
    ("huge-chunk", raw(OK, "Transfer-Encoding: chunked", body=b"f" * 30 + b"\r\n"), "BadAnswerError"),
    ("cut-chunks", raw(OK, "Transfer-Encoding: chunked", body=b"40\r\n<rss"), "BadAnswerError"),
    ("odd-transfer", raw(OK, "Transfer-Encoding: gzip", body=RSS), "BadAnswerError"),
    ("not-modified-unasked", raw("HTTP/1.1 304 Not Modified"), "BadAnswerError"),
    ("a-part", answer(RSS[:90], status="206 Partial Content"), "BadAnswerError"),
    ("redirect-to-nowhere", raw("HTTP/1.1 302 Found", "Content-Length: 0"), "StatusError"),
    ("no-content", raw("HTTP/1.1 204 No Content"), "ParseError"),
    ("empty", answer(b""), "ParseError"),
    ("blanks", answer(b" \n" * 50_000), "ParseError"),
    ("web-page", answer(b"<!doctype html><html><body><p>Hello", XML), "ParseError"),
    ("login-wall", answer(b"", status="401 Unauthorized"), "BlockedError"),
    ("forbidden", answer(b"", status="403 Forbidden"), "BlockedError"),
    ("gone", answer(b"", status="410 Gone"), "StatusError"),
    (
        "retry-after-garbage",
        answer(b"", "Retry-After: Mon, 99 Foo 99999 99:99:99 GMT", status="503 No"),
        "StatusError",
    ),
    ("retry-after-ages", answer(b"", "Retry-After: 999999999", status="429 No"), "StatusError"),
    ("cookies", answer(RSS, *(f"Set-Cookie: c{n}={'x' * 900}; Path=/" for n in range(50))), "read"),
    ("odd-validators", answer(RSS, "ETag: \xff\xfe", "Last-Modified: " + "9" * 9000), "read"),
    ("odd-freshness", answer(RSS, "Cache-Control: max-age=99999999999999999999", "Expires: -1"), "read"),
    ("odd-charset", answer(RSS, 'Content-Type: text/xml; charset="../../x"'), "read"),
    ("billion-laughs", rss(LAUGHS + "]>", "<title>&j;</title>"), "ParseError"),
    ("quadratic-blow-up", rss(f"<!DOCTYPE r [<!ENTITY a '{'a' * 50_000}'>]>", "&a;" * 20_000), "ParseError"),
    (
        "foreign-entity",
        rss("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "<title>&x;</title>"),
        "ParseError",
    ),
    ("foreign-dtd", rss("<!DOCTYPE rss SYSTEM 'http://127.0.0.1/evil.dtd'>"), "read"),
    ("parameter-entity", rss("<!DOCTYPE r [<!ENTITY % x SYSTEM 'http://127.0.0.1/'> %x;]>"), "ParseError"),
    (
        "foreign-inclusion",
        rss(inside="<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/>"),
        "read",
    ),
    ("nul-bytes", answer(RSS.replace(b"Ferry", b"Fe\0rry"), XML), "read"),
    ("bad-utf-8", answer(RSS.replace(b"Ferry", b"F\xc3\x28erry"), XML), "read"),
    ("false-encoding", answer(b"<?xml version='1.0' encoding='utf-16'?>" + RSS, XML), "read"),
    ("never-closed", answer(RSS.partition(b"</channel>")[0], XML), "read"),
    ("json-deep", answer(b"[" * 100_000), "ParseError"),
    ("json-odd", answer(json.dumps({"items": {"a": 1}}).encode()), "ParseError"),
    (
        "json-odd-items",
        answer(json.dumps({"items": [1, None, {"url": ["x"], "id": 3, "title": {}}]}).encode()),
        "read",
    ),
)

#: Pages that a feed's items point to; whatever happens, the feed's own words are kept, now or after three attempts.
PAGES: tuple[Row, ...] = (
    ("page-bomb", answer(gzip.compress(ZEROS), "Content-Encoding: gzip"), "feed_only"),
    ("page-endless", again(b"<p>" * 9000, b"HTTP/1.1 200 OK\r\n\r\n"), "feed_only"),
    ("page-silent", silence, "TimedOutError"),
    ("page-dripping", again(b"x", b"HTTP/1.1 200 OK\r\n\r\n", 0.1), "TimedOutError"),
    ("page-to-file", to("file:///etc/passwd"), "feed_only"),
    ("page-to-metadata", to("http://169.254.169.254/"), "feed_only"),
    ("page-circle", to("/page-circle"), "feed_only"),
    ("page-garbage", answer(GARBAGE, "Content-Type: text/html"), "feed_only"),
    ("page-empty", answer(b"", "Content-Type: text/html"), "feed_only"),
    ("page-deep", answer(b"<div>" * 50_000, "Content-Type: text/html"), "feed_only"),
    ("page-nul", answer(b"\0" * 9000, "Content-Type: text/html"), "feed_only"),
    ("page-no-http", b"\xff\xfe\xfd\r\n\r\n", "BadAnswerError"),
    ("page-gone", answer(b"", status="410 Gone"), "feed_only"),
    ("page-429", answer(b"", "Retry-After: 60", status="429 No"), "StatusError"),
)
