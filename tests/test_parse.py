"""Feed documents to entries: the formats, their faults, and what wishes us ill."""

import json
import random
import time
from datetime import UTC, datetime

import pytest

from monitor import parse
from monitor.decide import Fetched, body_hash
from monitor.errors import ParseError
from monitor.model import Feed, FeedState
from monitor.parse import MAX_ENTRIES, MAX_TEXT, MAX_TITLE, FeedJob, parse_feed, plain
from tests.fakes import NOON

URL = "http://wire.example/news/feed.xml"
PUBLISHED = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)

RSS2 = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>The Wire</title><link>http://wire.example/</link><description>d</description><ttl>45</ttl>
<item><title>Ankara &amp; Athens &lt;b&gt;talk&lt;/b&gt;</title><link>http://wire.example/1?utm_source=rss</link>
<guid isPermaLink="false">tag:1</guid><description><![CDATA[<p>First.</p><p>Second &amp; last.</p>]]></description>
<content:encoded><![CDATA[<p>The whole text.</p><script>alert(1)</script>]]></content:encoded>
<dc:creator>Ann Reporter</dc:creator><pubDate>Mon, 05 Oct 2026 12:30:00 +0300</pubDate></item>
</channel></rss>"""
RSS1 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="http://wire.example/"><title>The Wire</title><sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>2</sy:updateFrequency></channel>
<item rdf:about="http://wire.example/1"><title>Title</title><link>http://wire.example/1</link>
<description>Words.</description><dc:date>2026-10-05T12:30:00+03:00</dc:date></item></rdf:RDF>"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://wire.example/"><title>The Wire</title><id>f</id>
<entry><id>tag:1</id><title type="html">&lt;i&gt;Title&lt;/i&gt;</title><link rel="enclosure" href="/1.mp3"/>
<link rel="alternate" href="/1"/><summary>Words.</summary><published>2026-10-05T09:30:00Z</published>
<updated>2026-10-05T10:30:00Z</updated><author><name>Ann</name></author></entry></feed>"""
JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "The Wire",
    "language": "en",
    "items": [
        {
            "id": "tag:1",
            "url": "/1",
            "title": "Title",
            "content_html": "<p>The whole</p><p>text.</p>",
            "summary": "Words.",
            "date_published": "2026-10-05T12:30:00+03:00",
            "authors": [{"name": "Ann"}, {"name": "Bob"}],
        }
    ],
}


def _parse(body, content_type="", timezone="UTC", **state):
    feed = Feed(url=URL, name="Wire", timezone=timezone)
    body = body if isinstance(body, bytes) else body.encode()
    fetched = Fetched(status=200, url=URL, body=body, content_type=content_type)
    return parse_feed(FeedJob(feed=feed, state=FeedState(feed=feed.id, **state), fetched=fetched, now=NOON))


def _one(body, **options):
    (entry,) = _parse(body, **options).entries
    return entry


def _item(inner, **options):
    return _one(
        f"<rss version='2.0'><channel><title>t</title><item>{inner}</item></channel></rss>", **options
    )


# The formats


def test_rss_2():
    parsed = _parse(RSS2)
    (entry,) = parsed.entries
    assert (parsed.title, parsed.ttl, parsed.warning) == ("The Wire", 2700.0, None)
    assert entry.title == "Ankara & Athens talk"
    assert entry.url == "http://wire.example/1"
    assert entry.summary == "First.\nSecond & last."
    assert entry.content == "The whole text."
    assert entry.author == "Ann Reporter"
    assert (entry.published, entry.published_raw) == (PUBLISHED, "Mon, 05 Oct 2026 12:30:00 +0300")
    assert entry.updated is None
    assert entry.first_seen == NOON


def test_rss_1():
    parsed = _parse(RSS1)
    assert parsed.ttl == 1800.0
    assert [(e.title, e.url, e.published) for e in parsed.entries] == [
        ("Title", "http://wire.example/1", PUBLISHED)
    ]


def test_atom():
    entry = _one(ATOM)
    assert (entry.title, entry.url, entry.author) == ("Title", "http://wire.example/1", "Ann")
    assert (entry.published, entry.updated) == (PUBLISHED, PUBLISHED.replace(hour=10))


def test_json_feed():
    entry = _one(json.dumps(JSON))
    assert (entry.title, entry.url, entry.author) == ("Title", "http://wire.example/1", "Ann, Bob")
    assert (entry.summary, entry.content, entry.language) == ("Words.", "The whole\ntext.", "en")
    assert entry.published == PUBLISHED


def test_the_document_says_its_encoding():
    body = (
        RSS2.replace("utf-8", "windows-1251").replace("The whole text.", "Весь текст.").encode("windows-1251")
    )
    assert _one(body, content_type="application/rss+xml").content == "Весь текст."


# What has not changed


