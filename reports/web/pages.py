"""The pages for people; each is a few lines from rows to template."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from monitor.model import FRAME_KINDS, STANCES, FeedState
from reports.feed_health import health
from reports.quality import measured
from reports.web.database import ReadStore
from reports.web.views import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


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
    """What a frame is, how well it is found, and how to read the pages."""
    return page("about.html", kinds=FRAME_KINDS, stances=STANCES, quality=measured())
