"""Pages to articles: what is kept, what is doubted, and what outlasts its time."""

import os
import time
from datetime import timedelta

import pytest

from monitor.errors import ExtractError, TimeLimitError, WorkerDiedError
from monitor.executors import ProcessExecutor
from monitor.extract import ExtractJob, extract
from monitor.model import Page
from monitor.text_doubts import is_short
from monitor.time_limit import time_limit
from tests.fakes import NOON, entry, feed

SENTENCE = "The foreign ministry said on Monday that the talks in Geneva had failed because the other side left early. "
OTHER = "Residents of the border town told reporters that they had heard shelling through the whole of Sunday night. "
ARTICLE = f"""<html lang="en"><head><title>Talks fail | Wire</title><link rel="canonical" href="/talks?utm_source=x">
<meta property="article:published_time" content="2026-10-04"></head><body><nav><a href="/">Home</a> <a href="/w">World</a></nav>
<article><h1>Talks fail</h1><p>{SENTENCE * 3}</p><p>{OTHER * 3}</p></article><footer>© Wire</footer></body></html>"""


def job(markup=None, **parts):
    page = None
    if markup is not None:
        body = markup.encode() if isinstance(markup, str) else markup
        page = Page(
            entry="e", url="http://wire.example/talks?id=1", content_type="text/html", body=body, fetched=NOON
        )
    return ExtractJob(entry=entry(**parts), feed=feed(language="en"), page=page, now=NOON)


def test_an_article_is_found_without_its_frame():
    found = extract(job(ARTICLE))
    assert (found.text.count("Geneva"), found.text.count("shelling")) == (3, 3)
    assert "Home" not in found.text
    assert (found.language, found.flags, found.title) == ("en", (), "Title 1")


def test_the_address_is_where_the_answer_came_from():
    assert extract(job("<p>no canonical")).url == "http://wire.example/talks?id=1"


def test_a_short_page_gives_way_to_the_feeds_own_text():
    found = extract(job("<html><body><p>Short.</p></body></html>", content=SENTENCE * 5))
    assert found.text == SENTENCE * 5
    assert "feed_only" in found.flags


def test_a_cookie_wall_is_no_article():
    wall = f"<html><body><article><p>We use cookies. {'Accept all cookies to go on. ' * 30}</p></article></body></html>"
    found = extract(job(wall, summary=SENTENCE))
    assert found.text == SENTENCE
    assert {"consent", "feed_only"} <= set(found.flags)


@pytest.mark.parametrize("markup", [None, "", b"\x00\xff" * 1000, "<html></html>", "{}", "<" * 10_000])
def test_without_a_page_the_feed_speaks(markup):
    found = extract(job(markup, summary=SENTENCE))
    assert found.text == SENTENCE
    assert "feed_only" in found.flags


def test_nothing_at_all_is_an_error():
    with pytest.raises(ExtractError, match="neither"):
        extract(job("", title="", summary=""))


@pytest.mark.parametrize(
    ("published", "source"),
    [(NOON - timedelta(hours=1), "feed"), (None, "page"), (NOON + timedelta(days=9), "page")],
)
def test_the_date_has_a_source(published, source):
    found = extract(job(ARTICLE, published=published))
    assert found.published_source == source
    assert found.published <= NOON


def test_a_date_nobody_gave_is_when_we_saw_it():
    found = extract(job(None, published=None))
    assert (found.published, found.published_source) == (NOON, "seen")


def test_short_is_shorter_in_chinese():
    assert is_short("Ein kurzer Satz.")
    assert not is_short("外交部发言人表示" * 15)


def test_a_slow_block_ends():
    with pytest.raises(TimeLimitError, match="took longer"):
        _spin(0.1)


def _spin(seconds):
    with time_limit(seconds, "page"):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            pass


def hang_in_c(_job):
    """Stands for an extension that holds the interpreter: the alarm cannot be heard."""
    import signal

    with time_limit(0.2, "page"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        end = time.process_time() + 20
        while time.process_time() < end:
            sum(range(10_000))


def test_a_worker_that_cannot_be_woken_is_ended():
    executor = ProcessExecutor(1)
    with pytest.raises(WorkerDiedError):
        executor.submit(hang_in_c, None).result(60)
    assert executor.submit(os.getpid).result(60)
    executor.shutdown()
