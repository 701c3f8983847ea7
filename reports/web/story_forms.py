"""Merging, splitting and locking a story by hand."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.errors import NotFoundError, StoryChangeError
from monitor.store import Neighbour, Store
from reports.neighbours import pairs_of
from reports.story_report import StoryReport, report
from reports.web.database import ReadStore
from reports.web.story_page import BESIDE
from reports.web.views import page
from reports.web.writing import Form, Posted, TheDesk, Writer, write_store

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

#: Stories that are offered to merge with; any other can be named by its address.
OFFERED = 12
_ID = re.compile(r"(?:^|/story/)([0-9a-f]{16})(?![0-9a-f])")


@router.get("/story/{key}/edit")
def edit(store: ReadStore, key: str, _by: Writer) -> Response:
    """The forms."""
    return _page(store, key)


@router.post("/story/{key}/merge")
def merge(request: Request, key: str, by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Take another story's reports into this one."""
    named = form.text("address") or form.text("other")
    found = _ID.search(named)
    with write_store(request) as store:
        if found is None:
            return _page(store, key, "Choose a story, or give its address or id.", form)
        try:
            kept = store.merge_stories(key, found[1], by=by, at=desk.now(), note=form.text("note"), hand=True)
        except (NotFoundError, StoryChangeError) as error:
            return _page(store, key, str(error), form)
    return RedirectResponse(f"/story/{kept.id}", status_code=303)


@router.post("/story/{key}/split")
def split(request: Request, key: str, by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Give some of its reports a story of their own."""
    with write_store(request) as store:
        try:
            chosen, note = form.all("article"), form.text("note")
            new = store.split_story(key, chosen, by=by, at=desk.now(), note=note, hand=True)
        except (NotFoundError, StoryChangeError) as error:
            return _page(store, key, str(error), form)
    return RedirectResponse(f"/story/{new.id}", status_code=303)


@router.post("/story/{key}/lock")
def lock(request: Request, key: str, by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Keep the machine from merging or splitting it, or let it again."""
    with write_store(request) as store:
        locked = form.text("locked") == "yes"
        found = store.lock_story(key, by=by, at=desk.now(), note=form.text("note"), locked=locked)
    return RedirectResponse(f"/story/{found.id}/edit", status_code=303)


def _page(store: Store, key: str, problem: str = "", form: Form | None = None) -> Response:
    found = store.story(key)
    told = report(found, store.coverage(found.id))
    return page(
        "story_edit.html",
        status=422 if problem else 200,
        report=told,
        problem=problem,
        chosen=set(form.all("article")) if form else set(),
        address=form.text("address") if form else "",
        note=form.text("note") if form else "",
        offered=_offered(store, told),
    )


def _offered(store: Store, told: StoryReport) -> list[Neighbour]:
    """The stories near in time, those that share most of who blames whom first."""
    first, last, own = told.story.first, told.story.last, pairs_of(told)
    near = store.neighbours(first - BESIDE, last + BESIDE)
    others = [one for one in near if one.story.id != told.story.id]
    others.sort(key=lambda one: (-len(own & one.pairs), abs(one.story.first - first), one.story.id))
    return others[:OFFERED]
