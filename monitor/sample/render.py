"""The sample world as documents: feeds in four formats, pages in three layouts, front pages, robots.txt.

Templates and the words around the articles lie in `templates/`. What is asked twice is the same to the byte, so
that validators hold; an article's page does not change when later ones appear.
"""

from __future__ import annotations

import email.utils
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from ruamel.yaml import YAML

from monitor.sample.values import FeedFormat, Outlet, SampleArticle
from monitor.sample.world import World

TEMPLATES = Path(__file__).with_name("templates")
#: The outlets take these in turn.
LAYOUTS = ("broadsheet", "portal", "plain")
FEED_TYPES: dict[FeedFormat, str] = {
    "rss2": "application/rss+xml",
    "rss1": "application/rdf+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
#: Links from a page to other articles of its outlet.
_OTHERS = 4
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a server answers with, before HTTP."""

    body: bytes
    content_type: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """An article as a feed names it."""

    article: SampleArticle
    link: str
    guid: str


def root_of(outlet: Outlet) -> str:
    """The address of an outlet's host."""
    return f"http://{outlet.host}"


def link_path(outlet: Outlet, article: SampleArticle) -> str:
    """Where the feed says that an article lies; an outlet that redirects counts clicks first."""
    return f"/go{article.path}" if outlet.quirk == "redirect" else article.path


def feed(world: World, outlet: Outlet, until: datetime | None = None) -> Document:
    """The outlet's feed, in its format and encoding."""
    articles = world.articles_of(outlet, until)
    items = [_item(outlet, article) for article in articles]
    modified = articles[0].published if articles else min(event.start for event in world.events)
    if outlet.feed == "json":
        body = _json_feed(outlet, items)
        return Document(body=body, content_type=FEED_TYPES["json"], modified=modified)
    text = _render(f"{outlet.feed}.xml", outlet, items=items, updated=modified)
    if outlet.quirk == "xml_error":
        text = text.replace("&amp;", "&")
    # No charset here: the XML declaration alone says what the bytes are, as with most feeds.
    body = text.encode(outlet.encoding, "xmlcharrefreplace")
    return Document(body=body, content_type=FEED_TYPES[outlet.feed], modified=modified)


def page(world: World, article: SampleArticle) -> Document:
    """The page of an article, with all that stands around it."""
    outlet = world.outlet(article.outlet)
    earlier = [other for other in world.articles_of(outlet, article.published) if other != article]
    text = _render(
        f"page_{layout(world, outlet)}.html",
        outlet,
        article=article,
        others=earlier[:_OTHERS],
        url=root_of(outlet) + article.path,
        linked_data=_linked_data(outlet, article),
    )
    return _html(outlet, text, article.published)


def home(world: World, outlet: Outlet, until: datetime | None = None) -> Document:
    """The outlet's front page."""
    articles = world.articles_of(outlet, until)
    return _html(
        outlet, _render("home.html", outlet, others=articles), articles[0].published if articles else None
    )


def robots(outlet: Outlet) -> Document:
    """The host's robots.txt."""
    return Document(body=_render("robots.txt", outlet).encode(), content_type="text/plain; charset=utf-8")


def layout(world: World, outlet: Outlet) -> str:
    """How the outlet's pages are built."""
    return LAYOUTS[world.outlets.index(outlet) % len(LAYOUTS)]


def _item(outlet: Outlet, article: SampleArticle) -> _Item:
    number = f"{article.event}-{article.index + 1}"
    guid = f"tag:{outlet.host},{article.published:%Y-%m-%d}:{number}"
    return _Item(article=article, link=root_of(outlet) + link_path(outlet, article), guid=guid)


def _html(outlet: Outlet, text: str, modified: datetime | None) -> Document:
    body = text.encode(outlet.encoding, "xmlcharrefreplace")
    return Document(body=body, content_type=f"text/html; charset={outlet.encoding}", modified=modified)


def _json_feed(outlet: Outlet, items: list[_Item]) -> bytes:
    """JSON Feed 1.1; these outlets put their whole text into the feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{root_of(outlet)}/",
        "feed_url": root_of(outlet) + outlet.feed_path,
        "description": outlet.tagline,
        "language": outlet.language,
        "items": [_json_item(item) for item in items],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode(outlet.encoding)


def _json_item(item: _Item) -> dict[str, Any]:
    article = item.article
    found: dict[str, Any] = {
        "id": item.guid,
        "url": item.link,
        "title": article.title,
        "summary": article.summary,
        "content_html": "".join(f"<p>{Markup.escape(paragraph)}</p>" for paragraph in article.paragraphs),
        "date_published": _iso(article.published),
    }
    return found | ({"authors": [{"name": article.author}]} if article.author else {})


def _linked_data(outlet: Outlet, article: SampleArticle) -> Markup:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "inLanguage": outlet.language,
        "datePublished": _iso(article.published),
        "author": {"@type": "Person", "name": article.author} if article.author else None,
        "publisher": {"@type": "Organization", "name": outlet.name},
        "mainEntityOfPage": root_of(outlet) + article.path,
    }
    text = json.dumps({key: value for key, value in data.items() if value}, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (JSON in a script element, closed against </script>)


def _render(template: str, outlet: Outlet, **values: Any) -> str:
    words = _words()[outlet.language]
    direction = "rtl" if outlet.language in _RIGHT_TO_LEFT else "ltr"
    shared = {"outlet": outlet, "root": root_of(outlet), "words": words, "direction": direction, "year": 2026}
    shared["feed_type"] = FEED_TYPES[outlet.feed]
    return _environment().get_template(template).render(shared | values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["rfc822"] = email.utils.format_datetime
    environment.filters["iso"] = _iso
    environment.filters["spoken"] = _spoken
    return environment


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = YAML(typ="safe").load(TEMPLATES / "words.yaml")
    return words


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _spoken(moment: datetime, language: str) -> str:
    return format_datetime(moment, "long", locale=language)
