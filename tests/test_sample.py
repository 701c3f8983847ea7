"""The sample world: what it promises, and that its server behaves as real ones do."""

import re
import time
from collections import Counter
from datetime import timedelta

import httpx2
import pytest

from classifiers.actors import actors
from monitor.config import load_feeds
from monitor.decide import Fetched
from monitor.decode import decode
from monitor.errors import ConfigError
from monitor.model import OUTLET, FeedState
from monitor.parse import FeedJob, parse_feed
from monitor.sample import render
from monitor.sample.server import SLOW_SECONDS, SampleServer
from monitor.sample.world import feeds, load_world, write_feeds_yaml
from tests.fakes import NOON

WORLD = load_world()
ARTICLES = list(WORLD.articles)
each_outlet = pytest.mark.parametrize("outlet", WORLD.outlets, ids=lambda outlet: outlet.key)


@pytest.fixture
def server():
    with SampleServer() as running:
        yield running


@pytest.fixture
def client():
    with httpx2.Client(trust_env=False) as opened:
        yield opened


def _get(server, client, key, path, **headers):
    return client.get(server.base + path, headers={"Host": WORLD.outlet(key).host, **headers})


def _parse(outlet):
    document = render.feed(WORLD, outlet)
    feed = next(feed for feed in feeds() if outlet.host in feed.url)
    fetched = Fetched(status=200, url=feed.url, body=document.body, content_type=document.content_type)
    return parse_feed(FeedJob(feed=feed, state=FeedState(feed=feed.id), fetched=fetched, now=NOON))


# What the world promises


def test_it_is_as_large_as_it_says():
    assert len(WORLD.outlets) >= 12
    assert sum(outlet.state is not None for outlet in WORLD.outlets) >= 5
    assert len(WORLD.events) == 8
    assert len(ARTICLES) >= 70
    assert len({outlet.language for outlet in WORLD.outlets}) >= 8
    assert sum(len(article.frames) for article in ARTICLES) >= 90


def test_every_format_encoding_and_quirk_occurs():
    assert {outlet.feed for outlet in WORLD.outlets} == {"rss2", "rss1", "atom", "json"}
    assert {outlet.encoding for outlet in WORLD.outlets} == {"utf-8", "windows-1251"}
    quirks = {"xml_error", "slow_page", "redirect", "rate_limited", "server_error_once"}
    assert quirks <= {outlet.quirk for outlet in WORLD.outlets}
    assert {render.layout(WORLD, outlet) for outlet in WORLD.outlets} == set(render.LAYOUTS)


def test_every_event_is_told_in_several_languages():
    for event in WORLD.events:
        languages = {WORLD.outlet(article.outlet).language for article in event.articles}
        assert len(languages) >= 4, event.slug


def test_frames_name_known_actors_and_quote_exactly():
    for article in ARTICLES:
        for frame in article.frames:
            assert {frame.blamer, frame.target} <= {*actors(), OUTLET}, article.path
            assert frame.target != OUTLET
            assert any(frame.evidence in piece for piece in (article.title, *article.paragraphs)), frame


def test_a_frame_stands_once_in_an_article():
    for article in ARTICLES:
        keys = Counter((frame.blamer, frame.target, frame.stance) for frame in article.frames)
        assert all(count == 1 for count in keys.values()), article.path


def test_addresses_are_of_one_article_each():
    places = [(article.outlet, article.path) for article in ARTICLES]
    assert len(set(places)) == len(places)
    assert all(re.fullmatch(r"/2026/10/\d\d/[a-z0-9-]+\.html", path) for _, path in places)


def test_its_feeds_file_reads_as_its_feeds(tmp_path):
    write_feeds_yaml(tmp_path / "feeds.yaml")
    assert load_feeds(tmp_path / "feeds.yaml") == feeds()


# Who adds an event hears what is wrong with it

_OUTLETS = """
- {key: a, name: A, host: a.example, language: en, country: GBR, state: null, kind: public,
   feed: rss2, encoding: utf-8, quirk: null, tagline: t}
- {key: b, name: B, host: b.example, language: ru, country: RUS, state: RUS, kind: state_media,
   feed: atom, encoding: windows-1251, quirk: null, tagline: t}
"""
_EVENT = """
slug: x
title: X
start: "2026-10-05T07:30:00Z"
articles:
  - {outlet: a, minutes: 5, title: One, author: null, summary: s, paragraphs: [Moscow blamed Kyiv.], wire_of: null,
     frames: [{blamer: RUS, target: UKR, stance: blames, kind: other, caveat: false, evidence: Moscow blamed}]}
  - {outlet: b, minutes: 9, title: Два, author: null, summary: s, paragraphs: [п], wire_of: null, frames: []}
"""


