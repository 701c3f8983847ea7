"""Pages to articles: trafilatura first, a second opinion where it is doubtful, the feed's own words where a page
gives none.

Runs in worker processes (trafilatura can crash under threads, and some pages take minutes) under two clocks:
an alarm that ends slow Python code, and a limit on processor time that ends the process where an extension hangs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from classifiers.language import identify
from monitor.dates import parse_date
from monitor.decode import clean, decode
from monitor.errors import ExtractError
from monitor.model import Article, Entry, Feed, Page, PublishedSource, make_id
from monitor.page_noise import without_noise
from monitor.second_opinion import own_word, second_opinion
from monitor.text_doubts import NO_REPORT, doubts
from monitor.time_limit import time_limit
from monitor.urls import canonical_url, is_web_address

MAKER = "trafilatura-2"
#: A page whose text is this much shorter than the feed's own is a stub.
STUB = 0.6
#: Characters of a text that are kept.
MAX_TEXT = 200_000
#: A date further ahead of the fetch than this is wrong; we then know only when we saw it.
FUTURE = timedelta(hours=1)
#: Joiners that spell Persian and Indic words. trafilatura drops them as unprintable, so they travel as two signs
#: of a shorthand that no page uses (marks, hence part of their word) and are put back afterwards.
_JOINERS = (
    (re.compile(r"(?i)\u200c|&zwnj;|&#8204;|&#x200c;"), "\U0001bc9d", "\u200c"),
    (re.compile(r"(?i)\u200d|&zwj;|&#8205;|&#x200d;"), "\U0001bc9e", "\u200d"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractJob:
    """An entry with the page behind it (None where the page could not be had), and when."""

    entry: Entry
    feed: Feed
    page: Page | None
    now: datetime
    seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What a page says, before the feed's word is heard."""

    title: str = ""
    text: str = ""
    author: str | None = None
    published: datetime | None = None
    url: str | None = None
    language: str | None = None
    #: The page says that it is not free to read.
    closed: bool = False


def extract(job: ExtractJob) -> Article:
    """The article of an entry, or ExtractError where neither page nor feed has a text."""
    found = PageText()
    if job.page is not None and job.page.body:
        with time_limit(job.seconds, job.entry.url):
            found = read_page(decode(job.page.body, job.page.content_type), job.page.url, job.feed.timezone)
    return _article(job, found)


def read_page(markup: str, url: str | None = None, timezone: str = "UTC") -> PageText:
    """Title, text and metadata of an HTML page; empty where nothing is found."""
    from trafilatura import bare_extraction

    if not markup.strip():
        return PageText()
    found = bare_extraction(
        _hide_joiners(markup), url=url, with_metadata=True, include_comments=False, include_tables=False
    )
    own = own_word(markup)
    if found is None or isinstance(found, dict):
        return PageText(text=second_opinion(markup, "", own)[:MAX_TEXT], closed=own.closed)
    title = " ".join(_show_joiners(found.title or "").split())
    text = without_noise(_without_title(_show_joiners(found.text or "").strip(), title))
    return PageText(
        title=title,
        text=_without_title(second_opinion(markup, text, own), title)[:MAX_TEXT],
        author=_show_joiners(found.author or "") or None,
        published=parse_date(found.date, timezone) if found.date else None,
        url=found.url or None,
        language=found.language or None,
        closed=own.closed,
    )


def _hide_joiners(markup: str) -> str:
    for pattern, sign, _ in _JOINERS:
        markup = pattern.sub(sign, markup)
    return markup


def _show_joiners(text: str) -> str:
    for _, sign, joiner in _JOINERS:
        text = text.replace(sign, joiner)
    return clean(text)


def _without_title(text: str, title: str) -> str:
    """The text without its headline, which one page in six repeats as the first line."""
    first, _, rest = text.partition("\n")
    return rest.lstrip() if title and " ".join(first.split()).casefold() == title.casefold() else text


def _article(job: ExtractJob, found: PageText) -> Article:
    entry, feed = job.entry, job.feed
    own = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    text, flags = _best_text(found.text, own, closed=found.closed)
    title = entry.title or found.title
    if not text and not title:
        raise ExtractError(entry.url or entry.id, "neither the page nor the feed has a text")
    published, source = _published(job, found)
    language = identify(f"{title}\n{text}", entry.language or feed.language or found.language)
    url = _url(job, found)
    return Article(
        id=make_id(url or entry.id),
        url=url,
        feed=feed.id,
        title=title,
        text=text or title,
        language=language,
        author=entry.author or found.author,
        published=published,
        published_source=source,
        first_seen=entry.first_seen,
        flags=flags,
    )


def _best_text(page: str, own: str, *, closed: bool) -> tuple[str, tuple[str, ...]]:
    """The page's text or the feed's, and what makes it doubtful: flags of the text, and why the page's was left."""
    flags = doubts(page, closed=closed)
    stub = "short" in flags or len(page) < STUB * len(own)
    if own and (NO_REPORT & set(flags) or (stub and len(own) > len(page))):
        why = tuple(flag for flag in flags if flag != "short")
        return own, (*dict.fromkeys((*why, *doubts(own), "feed_only")),)
    return page, flags


def _published(job: ExtractJob, found: PageText) -> tuple[datetime, PublishedSource]:
    """When it was published: the feed's time (to the second), else the page's (often a day), else when we saw it."""
    latest = job.now + FUTURE
    options: tuple[tuple[datetime | None, PublishedSource], ...] = (
        (job.entry.published, "feed"),
        (found.published, "page"),
    )
    for moment, source in options:
        if moment is not None and moment <= latest:
            return moment, source
    return job.entry.first_seen, "seen"


def _url(job: ExtractJob, found: PageText) -> str:
    """The canonical address: the page's own word on its host, else where the answer came from."""
    final = job.page.url if job.page is not None and job.page.url else job.entry.url
    claimed = found.url or ""
    if is_web_address(claimed) and _same_host(claimed, final) and len(claimed) > len("https://x.y/") + 8:
        return canonical_url(claimed)
    return canonical_url(final) if final else ""


def _same_host(left: str, right: str) -> bool:
    a, b = urlsplit(left).hostname or "", urlsplit(right).hostname or ""
    return a.removeprefix("www.") == b.removeprefix("www.")
