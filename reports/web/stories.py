"""The first page: stories by weight, with a form that writes the search for the reader."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from classifiers.actors import OUTLET, actors
from monitor.clock import utc_now
from monitor.errors import QueryError
from monitor.model import FRAME_KINDS, OUTLET_KINDS
from monitor.query import Field, Query, field_term, parse, to_text
from monitor.store import Store
from monitor.store.search import Order
from reports.spark import spark
from reports.web.answers import from_cursor, to_cursor
from reports.web.api import reports_of
from reports.web.database import ReadStore
from reports.web.views import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE_STORIES = 20
#: The form's fields; each stands for the terms of its field in the search.
FORM: tuple[Field, ...] = ("last", "lang", "state", "outlet", "actor", "kind")
TIMES = (("24h", "last 24 hours"), ("7d", "last 7 days"), ("30d", "last 30 days"), ("365d", "last year"))
ORDER_WORDS: dict[Order, str] = {"weight": "by weight", "newest": "newest first", "largest": "largest first"}


@router.get("/")
def stories(
    request: Request, store: ReadStore, q: str = "", order: Order = "weight", cursor: str = ""
) -> Response:
    """The stories that a search finds; a filled form leads to the address of its search."""
    given = request.query_params
    try:
        query = parse(q)
        if any(field in given for field in FORM):
            return RedirectResponse(address(_with_form(query, given), order), status_code=303)
    except QueryError as error:
        return _shown(store, 422, q=q, query=Query(), order=order, error=error)
    found = store.find_stories(query, utc_now(), order=order, limit=PAGE_STORIES, after=from_cursor(cursor))
    if not (found.rows or query or cursor):
        return page("start.html", problem=None)
    after = address(query, order, to_cursor(found.next)) if found.next else None
    reports = reports_of(store, found.rows)
    return _shown(
        store,
        200,
        q=to_text(query),
        query=query,
        order=order,
        reports=reports,
        after=after,
        later=bool(cursor),
    )


def address(query: Query, order: Order = "weight", cursor: str | None = None) -> str:
    """The address of a list of stories; this is how a search is kept and sent."""
    order_part = order if order != "weight" else ""
    parts = {"q": to_text(query), "order": order_part, "cursor": cursor or ""}
    given = {name: value for name, value in parts.items() if value}
    return f"/?{urlencode(given)}" if given else "/"


def _with_form(query: Query, given: Any) -> Query:
    """The search with what the form's fields say instead of its own terms for them."""
    for field in FORM:
        if field in given:
            query = query.without(field)
            if value := given[field].strip():
                query = query.also(field_term(field, *filter(None, value.split(","))))
    return query


def _shown(store: Store, status: int, *, query: Query, order: Order, **values: Any) -> Response:
    newest = store.newest()
    words = to_text(query)
    shown = {"reports": [], "after": None, "later": False, "error": None, "newest": newest} | values
    return page(
        "stories.html",
        status=status,
        order=order,
        orders=[(name, text, address(query, name)) for name, text in ORDER_WORDS.items()],
        form={field: ",".join(query.values(field)) for field in FORM},
        choices=_choices(store, query),
        filtered=bool(query),
        atom=f"/feed/stories.atom?{urlencode({'q': words})}",
        exports={
            form: f"/api/v1/stories?{urlencode({'q': words, 'format': form})}" for form in ("csv", "jsonl")
        },
        spark=lambda timeline: Markup(spark(timeline)),  # noqa: S704 (made by us, escaped there)
        **shown,
    )


def _choices(store: Store, query: Query) -> dict[str, list[str]]:
    """What the form offers; what the search says already stays on offer."""
    known = actors().values()
    states = {feed.state for feed in store.feeds() if feed.state}
    offered: dict[Field, list[str]] = {
        "last": [value for value, _ in TIMES],
        "lang": store.languages(),
        "state": [*sorted(states), "none"],
        "outlet": list(OUTLET_KINDS),
        "actor": [one.id for one in sorted(known, key=lambda one: one.name) if one.id != OUTLET],
        "kind": list(FRAME_KINDS),
    }
    return {
        field: [*values, *([own] if (own := ",".join(query.values(field))) and own not in values else [])]
        for field, values in offered.items()
    }
