"""Feed documents to entries: RSS 0.9x to 2.0, RSS 1.0, Atom, JSON Feed.

    bytes → decode.py → feedparser (always from BytesIO: given text or a path it opens files) → Entry

A document that is wrong but readable is read, with a warning; one that is no feed is a ParseError.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from monitor.dates import from_struct, parse_date
from monitor.decide import Fetched, Parsed, body_hash
from monitor.decode import clean, decode
from monitor.errors import ParseError, TimeLimitError
from monitor.model import Entry, Feed, FeedState, make_id
from monitor.time_limit import time_limit
from monitor.urls import canonical_url, is_web_address

#: Entries of one document that are read; longer ones are archives.
MAX_ENTRIES = 500
#: Characters kept of a title, and of a summary or content.
MAX_TITLE, MAX_TEXT = 500, 50_000
#: A longer address is none: servers refuse it.
MAX_ADDRESS = 8000
#: Seconds that a document may take: 200,000 attributes would keep the XML parser busy for twenty minutes.
SECONDS = 20.0
#: An XML document type with entities of its own: no feed needs one, and bombs are made of them.
_ENTITY = re.compile(r"<!ENTITY\s", re.IGNORECASE)
#: References to control characters, to half surrogates (emoji written by old JavaScript) and beyond the last character;
#: feedparser falls over them.
_NO_CHARACTER = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|1[1-9a-f][0-9a-f]{4}|[2-9a-f][0-9a-f]{5}"
    r"|[1-9a-f][0-9a-f]{6,})"
    r"|0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]"
    r"|111411[2-9]|11141[2-9]\d|1114[2-9]\d\d|111[5-9]\d{3}|11[2-9]\d{4}|1[2-9]\d{5}|[2-9]\d{6}|[1-9]\d{7,}));",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,2000}>")
_BLOCK = re.compile(r"(?i)</?(?:p|br|div|li|ul|ol|h[1-6]|tr|blockquote)\b[^<>]*>")
#: What is never closed reaches to the end, as in browsers; else each opening would be searched for anew.
_INVISIBLE = re.compile(r"(?is)<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
#: The element every feed has; asking for it first spares feedparser megabytes of something else.
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|entry|channel)\b", re.IGNORECASE)
_PERIODS = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "weekly": 604800.0,
    "monthly": 2592000.0,
    "yearly": 31536000.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedJob:
    """A feed to read: what it is, what we know of it, what the server answered, and when."""

    feed: Feed
    state: FeedState
    fetched: Fetched
    now: datetime


def parse_feed(job: FeedJob) -> Parsed:
    """The entries of a fetched document; none where it has not changed."""
    fetched = job.fetched
    if fetched.status == 304 or (fetched.body and body_hash(fetched.body) == job.state.body_hash):
        return Parsed(fetched=fetched, entries=())
    text = decode(fetched.body, fetched.content_type)
    if not text.strip():
        raise ParseError(
            job.feed.url, "is empty", advice="The server answered without a document; it is asked again"
        )
    try:
        with time_limit(SECONDS, job.feed.url):
            return _parse_json(job, text) if text[0] in "{[" else _parse_xml(job, text)
    except TimeLimitError as error:
        raise ParseError(job.feed.url, f"takes longer than {SECONDS:g} s to parse") from error


def _parse_xml(job: FeedJob, text: str) -> Parsed:
    root = _ROOT.search(text)
    if root is None:
        raise _no_feed(job, text)
    if _ENTITY.search(text, 0, root.start()):
        raise ParseError(
            job.feed.url, "declares XML entities of its own", advice="No feed needs them; tell its operator"
        )
    document = _NO_CHARACTER.sub("", _DECLARATION.sub("", text))
    found = _feedparser(job, document)
    if not found.entries and not found.version:
        raise _no_feed(job, text)
    warning = f"not well-formed ({found.bozo_exception})" if found.bozo else None
    entries = [_entry(job, item) for item in found.entries[:MAX_ENTRIES]]
    return Parsed(
        fetched=job.fetched,
        entries=_unique([entry for entry in entries if entry is not None]),
        ttl=_ttl(found.feed),
        title=plain(str(found.feed.get("title", "")))[:MAX_TITLE],
        warning=warning,
    )


def _feedparser(job: FeedJob, document: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": job.fetched.url}
    try:
        return feedparser.parse(io.BytesIO(document.encode("utf-8", "replace")), response_headers=headers)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        OverflowError,
        RecursionError,
        SAXException,
    ) as error:
        # feedparser 6.0.14 raises on some faults instead of noting them (kurtmckee/feedparser#599).
        raise ParseError(job.feed.url, f"cannot be parsed ({type(error).__name__}: {error})") from error


def _no_feed(job: FeedJob, text: str) -> ParseError:
    return ParseError(job.feed.url, "is a web page, not a feed" if _looks_like_html(text) else "is no feed")


def _entry(job: FeedJob, item: Mapping[str, Any]) -> Entry | None:
    url = _link(job, item)
    title = plain(str(item.get("title", "")))[:MAX_TITLE]
    content = max((str(part.get("value", "")) for part in item.get("content", [])), key=len, default="")
    summary = str(item.get("summary", ""))
    raw = item.get("published") or _own(item, "updated") or item.get("created")
    parsed = (_own(item, f"{key}_parsed") for key in ("published", "updated", "created"))
    return _make(
        job,
        guid=str(item.get("id") or ""),
        url=url,
        title=title,
        summary=plain(summary),
        content=plain(content) if content != summary else "",
        author=plain(str(item.get("author", ""))) or None,
        published=_date(job, next(filter(None, parsed), None), raw),
        published_raw=str(raw)[:100] if raw else None,
        updated=_date(job, _own(item, "updated_parsed"), _own(item, "updated")),
        language=None,
    )


def _own(item: Mapping[str, Any], key: str) -> Any:
    """What the item itself has: `get` would warn, and lend `updated` the published date (feedparser#310)."""
    if key not in item:
        return None
    return item[key]


def _date(job: FeedJob, parsed: Any, raw: Any) -> datetime | None:
    """Our own reading first: feedparser takes zones that it does not know (MSK, CEST, none at all) for UTC."""
    return (parse_date(str(raw), job.feed.timezone) if raw else None) or from_struct(parsed)


def _link(job: FeedJob, item: Mapping[str, Any]) -> str:
    """The page of an item: its alternate link, any link, or a guid that is an address."""
    links = [link for link in item.get("links", []) if link.get("rel", "alternate") == "alternate"]
    options = [
        str(item.get("link") or ""),
        *(str(link.get("href") or "") for link in links),
        str(item.get("id") or ""),
    ]
    for option in options:
        address = _absolute(option, job.fetched.url)
        if address:
            return address
    return ""


def _absolute(address: str, base: str) -> str:
    if not address or len(address) > MAX_ADDRESS or any(sign.isspace() for sign in address.strip()):
        return ""
    try:
        resolved = canonical_url(address, base) if "/" in address or "." in address else ""
    except ValueError:
        return ""
    return resolved if is_web_address(resolved) else ""


def _make(
    job: FeedJob, *, guid: str, url: str, title: str, summary: str, content: str, **rest: Any
) -> Entry | None:
    """An entry, if there is anything to it; its identity is guid and url, or else title and date."""
    if not url and not title:
        # RSS 0.92 allows posts of words alone; the first of them stand for a title.
        title = (content or summary).strip().partition("\n")[0][:100]
    if not url and not title:
        return None
    key = f"{guid}\n{url}" if guid or url else f"{title}\n{rest.get('published_raw')}"
    return Entry(
        id=make_id(job.feed.id, key),
        feed=job.feed.id,
        url=url,
        title=title,
        summary=summary[:MAX_TEXT],
        content=content[:MAX_TEXT],
        first_seen=job.now,
        **rest,
    )


def _unique(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.id: entry for entry in entries}.values())


