"""Real feeds and pages, where `../shared/data` is there: whatever they hold, nothing but our own errors comes out."""

import xml.etree.ElementTree as ET

import httpx2
import pytest

from monitor.decide import Fetched, Parsed
from monitor.decode import decode
from monitor.errors import FramewireError
from monitor.extract import read_page
from monitor.model import Feed, FeedState
from monitor.parse import FeedJob, parse_feed
from monitor.time_limit import time_limit
from tests.fakes import NOON
from tests.replay.server import DATA, STATE, ReplayServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (DATA / "feeds").is_dir(), reason=f"{DATA} is not there: real material is not in the repository"
    ),
]
#: Of the documents: lower than what is reached, so that a new file may be broken, and a broken parser is noticed.
PARSED, EXTRACTED = 0.98, 0.95
PAGES = 60


@pytest.fixture(scope="module")
def server():
    with ReplayServer() as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    with httpx2.Client(trust_env=False, base_url=server.base) as opened:
        yield opened


def _fetch(client, path, state=None):
    headers = {"If-None-Match": state.etag} if state and state.etag else {}
    answer = client.get(path, headers=headers)
    return Fetched(
        status=answer.status_code,
        url=f"http://replay.example{path}",
        body=answer.content,
        content_type=answer.headers.get("content-type", ""),
        etag=answer.headers.get("etag"),
    )


def _read(client, path, state=None):
    feed = Feed(url=f"http://replay.example{path}", name=path)
    fetched = _fetch(client, path, state)
    return parse_feed(FeedJob(feed=feed, state=state or FeedState(feed=feed.id), fetched=fetched, now=NOON))


@pytest.fixture(scope="module")
def outcomes(server, client):
    """What became of each feed document: a Parsed, or whatever was raised."""
    found = {}
    for path in server.feeds:
        try:
            found[path] = _read(client, path)
        except Exception as error:  # noqa: BLE001 (all of them are wanted, not the first)
            found[path] = error
    return found


@pytest.mark.timeout(600)
def test_every_feed_parses_or_fails_with_our_own_error(outcomes):
    errors = {path: repr(found) for path, found in outcomes.items() if isinstance(found, Exception)}
    foreign = {
        path: error for path, error in errors.items() if not isinstance(outcomes[path], FramewireError)
    }
    assert foreign == {}
    assert len(errors) <= (1 - PARSED) * len(outcomes), errors


@pytest.mark.timeout(600)
def test_entries_of_real_feeds_have_what_the_feed_gave(outcomes):
    entries = [
        (path, entry)
        for path, found in outcomes.items()
        if isinstance(found, Parsed)
        for entry in found.entries
    ]
    assert len(entries) > 8500
    assert [(path, e.published_raw) for path, e in entries if e.published_raw and not e.published] == []
    assert [path for path, e in entries if not (e.url or e.title)] == []
    # What SQLite does not take: half surrogates.
    assert all((e.title + e.summary + e.content + e.url).encode() for _, e in entries)


def test_a_crawl_of_the_state_department_sees_each_release_once(server, client, store):
    expected = {
        link.text.strip()
        for snapshot in server.snapshots
        for link in ET.fromstring(snapshot.read_text(encoding="utf-8")).iterfind("channel/item/link")
    }
    store.sync_feeds([Feed(url=f"http://replay.example{STATE}", name="State Department")])
    entries = _crawl(server, client, store)
    assert len(entries) == len(expected) == store.counts()["entries"]
    assert {entry.url for entry in entries.values()} == expected
    assert all(entry.published and entry.title for entry in entries.values())
    assert _crawl(server, client, store).keys() == entries.keys()
    assert store.counts()["entries"] == len(expected)


def _crawl(server, client, store):
    """Walk through all snapshots as a crawler does, asking each twice; every entry by its id."""
    server.rewind()
    state, seen = FeedState(feed=Feed(url=f"http://replay.example{STATE}", name="s").id), {}
    while True:
        parsed = _read(client, STATE, state)
        assert parsed.fetched.status == 200
        with store.write():
            store.save_entries(parsed.entries)
        seen |= {entry.id: entry for entry in parsed.entries}
        state = FeedState(feed=state.feed, etag=parsed.fetched.etag)
        unchanged = _read(client, STATE, state)
        assert (unchanged.fetched.status, unchanged.entries) == (304, ())
        if not server.advance():
            return seen


def test_real_pages_give_a_text_or_our_own_error(server, client):
    step = max(1, len(server.pages) // PAGES)
    sample, texts, foreign = server.pages[::step][:PAGES], 0, {}
    for path in sample:
        body = client.get(path).content
        try:
            with time_limit(60, path):
                texts += bool(read_page(decode(body, "text/html"), f"http://replay.example{path}").text)
        except FramewireError:
            continue
        except Exception as error:  # noqa: BLE001 (all of them are wanted, not the first)
            foreign[path] = repr(error)
    assert foreign == {}
    assert len(sample) == PAGES
    assert texts >= EXTRACTED * PAGES


def test_the_server_plays_what_is_there(server, client):
    assert len(server.feeds) > 400
    assert len(server.pages) > 300
    assert client.get("/feeds/no-such-file.xml").status_code == 404
    server.rewind()
    first = client.get(STATE)
    assert server.advance()
    second = client.get(STATE, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.headers["last-modified"] != first.headers["last-modified"]
