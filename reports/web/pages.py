"""The pages for people; each is a few lines from rows to template."""

from __future__ import annotations

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from monitor.model import FRAME_KINDS, STANCES, FeedState
from reports.feed_health import health
from reports.story_report import report
from reports.web.database import ReadStore
from reports.web.views import page

#: Stories a page.
PAGE_STORIES = 20

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def stories(store: ReadStore, number: int = Query(1, alias="page", ge=1, le=500)) -> Response:
    """The stories, largest first."""
    first = (number - 1) * PAGE_STORIES
    found = store.stories(limit=first + PAGE_STORIES + 1)[first:]
    reports = [report(story, store.coverage(story.id)) for story in found[:PAGE_STORIES]]
    if not reports and number == 1:
        return page("start.html", problem=None)
    return page("stories.html", reports=reports, number=number, more=len(found) > PAGE_STORIES)


@router.get("/feeds")
def feeds(store: ReadStore, done: str = "") -> Response:
    """The feeds that are watched, and how they are doing."""
    states = store.feed_states()
    rows = [(feed, states.get(feed.id, FeedState(feed=feed.id))) for feed in store.feeds()]
    if not rows:
        return page("start.html", problem=None)
    return page("feeds.html", rows=[(feed, state, health(feed, state)) for feed, state in rows], done=done)


@router.get("/about")
def about() -> Response:
    """What a frame is, and how to read the pages."""
    return page("about.html", kinds=FRAME_KINDS, stances=STANCES)