def _ttl(feed: Mapping[str, Any]) -> float | None:
    """Seconds that the feed asks to be left alone: `<ttl>` in minutes, `sy:updatePeriod` and frequency."""
    try:
        ttl = float(feed.get("ttl") or 0) * 60
        period = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0.0)
        often = max(1.0, float(feed.get("sy_updatefrequency") or 1))
    except (TypeError, ValueError):
        return None
    return max(ttl, period / often) or None


def _parse_json(job: FeedJob, text: str) -> Parsed:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org)."""
    try:
        found = json.loads(text, object_pairs_hook=_clean_object)
    except (ValueError, RecursionError) as error:
        raise ParseError(job.feed.url, f"is no JSON ({error})") from error
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise ParseError(job.feed.url, "is JSON, but no JSON Feed")
    entries = [
        _json_entry(job, item, found) for item in found["items"][:MAX_ENTRIES] if isinstance(item, dict)
    ]
    title = plain(str(found.get("title") or ""))[:MAX_TITLE]
    return Parsed(fetched=job.fetched, entries=_unique([e for e in entries if e is not None]), title=title)


def _clean_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON can spell what `decode` took out, such as half a surrogate pair, which no database takes."""
    return {key: clean(value) if isinstance(value, str) else value for key, value in pairs}


def _json_entry(job: FeedJob, item: dict[str, Any], document: dict[str, Any]) -> Entry | None:
    authors = item.get("authors") or [item.get("author") or {}]
    names = (
        [str(a.get("name", "")) for a in authors if isinstance(a, dict)] if isinstance(authors, list) else []
    )
    raw = item.get("date_published")
    content = str(item.get("content_text") or "") or plain(str(item.get("content_html") or ""))
    updated = parse_date(str(item["date_modified"]), job.feed.timezone) if item.get("date_modified") else None
    return _make(
        job,
        guid=str(item.get("id") or ""),
        url=_absolute(
            str(item.get("url") or item.get("external_url") or item.get("id") or ""), job.fetched.url
        ),
        title=plain(str(item.get("title") or ""))[:MAX_TITLE],
        summary=plain(str(item.get("summary") or "")),
        content=content,
        author=", ".join(filter(None, names)) or None,
        published=parse_date(str(raw), job.feed.timezone) if raw else None,
        published_raw=str(raw)[:100] if raw else None,
        updated=updated,
        language=str(item.get("language") or document.get("language") or "")[:12] or None,
    )


def plain(markup: str) -> str:
    """The text of HTML in a feed: tags go, blocks become line breaks, entities become signs, invisible ones go."""
    if "<" in markup or "&" in markup:
        markup = _INVISIBLE.sub(" ", markup[: 4 * MAX_TEXT])
        markup = _TAG.sub("", _BLOCK.sub("\n", markup))
        markup = html.unescape(markup)
    lines = (" ".join(line.split()) for line in clean(markup).splitlines())
    return "\n".join(line for line in lines if line)


def _looks_like_html(text: str) -> bool:
    return re.search(r"(?i)<!doctype html|<html\b|<body\b", text[:5000]) is not None
