"""Every hostile answer in one crawl: each ends in its own named error or is read, and the good neighbour loses nothing."""

from __future__ import annotations

import asyncio
import socket

import pytest

from monitor import errors
from monitor.errors import RefusedAddressError
from monitor.fetch import Fetcher
from monitor.model import Feed, FeedState, make_id
from monitor.pipeline import run_stage
from monitor.settings import Settings
from monitor.stages import feeds_stage, pages_stage
from monitor.wiring import open_service
from tests.fakes import NOON, StillClock
from tests.hostile_rows import FEEDS, PAGES, RSS, XML
from tests.raw_server import RawServer, answer

WORDS = "The harbour was closed on Monday after the storm had torn two ships from their moorings. "
ARTICLE = f"<html lang=en><title>Storm</title><article><p>{WORDS * 8}</p></article></html>".encode()
GOOD = 12


def _items(paths, host):
    items = (
        f"<item><title>{path}</title><link>http://{host(path)}.example/{path}</link><guid>{path}</guid>"
        f"<description>{WORDS}</description></item>"
        for path in paths
    )
    return f"<rss version='2.0'><channel><title>T</title>{''.join(items)}</channel></rss>".encode()


def _scripts():
    good = [f"good-{number}" for number in range(GOOD)]
    pages = [name for name, *_ in PAGES]
    return {
        **{f"/{name}": script for name, script, _ in (*FEEDS, *PAGES)},
        "/circle-of-two?": answer(status="302 Found").replace(
            b"\r\n\r\n", b"\r\nLocation: /circle-of-two\r\n\r\n"
        ),
        "/page": answer(ARTICLE, "Content-Type: text/html"),
        "/neighbour": answer(_items(good, lambda _: "neighbour"), XML),
        "/pages": answer(_items(pages, str), XML),
        **{f"/{name}": answer(ARTICLE, "Content-Type: text/html") for name in good},
    }


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    """One crawl of everything: the store after it, and the server's requests."""
    names = [name for name, *_ in (*FEEDS, *PAGES)] + ["neighbour", "pages", "post"]
    clock = StillClock(NOON)
    with RawServer(_scripts()) as server:
        settings = Settings(
            db=tmp_path_factory.mktemp("hostile") / "x.db",
            resolve=tuple(f"{name}.example=127.0.0.1:{server.port}" for name in names),
            host_interval=0,
            header_seconds=1,
            body_seconds=1.5,
            fetch_seconds=3,
            max_bytes=300_000,
            workers=1,
        )
        with open_service(settings, clock, seed=1) as service:
            feeds = [_feed(name) for name in (*(row[0] for row in FEEDS), "neighbour", "pages")]
            service.store.sync_feeds(feeds)
            run_stage(feeds_stage(service.fetcher, service.rng), service.store, service.executors, clock)
            run_stage(pages_stage(service.fetcher, 5), service.store, service.executors, clock)
            yield service.store, server


def _feed(name):
    return Feed(url=f"http://{name}.example/{name}", name=name)


def _failure(store, stage, key):
    return next((row.error for row in store.failures(1000) if (row.stage, row.key) == (stage, key)), None)


def test_there_are_enough_rows():
    assert len(FEEDS) + len(PAGES) >= 100
    assert len({row[0] for row in (*FEEDS, *PAGES)}) == len(FEEDS) + len(PAGES)


@pytest.mark.parametrize(("name", "want"), [(name, want) for name, _, want in FEEDS])
def test_a_hostile_feed_ends_in_its_error_or_is_read(crawl, name, want):
    store, _ = crawl
    feed = _feed(name)
    found = _failure(store, "feeds", feed.url)
    assert (found or "read") == want
    state = store.feed_state(feed.id)
    assert state.next_check > NOON
    assert (state.last_success is not None) is (want == "read")
    assert state.paused is (name == "gone")
    if want != "read":
        assert issubclass(getattr(errors, want), errors.FramewireError)
        assert (
            name.startswith("to-") or name in state.last_error
        )  # of a redirect the error names where it led
        assert state.last_error


@pytest.mark.parametrize(("name", "want"), [(name, want) for name, _, want in PAGES])
def test_a_hostile_page_ends_in_its_error_or_in_the_feeds_own_words(crawl, name, want):
    store, _ = crawl
    url = f"http://{name}.example/{name}"
    row = store.rows("select id, article from entries where url = ?", [url])[0]
    if want != "feed_only":
        assert _failure(store, "pages", row["id"]) == want
        assert row["article"] is None  # it is tried again
        return
    article = store.article(row["article"])
    assert "feed_only" in article.flags
    assert article.text.startswith("The harbour was closed")


def test_the_good_neighbour_loses_nothing(crawl):
    store, _ = crawl
    rows = store.rows("select article from entries where feed = ?", [_feed("neighbour").id])
    assert len(rows) == GOOD
    articles = [store.article(row["article"]) for row in rows]
    assert all(article.text.count("harbour") == 8 for article in articles)


def test_nobody_got_a_cookie_back_or_learned_where_we_came_from(crawl):
    _, server = crawl
    assert len(server.heads) > len(FEEDS)
    assert not any(b"\r\ncookie:" in head.lower() or b"\r\nreferer:" in head.lower() for head in server.heads)


def test_no_odd_address_reached_the_server(crawl):
    _, server = crawl
    assert server.asked("/feed") == server.asked("/evil.dtd") == 0


def test_a_name_that_changes_its_address_between_check_and_use_gains_nothing(monkeypatch):
    """DNS rebinding: the first answer is public, every later one is loopback; only the first is ever used."""
    asked, connected = [], []

    async def getaddrinfo(_loop, host, port, **_):
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    async def connect_tcp(_self, host, _port, **_):
        connected.append(host)
        raise OSError("there is no internet here")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("httpcore2.AnyIOBackend.connect_tcp", connect_tcp)

    async def work():
        fetcher = Fetcher(Settings(host_interval=0))
        found = []
        for _ in range(2):
            try:
                await fetcher.feed("http://rebind.example/", FeedState(feed=make_id("f")))
            except errors.FetchError as error:
                found.append(type(error))
        await fetcher.aclose()
        return found

    assert asyncio.run(work()) == [errors.FetchError, RefusedAddressError]
    assert connected == ["93.184.216.34"]


def test_a_name_with_a_private_address_among_public_ones_is_refused(monkeypatch):
    async def getaddrinfo(_loop, _host, port, **_):
        found = ("93.184.216.34", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)

    async def work():
        fetcher = Fetcher(Settings(host_interval=0))
        with pytest.raises(RefusedAddressError, match=r"10\.0\.0\.1"):
            await fetcher.feed("http://both.example/", FeedState(feed="f"))
        await fetcher.aclose()

    asyncio.run(work())


def test_the_good_feed_of_the_rows_is_good():
    assert RSS.count(b"<item>") == 1
