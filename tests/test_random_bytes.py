"""Random and mutated bytes through parse and extract: nothing comes out but values and the tree's own errors."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.decide import Fetched
from monitor.errors import FramewireError
from monitor.extract import ExtractJob, extract
from monitor.model import Article, FeedState, Page
from monitor.parse import FeedJob, parse_feed
from tests.fakes import NOON, entry, feed
from tests.test_extract import ARTICLE
from tests.test_parse import ATOM, JSON, RSS1, RSS2

FEEDS = [one.encode() for one in (RSS2, RSS1, ATOM, str(JSON).replace("'", '"'))]
PAGES = [ARTICLE.encode(), ARTICLE.encode("utf-16")]
TYPES = st.sampled_from(
    ["", "text/html", "application/xml; charset=koi8-r", "text/xml; charset=\x00", "x" * 300]
)
ODD = [
    b"<![CDATA[",
    b"]]>",
    b"&#0;",
    b"&#xD800;",
    b"<!--",
    b"\x00",
    b"\xff\xfe",
    b"<p",
    b"</",
    b"{",
    b"<script>",
]
#: Few and the same each time: a run of the tests must not fail by chance.
FEW = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(autouse=True, scope="module")
def _quiet():
    """trafilatura logs a line a page that is none."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@st.composite
def mutated(draw, documents):
    """A document with a few pieces cut out, doubled or put in."""
    body = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 200)))
        piece = draw(st.one_of(st.binary(max_size=20), st.sampled_from(ODD), st.just(body[start:end] * 2)))
        body = body[:start] + piece + body[end:]
    return body


def parsed(body, content_type):
    own = feed()
    fetched = Fetched(status=200, url=own.url, body=body, content_type=content_type)
    try:
        found = parse_feed(FeedJob(feed=own, state=FeedState(feed=own.id), fetched=fetched, now=NOON))
    except FramewireError:
        return
    for one in found.entries:
        (one.title + one.url + one.summary + one.content + (one.author or "")).encode()


def extracted(body, content_type):
    page = Page(entry="e", url="http://wire.example/1", content_type=content_type, body=body, fetched=NOON)
    found = extract(ExtractJob(entry=entry(), feed=feed(), page=page, now=NOON))
    assert isinstance(found, Article)
    (found.title + found.text + found.url + (found.author or "")).encode()
    assert found.published <= NOON


@FEW
@given(
    st.one_of(st.binary(max_size=600), st.binary(max_size=100).map(lambda b: b"<rss><channel>" + b)), TYPES
)
def test_random_bytes_are_no_feed(body, content_type):
    parsed(body, content_type)


@FEW
@given(mutated(FEEDS), TYPES)
def test_mutated_feeds_are_read_or_refused(body, content_type):
    parsed(body, content_type)


@FEW
@given(
    st.one_of(st.binary(max_size=600), st.binary(max_size=100).map(lambda b: b"<html><body><p>" + b)), TYPES
)
def test_random_bytes_are_no_page(body, content_type):
    extracted(body, content_type)


@FEW
@given(mutated(PAGES), TYPES)
def test_mutated_pages_are_read_or_left(body, content_type):
    extracted(body, content_type)
