"""The interface for programs, version 1: stories, articles, frames, actors, feeds; as JSON, JSON Lines or CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from classifiers.actors import OUTLET, actors
from monitor.model import FeedState, FrameKind, OutletKind, Stance, Story
from monitor.query import field_term
from monitor.store import Store
from monitor.store.search import Order
from reports import export
from reports.feed_health import health
from reports.matrix import Line
from reports.story_report import StoryReport, report
from reports.web.answers import Form, Sheet, tagged, written
from reports.web.asked import ListAsked
from reports.web.database import ReadStore

router = APIRouter(prefix="/api/v1")


class LineOut(BaseModel):
    """Who blames whom for what, with the best quote."""

    #: An actor's id, `RUS outlet` for the outlets of a state in their own voice, else an outlet's name.
    blamer: str
    target: str
    stance: Stance
    kind: FrameKind
    outlets: list[str]
    doubted: int
    quote: str
    language: str
    outlet: str
    article: str
    url: str
    caveat: bool
    score: float


class StoryOut(BaseModel):
    """A story in a list."""

    id: str
    title: str
    language: str
    headline: str
    first: datetime
    last: datetime
    reports: int
    outlets: list[str]
    languages: list[str]
    states: list[str]
    path: str
    lines: list[LineOut]


class ReportOut(BaseModel):
    """An article of a story."""

    id: str
    url: str
    title: str
    language: str
    published: datetime
    outlet: str
    outlet_state: str | None
    outlet_kind: OutletKind
    frames: int


class StoryDetail(StoryOut):
    """A story with its reports, in time order."""

    articles: list[ReportOut]


class StoryList(BaseModel):
    """Stories in the order asked for, each with its two strongest lines."""

    stories: list[StoryOut]
    #: The cursor of the next page; None at the end.
    next: str | None = None


class RowList(BaseModel):
    """Flat rows, newest first, under the name of the list."""

    next: str | None = None
    model_config = {"extra": "allow"}


STORY_COLUMNS = (
    "id",
    "headline",
    "title",
    "language",
    "first",
    "last",
    "reports",
    "outlets",
    "languages",
    "states",
    "path",
)
ARTICLE_COLUMNS = tuple(
    "id url title published language author revision outlet outlet_state outlet_kind story".split()
)
ACTOR_COLUMNS, FEED_COLUMNS = (
    ("id", "name", "kind"),
    ("id", "name", "url", "language", "state", "kind", "health", "detail"),
)


@router.get("/stories", response_model=StoryList)
def stories(
    request: Request, store: ReadStore, asked: ListAsked, order: Order = "weight", format: Form = "json"
) -> Response:
    """Stories of which one report meets the search."""
    found = store.find_stories(asked.query, asked.now, order=order, **asked.page)
    rows = [_row(told) for told in reports_of(store, found.rows)]
    if format == "csv":
        rows = [{name: _cell(row[name]) for name in STORY_COLUMNS} for row in rows]
    return written(request, Sheet(name="stories", rows=rows, columns=STORY_COLUMNS), format, found.next)


@router.get("/stories/{key}", response_model=StoryDetail)
def story(request: Request, store: ReadStore, key: str) -> Response:
    """One story, with every line and every report."""
    found = store.story(key)
    told = report(found, store.coverage(found.id))
    detail = StoryDetail(**_story(told), lines=_lines(told.lines), articles=_reports(told))
    return tagged(request, detail.model_dump_json(), "application/json")


@router.get("/articles", response_model=RowList)
def articles(request: Request, store: ReadStore, asked: ListAsked, format: Form = "json") -> Response:
    """Articles with their outlets and stories, newest first."""
    found = store.find_articles(asked.query, asked.now, **asked.page)
    return written(
        request, Sheet(name="articles", rows=found.rows, columns=ARTICLE_COLUMNS), format, found.next
    )


@router.get("/frames", response_model=RowList)
def frames(
    request: Request,
    store: ReadStore,
    asked: ListAsked,
    actor: str | None = None,
    format: Form | Literal["plover"] = "json",
) -> Response:
    """Frames of the newest readings with their articles, outlets and stories, newest first."""
    query = asked.query.also(field_term("actor", actor)) if actor else asked.query
    found = store.find_frames(query, asked.now, **asked.page)
    return written(request, Sheet(name="frames", rows=found.rows, columns=export.COLUMNS), format, found.next)


@router.get("/search")
def search(request: Request, store: ReadStore, asked: ListAsked) -> Response:
    """The first stories, articles and frames that a search finds, each as its own list has them."""
    told = reports_of(store, store.find_stories(asked.query, asked.now, **asked.page).rows)
    body = {
        "query": str(asked.query),
        "stories": [_row(one) for one in told],
        "articles": store.find_articles(asked.query, asked.now, **asked.page).rows,
        "frames": store.find_frames(asked.query, asked.now, **asked.page).rows,
    }
    return tagged(request, json.dumps(body, ensure_ascii=False), "application/json")


@router.get("/actors", response_model=RowList)
def list_actors(request: Request, format: Form = "json") -> Response:
    """Every state, organisation and group that can blame or be blamed."""
    rows = [
        {"id": one.id, "name": one.name, "kind": one.kind} for one in actors().values() if one.id != OUTLET
    ]
    return written(request, Sheet(name="actors", rows=rows, columns=ACTOR_COLUMNS), format, None)


@router.get("/feeds", response_model=RowList)
def list_feeds(request: Request, store: ReadStore, format: Form = "json") -> Response:
    """The feeds that are watched, and how they are doing."""
    states = store.feed_states()
    rows = []
    for feed in store.feeds():
        doing = health(feed, states.get(feed.id, FeedState(feed=feed.id)))
        own = {name: getattr(feed, name) for name in FEED_COLUMNS[:6]}
        rows.append(own | {"health": doing.word, "detail": doing.detail})
    return written(request, Sheet(name="feeds", rows=rows, columns=FEED_COLUMNS), format, None)


def reports_of(store: Store, found: Sequence[Story]) -> list[StoryReport]:
    """The reports of a list of stories; their articles come without texts."""
    coverage = store.coverages([one.id for one in found], texts=False)
    return [report(one, coverage[one.id]) for one in found]


def _cell(value: Any) -> Any:
    """A list in one cell, its members apart by semicolons (names of outlets hold commas)."""
    return "; ".join(value) if isinstance(value, list) else value


def _row(told: StoryReport) -> dict[str, Any]:
    return StoryOut(**_story(told), lines=_lines(told.lines[:2])).model_dump(mode="json")


def _story(told: StoryReport) -> dict[str, Any]:
    return {
        "id": told.story.id,
        "title": told.story.title,
        "language": told.story.language,
        "headline": told.headline.title,
        "first": told.story.first,
        "last": told.story.last,
        "reports": len(told.coverage),
        "outlets": [uptake.outlet for uptake in told.timeline.uptake],
        "languages": list(told.timeline.languages),
        "states": list(told.timeline.states),
        "path": told.path,
    }


def _lines(lines: tuple[Line, ...]) -> list[LineOut]:
    return [
        LineOut(
            blamer=line.blamer.key,
            target=line.target.key,
            stance=line.stance,
            kind=line.kind,
            outlets=list(line.outlets),
            doubted=line.doubted,
            quote=line.quote.frame.evidence,
            language=line.quote.article.language,
            outlet=line.quote.feed.name,
            article=line.quote.article.id,
            url=line.quote.article.url,
            caveat=line.quote.frame.caveat,
            score=line.quote.frame.score,
        )
        for line in lines
    ]


def _reports(told: StoryReport) -> list[ReportOut]:
    return [
        ReportOut(
            id=covered.article.id,
            url=covered.article.url,
            title=covered.article.title,
            language=covered.article.language,
            published=covered.article.published,
            outlet=covered.feed.name,
            outlet_state=covered.feed.state,
            outlet_kind=covered.feed.kind,
            frames=len(covered.frames),
        )
        for covered in told.coverage
    ]
