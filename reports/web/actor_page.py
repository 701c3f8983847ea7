"""The page of one actor: whom it blames, who blames it, over time, what is new, its words, its outlets."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from classifiers.actors import OUTLET, actors
from monitor.errors import NotFoundError
from reports.actor_history import history
from reports.actor_report import ActorReport, actor_report
from reports.matrix import Quote
from reports.web.database import ReadStore
from reports.web.views import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

#: The newest articles of which the lines are made.
ACTOR_ARTICLES = 300
#: Quotes shown as its strongest, of the last month that it was heard in.
STRONGEST, MONTH = 5, timedelta(days=30)


@router.get("/actor/{key}")
def actor(store: ReadStore, key: str) -> Response:
    """One actor."""
    found = actors().get(key.upper())
    if found is None or found.id == OUTLET:
        raise NotFoundError(key, "is no actor", advice="`framewire actors` lists them")
    coverage = store.actor_coverage(found.id, ACTOR_ARTICLES)
    told = actor_report(found, coverage)
    return page(
        "actor.html",
        report=told,
        more=len(coverage) == ACTOR_ARTICLES,
        history=history(found.id, store.actor_frames(found.id), store.watching_since()),
        strongest=_strongest(told),
        outlets=[feed for feed in store.feeds() if feed.state == found.id],
    )


def _strongest(told: ActorReport) -> list[Quote]:
    """Its surest recent charges, one a charge."""
    quotes = [line.quote for line in told.blames]
    newest = max((quote.article.published for quote in quotes), default=None)
    if newest is None:
        return []
    recent = [quote for quote in quotes if quote.article.published >= newest - MONTH]
    return sorted(recent, key=lambda quote: (-quote.frame.score, quote.id))[:STRONGEST]
