"""How the crawler behaves towards servers: few connections, turns, pauses, robots.txt asked once a day."""

import asyncio
import socket
import threading
from datetime import timedelta

import pytest

from monitor.errors import BadAnswerError, BlockedError, BusyHostError, RobotsError, StatusError, StoreError
from monitor.fetch import MAX_CONNECTIONS, Fetcher
from monitor.model import FeedState
from monitor.settings import Settings
from monitor.wiring import open_service
from tests.fakes import StillClock
from tests.raw_server import RawServer, answer

PAGE, STATE = b"<p>text", FeedState(feed="f")


@pytest.fixture
def server():
    with RawServer() as running:
        yield running


def crawl(server, work, clock=None, known=(), hosts=("wire.example",), **settings):
    """Run `work(fetcher)` with a fetcher that finds the hosts at the server."""
    resolve = tuple(f"{host}=127.0.0.1:{server.port}" for host in hosts)
    chosen = Settings(**({"resolve": resolve, "host_interval": 0, "fetch_seconds": 20.0} | settings))

    async def run():
        fetcher = Fetcher(chosen, clock or StillClock())
        fetcher.hosts.restore(known)
        try:
            return await work(fetcher), fetcher.hosts.changed()
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def test_hundreds_of_feeds_at_once_share_a_few_connections(server):
    server.scripts["/feed"] = answer(b"<rss/>")
    hosts = tuple(f"h{number}.example" for number in range(500))

    async def work(fetcher):
        asked = (fetcher.feed(f"http://{host}/feed", STATE) for host in hosts)
        return await asyncio.gather(*asked)

    found, _ = crawl(server, work, hosts=hosts)
    assert len(found) == server.asked("/feed") == 500
    assert server.most_open <= MAX_CONNECTIONS


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_host_that_asks_for_a_pause_gets_it_for_all_its_pages_and_feeds(server, status):
    server.scripts["/a"] = answer(b"", "Retry-After: 90", status=status)

    async def work(fetcher):
        with pytest.raises(StatusError):
            await fetcher.feed("http://wire.example/a", STATE)
        with pytest.raises(BusyHostError) as caught:
            await fetcher.page("http://wire.example/b")
        return caught.value.retry_after

    assert crawl(server, work)[0] == 90
    assert len(server.heads) == 1


def test_robots_txt_is_asked_once_a_day_also_across_a_restart(server):
    server.scripts |= {"/robots.txt": answer(b"User-agent: *\nDisallow: /no"), "/a": answer(PAGE)}
    clock = StillClock()

    async def work(fetcher):
        with pytest.raises(RobotsError):
            await fetcher.page("http://wire.example/no")
        return (await fetcher.page("http://wire.example/a")).body

    body, known = crawl(server, work, clock)
    assert body == PAGE
    clock.skip(hours=23)
    crawl(server, work, clock, known)
    assert server.asked("/robots.txt") == 1
    clock.skip(hours=2)
    crawl(server, work, clock, known)
    assert server.asked("/robots.txt") == 2


def test_a_robots_txt_that_fails_closes_the_host_for_an_hour_and_the_page_is_tried_again(server):
    server.scripts |= {"/robots.txt": answer(status="500 Oops"), "/a": answer(PAGE)}
    clock = StillClock()

    async def closed(fetcher):
        with pytest.raises(RobotsError, match="could not be had") as caught:
            await fetcher.page("http://wire.example/a")
        return caught.value

    error, known = crawl(server, closed, clock)
    assert (error.retry_after, error.weight) == (3600, 0.25)
    server.scripts["/robots.txt"] = answer(b"")
    crawl(server, closed, clock, known)
    clock.skip(seconds=3600)
    assert crawl(server, lambda fetcher: fetcher.page("http://wire.example/a"), clock, known)[0].body == PAGE