def _world(folder, outlets=_OUTLETS, event=_EVENT):
    (folder / "events").mkdir()
    (folder / "outlets.yaml").write_text(outlets, encoding="utf-8")
    (folder / "events" / "x.yaml").write_text(event, encoding="utf-8")
    return load_world(folder)


def test_a_small_world_loads(tmp_path):
    event = _world(tmp_path).events[0]
    assert event.articles[0].published - event.start == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("outlet: a", "outlet: q", "articles.0: outlet 'q' is not in outlets.yaml"),
        ("minutes: 9", "minutes: 1", "articles.1: is earlier than the article before"),
        ("minutes: 9", "minutes: -9", "articles.1.minutes"),
        ("kind: other", "kind: theft", "articles.0.frames.0.kind"),
        ("kind: other", "sort: other", "articles.0.frames.0"),
        ("evidence: Moscow", "evidence: Mosow", "articles.0: the evidence 'Mosow blamed'"),
        ("[п], wire_of: null", "[п], wire_of: 0", "articles.1: wire_of 0 is in another language"),
        ("[п], wire_of: null", "[п], wire_of: 1", "articles.1: wire_of 1 is no earlier article"),
        ("title: Два", "title: Ğ", "articles.1: 'Ğ' cannot be written in windows-1251"),
        ("slug: x", "slug: y", "has the slug 'y'"),
        ("title: X", "title: [X", "is no YAML"),
    ],
)
def test_a_wrong_event_is_a_clear_error(tmp_path, old, new, message):
    assert old in _EVENT
    with pytest.raises(ConfigError, match=re.escape(message)):
        _world(tmp_path, event=_EVENT.replace(old, new, 1))


def test_a_host_named_twice_and_a_missing_folder_are_errors(tmp_path):
    with pytest.raises(ConfigError, match="twice"):
        _world(tmp_path, outlets=_OUTLETS.replace("b.example", "a.example"))
    with pytest.raises(ConfigError, match=r"outlets\.yaml"):
        load_world(tmp_path / "nowhere")


# Its documents


@each_outlet
def test_a_feed_parses_to_what_was_published(outlet):
    articles = WORLD.articles_of(outlet)
    entries = _parse(outlet).entries
    found = [(entry.url, entry.title, entry.summary, entry.published) for entry in entries]
    root = f"http://{outlet.host}"
    assert found == [(root + render.link_path(outlet, a), a.title, a.summary, a.published) for a in articles]


def test_the_russian_feed_is_in_windows_1251():
    body = render.feed(WORLD, WORLD.outlet("volna")).body
    assert b'encoding="windows-1251"' in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_the_faulty_feed_is_faulty_and_read_all_the_same():
    outlet = WORLD.outlet("ochtend")
    assert b" & " in render.feed(WORLD, outlet).body
    parsed = _parse(outlet)
    assert "not well-formed" in parsed.warning
    assert any(" & " in entry.summary for entry in parsed.entries)


@each_outlet
def test_a_page_gives_its_article_without_the_clutter(outlet):
    from monitor.extract import read_page

    for article in WORLD.articles_of(outlet):
        document = render.page(WORLD, article)
        found = read_page(decode(document.body, document.content_type), f"http://{outlet.host}{article.path}")
        assert found.title == article.title
        assert found.text.removeprefix(article.summary).strip() == article.text


@each_outlet
def test_a_page_says_its_language_and_direction(outlet):
    markup = decode(render.page(WORLD, WORLD.articles_of(outlet)[0]).body)
    direction = "rtl" if outlet.language in ("ar", "fa") else "ltr"
    assert f'<html lang="{outlet.language}" dir="{direction}">' in markup


def test_dates_for_machines_stand_in_some_layouts_only():
    marks = {
        render.layout(WORLD, outlet): decode(render.page(WORLD, WORLD.articles_of(outlet)[0]).body)
        for outlet in WORLD.outlets
    }
    assert "datePublished" in marks["broadsheet"]
    assert "article:published_time" in marks["portal"]
    assert "datePublished" not in marks["plain"]
    assert 'rel="canonical"' not in marks["portal"]


def test_a_page_stays_as_it_was_when_later_ones_appear():
    article = WORLD.articles_of(WORLD.outlet("volna"))[-1]
    assert render.page(WORLD, article) == render.page(WORLD, article)
    assert WORLD.articles_of(WORLD.outlet("volna"))[0].path not in decode(render.page(WORLD, article).body)


# Its server