def test_nothing_new_gives_no_entries():
    feed = Feed(url=URL, name="Wire")
    fetched = Fetched(status=304, url=URL)
    job = FeedJob(feed=feed, state=FeedState(feed=feed.id), fetched=fetched, now=NOON)
    assert parse_feed(job).entries == ()
    assert _parse(RSS2, body_hash=body_hash(RSS2.encode())).entries == ()
    assert len(_parse(RSS2, body_hash="another").entries) == 1


def test_an_entry_keeps_its_id_when_its_text_changes():
    assert _one(RSS2).id == _one(RSS2.replace("First.", "Corrected.")).id
    assert _one(RSS2).id != _one(RSS2.replace("tag:1", "tag:2")).id


# Single items


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ("<link>/1</link>", "http://wire.example/1"),
        ("<link>  http://wire.example/1\n</link>", "http://wire.example/1"),
        ("<guid isPermaLink='true'>http://wire.example/1</guid>", "http://wire.example/1"),
        ("<guid isPermaLink='false'>http://wire.example/1</guid>", "http://wire.example/1"),
        ("<guid isPermaLink='false'>just-a-number</guid>", ""),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>file:///etc/passwd</link>", ""),
        ("<link>http://[::1</link>", ""),
        ("<link>http://wire.example:99999/</link>", ""),
        ("<link>see the site</link>", ""),
        ("", ""),
    ],
)
def test_the_page_of_an_item(inner, url):
    assert _item(f"<title>T</title>{inner}").url == url


@pytest.mark.parametrize(
    ("date", "timezone", "hour"),
    [
        ("Mon, 05 Oct 2026 12:30:00 +0300", "UTC", 9),
        ("Mon, 05 Oct 2026 12:30:00 MSK", "UTC", 9),
        ("Mon, 05 Oct 2026 12:30:00 CEST", "UTC", 10),
        ("Mon, 05 Oct 2026 12:30:00", "UTC", 12),
        ("Mon, 05 Oct 2026 12:30:00", "Europe/Moscow", 9),
        ("2026-10-05T12:30:00", "Europe/Moscow", 9),
        ("2026-10-05T12:30:00Z", "Europe/Moscow", 12),
        ("5 октября 2026, 12:30", "Europe/Moscow", 9),
    ],
)
def test_dates_in_their_zones(date, timezone, hour):
    found = _item(f"<title>T</title><pubDate>{date}</pubDate>", timezone=timezone)
    assert found.published == PUBLISHED.replace(hour=hour)


@pytest.mark.parametrize(
    "date", ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00", "<![CDATA[<b>]]>"]
)
def test_what_is_no_date_is_kept_as_it_was(date):
    found = _item(f"<title>T</title><pubDate>{date}</pubDate>")
    assert found.published is None
    assert found.published_raw


def test_a_post_of_words_alone_is_titled_by_them():
    found = _item("<description>&lt;p&gt;Moscow blames Kyiv.&lt;/p&gt;&lt;p&gt;More.&lt;/p&gt;</description>")
    assert (found.title, found.summary, found.url) == (
        "Moscow blames Kyiv.",
        "Moscow blames Kyiv.\nMore.",
        "",
    )


def test_an_item_of_nothing_is_left_out():
    assert (
        _parse("<rss><channel><item><guid isPermaLink='false'>1</guid></item><item/></channel></rss>").entries
        == ()
    )


def test_an_item_given_twice_counts_once():
    twice = "<item><guid>1</guid><link>http://wire.example/1</link><title>T</title></item>" * 2
    assert len(_parse(f"<rss><channel>{twice}</channel></rss>").entries) == 1


def test_long_feeds_and_long_texts_are_cut():
    items = "".join(
        f"<item><link>http://wire.example/{n}</link><title>T</title></item>" for n in range(MAX_ENTRIES + 9)
    )
    assert len(_parse(f"<rss><channel>{items}</channel></rss>").entries) == MAX_ENTRIES
    found = _item(f"<title>{'t' * 5000}</title><description>{'d' * 200_000}</description>")
    assert (len(found.title), len(found.summary)) == (MAX_TITLE, MAX_TEXT)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("<p>One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
        ("<style>p{}</style>x<!-- y -->z", "x z"),
        ("x<script>never closed", "x"),
        ("x<!-- never closed", "x"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("  a \n\n  b\t c ", "a\nb c"),
        ("<a href='x' onclick=\"y>z\">l</a>", 'z">l'),
        ("می‌گوید", "می‌گوید"),
    ],
)
def test_plain_text_of_markup(markup, text):
    assert plain(markup) == text


# Faults that real feeds have


def test_a_bare_ampersand_is_a_warning():
    parsed = _parse(RSS2.replace("First.", "First").replace("The Wire", "Wire & Co"))
    assert "not well-formed" in parsed.warning
    assert parsed.entries[0].title == "Ankara & Athens talk"