def test_a_page_that_leads_to_another_host_obeys_that_hosts_robots_txt(server):
    server.scripts |= {
        "/a": answer(b"", "Location: http://post.example/b", status="302 Found"),
        "/b": answer(PAGE),
    }

    async def work(fetcher):
        fetcher.hosts.of("http://post.example/").robots = "User-agent: *\nDisallow: /"
        fetcher.hosts.of("http://post.example/").robots_until = fetcher.clock() + timedelta(hours=1)
        with pytest.raises(RobotsError):
            await fetcher.page("http://wire.example/a")

    crawl(server, work, hosts=("wire.example", "post.example"))
    assert server.asked("/b") == 0


def test_robots_txt_may_ask_for_more_time_between_pages(server):
    server.scripts |= {"/robots.txt": answer(b"User-agent: *\nCrawl-delay: 30"), "/a": answer(PAGE)}
    _, changed = crawl(server, lambda fetcher: fetcher.page("http://wire.example/a"), host_interval=0.01)
    waits = (changed[0].next_request - StillClock()()).total_seconds()
    assert 29 <= waits <= 30


def test_a_challenge_for_browsers_is_told_as_a_block(server):
    server.scripts["/a"] = answer(b"<html>Just a moment", "cf-mitigated: challenge", status="403 Forbidden")
    with pytest.raises(BlockedError, match="Cloudflare asks for a browser"):
        crawl(server, lambda fetcher: fetcher.feed("http://wire.example/a", STATE))


def test_validators_of_any_bytes_go_back_as_they_came(server):
    tag = b'"\xd0\xb2\xff"'
    server.scripts["/a"] = (
        b"HTTP/1.1 200 OK\r\nETag: " + tag + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    found, _ = crawl(server, lambda fetcher: fetcher.feed("http://wire.example/a", STATE))
    known = FeedState(feed="f", etag=found.etag, last_modified="Пн")  # the latter no server can have sent
    crawl(server, lambda fetcher: fetcher.feed("http://wire.example/a", known))
    assert b"If-None-Match: " + tag + b"\r\n" in server.heads[-1]
    assert b"If-Modified-Since" not in server.heads[-1]


def test_not_modified_is_no_answer_to_a_question_without_conditions(server):
    server.scripts["/a"] = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    with pytest.raises(BadAnswerError, match="304"):
        crawl(server, lambda fetcher: fetcher.feed("http://wire.example/a", STATE))


def test_all_three_packings_and_http_2_are_offered(server):
    server.scripts["/a"] = answer(b"")
    crawl(server, lambda fetcher: fetcher.feed("http://wire.example/a", STATE))
    assert {b"gzip", b"br", b"zstd"} <= {
        word.strip() for word in _header(server.heads[0], b"accept-encoding")
    }
    assert b"h2" in _client_hello()


def test_one_process_at_a_time_crawls_a_database(tmp_path):
    settings = Settings(db=tmp_path / "x.db", workers=1)
    with (
        open_service(settings),
        pytest.raises(StoreError, match="another process"),
        open_service(settings),
    ):
        pass
    with open_service(settings):
        pass


def _header(head, name):
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next(value.split(b",") for key, _, value in lines if key.lower() == name)


def _client_hello():
    """What an https request says first: its ALPN list stands in it in plain bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = []

        def listen():
            connection, _ = listener.accept()
            with connection:
                said.append(connection.recv(65536))

        thread = threading.Thread(target=listen)
        thread.start()
        port = listener.getsockname()[1]

        async def ask():
            fetcher = Fetcher(Settings(private_hosts=("127.0.0.1",)))
            with pytest.raises(Exception, match="cannot be reached"):
                await fetcher.feed(f"https://127.0.0.1:{port}/", STATE)
            await fetcher.aclose()

        asyncio.run(ask())
        thread.join()
    alpn = b"\x02h2\x08http/1.1"
    assert alpn in said[0] or b"\x08http/1.1\x02h2" in said[0]
    return said[0]