@each_outlet
def test_every_front_page_names_the_feed(server, client, outlet):
    answer = _get(server, client, outlet.key, "/")
    assert answer.status_code == 200
    assert f'href="{outlet.feed_path}"' in decode(answer.content)
    assert "rel" in decode(answer.content)
    assert _get(server, client, outlet.key, "/robots.txt").text.startswith("User-agent: *")


@pytest.mark.parametrize("path", ["/feed.xml", WORLD.articles_of(WORLD.outlet("volna"))[0].path])
def test_validators_answer_304(server, client, path):
    first = _get(server, client, "volna", path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert re.fullmatch(r'"[^"]+"', etag)
    for condition in (
        {"If-None-Match": etag},
        {"If-Modified-Since": modified},
        {"If-None-Match": f'"other", W/{etag}'},
    ):
        again = _get(server, client, "volna", path, **condition)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    # RFC 9110: a tag that does not match wins over a date that does.
    both = {"If-None-Match": '"other"', "If-Modified-Since": modified}
    assert _get(server, client, "volna", path, **both).status_code == 200
    assert server.asked(WORLD.outlet("volna").host, path, 304) == 3


def test_bodies_are_packed_for_those_who_ask(server, client):
    packed = _get(server, client, "quai", "/atom.xml", **{"Accept-Encoding": "gzip"})
    plain = _get(server, client, "quai", "/atom.xml", **{"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]


def test_the_first_request_of_a_limited_feed_gets_429(server, client):
    first, second = (_get(server, client, "harbour", "/feed.xml") for _ in range(2))
    assert (first.status_code, first.headers["retry-after"]) == (429, "1")
    assert second.status_code == 200


def test_the_first_request_of_a_failing_feed_gets_500(server, client):
    assert [_get(server, client, "wadi", "/feed.xml").status_code for _ in range(3)] == [500, 200, 200]


def test_links_of_a_redirecting_outlet_lead_to_the_canonical_path(server, client):
    outlet = WORLD.outlet("meridian")
    article = WORLD.articles_of(outlet)[0]
    answer = _get(server, client, "meridian", render.link_path(outlet, article))
    assert (answer.status_code, answer.headers["location"]) == (302, article.path)
    assert _get(server, client, "meridian", article.path).status_code == 200
    assert (
        _get(server, client, "volna", "/go" + WORLD.articles_of(WORLD.outlet("volna"))[0].path).status_code
        == 404
    )


def test_one_page_of_the_slow_outlet_is_slow(server, client):
    articles = WORLD.articles_of(WORLD.outlet("nordsued"))
    began = time.monotonic()
    assert _get(server, client, "nordsued", articles[0].path).status_code == 200
    between = time.monotonic()
    assert _get(server, client, "nordsued", articles[-1].path).status_code == 200
    assert between - began < SLOW_SECONDS <= time.monotonic() - between + 0.01


def test_time_passes(server, client):
    outlet = WORLD.outlet("volna")
    newest, *older = WORLD.articles_of(outlet)
    server.until = newest.published - timedelta(seconds=1)
    before = _get(server, client, "volna", "/feed.xml")
    assert newest.path not in before.text
    assert older[0].path in before.text
    assert _get(server, client, "volna", newest.path).status_code == 404
    server.until = newest.published
    after = _get(server, client, "volna", "/feed.xml", **{"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert newest.path in after.text


def test_a_feed_is_empty_before_the_first_article(server, client):
    server.until = min(article.published for article in ARTICLES) - timedelta(days=1)
    answer = _get(server, client, "quai", "/atom.xml")
    assert answer.status_code == 200
    assert "<entry>" not in answer.text


def test_unknown_hosts_and_pages_are_refused(server, client):
    assert client.get(server.base + "/feed.xml").status_code == 421
    assert _get(server, client, "volna", "/no-such-page").status_code == 404


def test_head_and_kept_connections(server, client):
    sizes = {_get(server, client, "volna", "/robots.txt").headers["content-length"] for _ in range(3)}
    head = client.head(server.base + "/robots.txt", headers={"Host": WORLD.outlet("volna").host})
    assert head.content == b""
    assert {head.headers["content-length"]} == sizes
    assert server.asked(WORLD.outlet("volna").host, "/robots.txt") == 4


def test_the_hosts_are_named_for_the_settings(server):
    assert set(server.resolve) == {f"{outlet.host}=127.0.0.1:{server.port}" for outlet in WORLD.outlets}


def test_the_server_ends_while_a_client_stays_connected(client):
    with SampleServer() as running:
        _get(running, client, "volna", "/robots.txt")
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(RuntimeError, match="not running"):
        _ = running.port