def test_a_document_cut_short_gives_what_there_is():
    assert _parse(RSS2[: RSS2.index("</item>")]).entries[0].url == "http://wire.example/1"


def test_references_to_no_character_are_dropped():
    found = _item(
        "<title>A&#11;B &#xD83D;&#xDE00; &#0;C&#x110000;&#1114112;&#99999999999; &#x10FFFF;</title>"
        "<guid>g&#xD800;</guid><link>/1</link>"
    )
    assert found.title == "AB C \U0010ffff"
    assert found.url == "http://wire.example/1"


def test_an_address_beyond_all_measure_is_none():
    assert _item(f"<title>A</title><link>http://wire.example/{'p' * 9000}</link>").url == ""


def test_half_a_surrogate_in_json_is_dropped():
    item = {
        "id": "\ud800",
        "url": "http://wire.example/1",
        "title": "\ud800T\x00",
        "content_text": "\udfff.",
        "summary": "\ud83d\ude00",
    }
    found = _one(json.dumps({"items": [item]}))
    assert (found.title, found.content, found.summary) == ("T", ".", "😀")


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": None, "url": 7, "title": ["x"]},
        {
            "url": "http://wire.example/1",
            "authors": "Ann",
            "author": 3,
            "date_published": {},
            "date_modified": [],
        },
        {"url": {"a": 1}, "content_html": 5, "authors": [None, 1, {"name": None}]},
        "words",
        None,
    ],
)
def test_odd_json_items_are_no_errors(item):
    assert len(_parse(json.dumps({"items": [item, JSON["items"][0]]})).entries) in (1, 2)


# What is no feed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "is empty"),
        ("  \n\x00", "is empty"),
        ("just words", "is no feed"),
        ("<html><body><h1>404</h1></body></html>", "is a web page, not a feed"),
        ("<!DOCTYPE html><html><head><title>rss</title></head></html>", "is a web page, not a feed"),
        ("<?xml version='1.0'?><urlset><url/></urlset>", "is no feed"),
        ("{}", "is JSON, but no JSON Feed"),
        ("[1]", "is JSON, but no JSON Feed"),
        ('{"items": 3}', "is JSON, but no JSON Feed"),
        ('{"items": [', "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"items": [' + "9" * 100_000 + "]}", "is no JSON"),
        ("%PDF-1.7", "is no feed"),
        (b"\x1f\x8b\x08\x00\x00\x00", "is no feed"),
    ],
)
def test_no_feed_is_a_parse_error(body, message):
    with pytest.raises(ParseError, match=message) as caught:
        _parse(body)
    assert caught.value.key == URL


# What wishes us ill

_BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("before", ["", f"<!--{'x' * 200_000}-->"], ids=["plain", "hidden"])
def test_an_entity_bomb_is_refused_unread(before):
    bomb = f'<?xml version="1.0"?>{before}<!DOCTYPE l [<!ENTITY a0 "ha">{_BOMB}]>'
    with pytest.raises(ParseError, match="declares XML entities"):
        _parse(f"{bomb}<rss><channel><item><title>&a9;</title></item></channel></rss>")


def test_an_article_about_entities_is_read():
    assert _item("<title>T</title><description><![CDATA[Write <!ENTITY a 'b'>.]]></description>").title == "T"


def test_an_outside_entity_is_not_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    doctype = f'<!DOCTYPE rss SYSTEM "{secret.as_uri()}">'
    entry = _one(f"{doctype}<rss><channel><item><title>T &x;</title></item></channel></rss>")
    assert "secret" not in entry.title


@pytest.mark.parametrize(
    "body",
    [
        random.Random(7).randbytes(10_000_000),
        b"<" * 10_000_000,
        b"<a>" * 3_000_000,
        b"\x00" * 10_000_000,
        b"<html>" + b"<p>words</p>" * 800_000,
        b"\xff\xfe" + random.Random(8).randbytes(10_000_000),
    ],
    ids=["garbage", "brackets", "tags", "zeros", "page", "utf-16"],
)
def test_ten_megabytes_of_something_else_end_soon(body):
    began = time.monotonic()
    with pytest.raises(ParseError):
        _parse(body)
    assert time.monotonic() - began < 20


def test_a_document_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(parse, "SECONDS", 0.3)
    attributes = " ".join(f'a{n}="1"' for n in range(20_000))
    with pytest.raises(ParseError, match=r"takes longer than 0\.3 s"):
        _parse(f"<rss {attributes}><channel><title>t</title></channel></rss>")


@pytest.mark.parametrize("markup", ["<script ", "<!--", "<", "<p ", "&", "&#", "<style>", "</"])
def test_markup_that_never_ends_is_read_in_good_time(markup):
    began = time.monotonic()
    plain(markup * (4 * MAX_TEXT // len(markup)))
    assert time.monotonic() - began < 2
