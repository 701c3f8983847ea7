"""Lists of stories as Atom (RFC 4287) and JSON Feed 1.1: everything, a search, or an actor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Request
from fastapi.responses import Response

from classifiers.actors import OUTLET, actors
from monitor.errors import NotFoundError
from monitor.query import Query, field_term
from monitor.store import Store
from reports.story_report import StoryReport
from reports.web.answers import tagged
from reports.web.api import reports_of
from reports.web.asked import Asked, ListAsked, site
from reports.web.database import ReadStore
from reports.web.stories import address
from reports.words import clean, upper_first

router = APIRouter(prefix="/feed", include_in_schema=False)
_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = "1970-01-01T00:00:00Z"
Suffix = Literal["atom", "json"]


@router.get("/stories.{suffix}")
def stories(request: Request, store: ReadStore, asked: ListAsked, suffix: Suffix) -> Response:
    """The newest stories that a search finds."""
    title = f"Framewire: {asked.query}" if asked.query else "Framewire"
    return _fed(request, store, asked, suffix, clean(title), address(asked.query))


@router.get("/actor/{key}.{suffix}")
def actor(request: Request, store: ReadStore, asked: ListAsked, key: str, suffix: Suffix) -> Response:
    """The newest stories in which an actor blames or is blamed."""
    found = actors().get(key.upper())
    if found is None or found.id == OUTLET:
        raise NotFoundError(key, "is no actor", advice="`framewire actors` lists them")
    query = asked.query.also(field_term("actor", found.id))
    name = f"Framewire: {upper_first(found.name)}"
    return _fed(request, store, asked, suffix, name, f"/actor/{found.id}", query)


def _fed(
    request: Request,
    store: Store,
    asked: Asked,
    suffix: Suffix,
    title: str,
    path: str,
    query: Query | None = None,
) -> Response:
    found = store.find_stories(query or asked.query, asked.now, order="newest", **asked.page)
    told, here = reports_of(store, found.rows), site(request)
    if suffix == "json":
        return tagged(request, _json(told, title, here, path, str(request.url)), "application/feed+json")
    body = _atom(told, title, here, path, str(request.url))
    return tagged(request, body, "application/atom+xml; charset=utf-8")


def _atom(told: Sequence[StoryReport], title: str, here: str, path: str, own: str) -> bytes:
    feed = Element("feed", xmlns=_ATOM)
    SubElement(feed, "title").text = title
    SubElement(feed, "id").text = here + path
    SubElement(feed, "updated").text = _stamp(told[0]) if told else _NEVER
    SubElement(SubElement(feed, "author"), "name").text = "Framewire"
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=own)
    SubElement(feed, "link", rel="alternate", type="text/html", href=here + path)
    for one in told:
        entry = SubElement(feed, "entry", {"xml:lang": one.headline.language})
        SubElement(entry, "title").text = clean(one.headline.title) or one.story.id
        SubElement(entry, "id").text = f"{here}/story/{one.story.id}"
        SubElement(entry, "updated").text = _stamp(one)
        SubElement(entry, "published").text = f"{one.story.first:%Y-%m-%dT%H:%M:%SZ}"
        SubElement(entry, "link", rel="alternate", type="text/html", href=here + one.path)
        SubElement(entry, "summary").text = _summary(one)
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _json(told: Sequence[StoryReport], title: str, here: str, path: str, own: str) -> str:
    items = [
        {
            "id": f"{here}/story/{one.story.id}",
            "url": here + one.path,
            "title": clean(one.headline.title),
            "language": one.headline.language,
            "content_text": _summary(one),
            "date_published": f"{one.story.first:%Y-%m-%dT%H:%M:%SZ}",
            "date_modified": _stamp(one),
        }
        for one in told
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": here + path,
        "feed_url": own,
    }
    return json.dumps(head | {"items": items}, ensure_ascii=False)


def _stamp(one: StoryReport) -> str:
    return f"{one.story.last:%Y-%m-%dT%H:%M:%SZ}"


def _summary(one: StoryReport) -> str:
    """Size and the two strongest lines with their quotes."""
    lines = [f"{line.text}: “{line.quote.frame.evidence}” ({line.quote.feed.name})" for line in one.lines[:2]]
    return "\n".join(map(clean, [one.size_words, *lines]))
