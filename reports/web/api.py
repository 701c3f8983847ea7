"""The JSON interface, version 1: stories, one story, frames."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from monitor.model import FrameKind, OutletKind, Stance
from reports.matrix import Line
from reports.story_report import StoryReport, report
from reports.web.database import ReadStore

router = APIRouter(prefix="/api/v1")
Limit = Annotated[int, Query(ge=1, le=1000)]


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
    """Stories, largest first; each with its two strongest lines."""

    stories: list[StoryOut]


class FrameList(BaseModel):
    """Frames as flat rows, newest first, of every classifier that read the articles."""

    frames: list[dict[str, Any]]


@router.get("/stories")
def stories(
    store: ReadStore, since: datetime | None = None, until: datetime | None = None, limit: Limit = 50
) -> StoryList:
    """Stories told between two times."""
    found = [report(story, store.coverage(story.id)) for story in store.stories(since, until, limit)]
    return StoryList(stories=[StoryOut(**_story(told), lines=_lines(told.lines[:2])) for told in found])


@router.get("/stories/{key}")
def story(store: ReadStore, key: str) -> StoryDetail:
    """One story, with every line and every report."""
    found = store.story(key)
    told = report(found, store.coverage(found.id))
    return StoryDetail(**_story(told), lines=_lines(told.lines), articles=_reports(told))


@router.get("/frames")
def frames(
    store: ReadStore, since: datetime | None = None, actor: str | None = None, limit: Limit = 100
) -> FrameList:
    """Frames, with their articles, outlets and stories."""
    return FrameList(frames=store.frames(since, actor, limit))


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
