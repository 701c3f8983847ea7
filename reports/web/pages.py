"""The pages for people; each is a few lines from rows to template."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from classifiers.actors import OUTLET, actors
from monitor.errors import NotFoundError
from monitor.model import FRAME_KINDS, STANCES, FeedState
from reports.actor_report import actor_report
from reports.feed_health import health
from reports.highlight import paragraphs, reading_order, span
from reports.matrix import blame_lines
from reports.quality import measured
from reports.story_report import report
from reports.web.database import ReadStore
from reports.web.views import page

#: The newest articles of which an actor's page is made.
ACTOR_ARTICLES = 300

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/story/{key}")
def story(store: ReadStore, key: str) -> Response:
    """One story: timeline, matrix, quotes, reports. The words after the id are for people only."""
    asked = key.split("-")[0]
    found = store.story(asked)
    told = report(found, store.coverage(found.id))
    if found.id != asked:
        return RedirectResponse(told.path, status_code=308)
    return page("story.html", report=told)


@router.get("/article/{key}")
def article(store: ReadStore, key: str) -> Response:
    """One article, with the words that blame marked in place."""
    covered = store.covered(key)
    text = covered.article
    quotes = {quote.id: line for line in blame_lines([covered]) for quote in line.quotes}
    order = sorted(range(len(covered.frames)), key=lambda i: reading_order(covered.frames[i]))
    frames, keys = [covered.frames[i] for i in order], [covered.frame_ids[i] for i in order]
    return page(
        "article.html",
        covered=covered,
        frames=frames,
        lines=[quotes[key] for key in keys],
        lost=[span(text.title if frame.place == "title" else text.text, frame) is None for frame in frames],
        title=paragraphs(text.title, frames, "title"),
        body=paragraphs(text.text, frames, "text"),
        story=store.story_of(key),
    )


@router.get("/actor/{key}")
def actor(store: ReadStore, key: str) -> Response:
    """One actor: whom it blames, who blames it."""
    found = actors().get(key.upper())
    if found is None or found.id == OUTLET:
        raise NotFoundError(key, "is no actor", advice="`framewire actors` lists them")
    coverage = store.actor_coverage(found.id, ACTOR_ARTICLES)
    told = actor_report(found, coverage)
    return page("actor.html", report=told, more=len(coverage) == ACTOR_ARTICLES)


@router.get("/feeds")
def feeds(store: ReadStore) -> Response:
    """The feeds that are watched, and how they are doing."""
    states = store.feed_states()
    rows = [(feed, states.get(feed.id, FeedState(feed=feed.id))) for feed in store.feeds()]
    if not rows:
        return page("start.html", problem=None)
    return page("feeds.html", rows=[(feed, state, health(feed, state)) for feed, state in rows])


@router.get("/about")
def about() -> Response:
    """What a frame is, how well it is found, and how to read the pages."""
    return page("about.html", kinds=FRAME_KINDS, stances=STANCES, quality=measured())
