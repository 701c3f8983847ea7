"""Feeds in the browser: add by address or home page, change, pause, remove. Everything is written to feeds.yaml.

Each form carries the fingerprint of the file it was made from: a file that changed since is never overwritten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from classifiers.actors import actors
from monitor.config import FeedsFile, fingerprint, load_feeds, parse_duration
from monitor.errors import (
    ConfigError,
    FetchError,
    FileChangedError,
    FramewireError,
    NotFoundError,
    ParseError,
)
from monitor.model import Feed, OutletKind
from reports.web.desk import Desk
from reports.web.views import page
from reports.web.writing import Form, Posted, TheDesk, Writer, write_store

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

#: Fields of a form, as feeds.yaml names them.
FIELDS = ("name", "state", "kind", "language", "interval", "tags")


@router.get("/feeds/add")
def add_form(_by: Writer, desk: TheDesk, address: str = "") -> Response:
    """Ask for an address."""
    _file_of(desk)
    return _add_page(desk, address=address[:2000])


@router.post("/feeds/find")
def find(_by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Show the feeds behind an address, each with its newest titles, to choose from."""
    _file_of(desk)
    address = form.text("address", 2000)
    if address and "://" not in address:
        address = f"https://{address}"
    try:
        found = desk.look(address) if desk.look else []
    except (FetchError, ParseError) as error:
        return _add_page(desk, status=422, address=address, problem=str(error))
    return _add_page(desk, address=address, found=found)


@router.post("/feeds/add")
def add(request: Request, _by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Write a new feed."""
    path = _file_of(desk)
    try:
        values = _values(form)
        url = form.text("url", 2000)
        _check_unchanged(desk, form)
        file = FeedsFile(path) if path.exists() else FeedsFile.create(path)
        parts = {key: value for key, value in values.items() if value is not None}
        file.add(Feed(url=url, **(parts | {"name": parts.get("name") or url})))
    except ConfigError as error:
        values = {name: form.text(name) for name in FIELDS}
        return _add_page(
            desk, status=_status(error), problem=str(error), chosen=values | {"url": form.text("url", 2000)}
        )
    _take_in(request, file)
    return RedirectResponse("/feeds?done=added", status_code=303)


@router.get("/feeds/{key}/edit")
def edit_form(request: Request, _by: Writer, key: str, desk: TheDesk) -> Response:
    """The feed's fields."""
    return _edit_page(request, _feed(desk, key))


@router.post("/feeds/{key}/edit")
def edit(request: Request, _by: Writer, key: str, form: Posted, desk: TheDesk) -> Response:
    """Write what was changed, and nothing else."""
    feed = _feed(desk, key)
    try:
        wanted = _values(form)
        changed = {name: value for name, value in wanted.items() if _differs(feed, name, value)}
        if not wanted["name"]:
            raise ConfigError("name", "is empty", advice="Give the outlet's name")
        _check_unchanged(desk, form)
        file = FeedsFile(_file_of(desk))
        if changed:
            file.change(feed.url, {name: _written(name, value) for name, value in changed.items()})
    except ConfigError as error:
        typed = {name: form.text(name) for name in FIELDS}
        return _edit_page(request, feed, str(error), typed, _status(error))
    _take_in(request, file)
    return RedirectResponse("/feeds?done=changed", status_code=303)


@router.post("/feeds/{key}/pause")
def pause(request: Request, _by: Writer, key: str, form: Posted, desk: TheDesk) -> Response:
    """Stop asking a feed, or ask it again."""
    feed = _feed(desk, key)
    on = form.text("enabled") == "yes"
    try:
        _check_unchanged(desk, form)
        file = FeedsFile(_file_of(desk))
        file.change(feed.url, {"enabled": None if on else False})
        if on and not next(one for one in file.feeds if one.id == feed.id).enabled:  # the defaults say no
            file.change(feed.url, {"enabled": True})
    except ConfigError as error:
        return _edit_page(request, feed, str(error), status=_status(error))
    _take_in(request, file)
    if on:
        with write_store(request) as store, store.write():
            store.resume_feed(feed.id)
    return RedirectResponse(f"/feeds?done={'resumed' if on else 'paused'}", status_code=303)


@router.post("/feeds/{key}/remove")
def remove(request: Request, _by: Writer, key: str, form: Posted, desk: TheDesk) -> Response:
    """Take a feed out of the file; what it brought stays."""
    feed = _feed(desk, key)
    try:
        if form.text("sure") != "yes":
            raise ConfigError(feed.name, "was not removed", advice="Tick the box to say that you mean it")
        _check_unchanged(desk, form)
        file = FeedsFile(_file_of(desk))
        file.remove(feed.url)
    except ConfigError as error:
        return _edit_page(request, feed, str(error), status=_status(error))
    _take_in(request, file)
    return RedirectResponse("/feeds?done=removed", status_code=303)


def _file_of(desk: Desk) -> Path:
    if desk.feeds is None:
        raise NotFoundError(
            "feeds.yaml", "cannot be changed here", advice="Start the pages by `framewire serve`"
        )
    return desk.feeds


def _feed(desk: Desk, key: str) -> Feed:
    try:
        found = load_feeds(_file_of(desk))
    except ConfigError as error:
        raise NotFoundError(key, f"cannot be changed: {error}") from error
    for feed in found:
        if feed.id == key:
            return feed
    raise NotFoundError(key, f"is no feed of {desk.feeds}", advice="It may have been removed meanwhile")


def _check_unchanged(desk: Desk, form: Form) -> None:
    if fingerprint(_file_of(desk)) != form.text("seen"):
        advice = "Look at it again below, then repeat your change"
        raise FileChangedError(
            str(desk.feeds), "was changed by somebody else; nothing was written", advice=advice
        )


def _values(form: Form) -> dict[str, Any]:
    """The fields as a feed has them; None for an empty one. ConfigError names what is wrong."""
    state, kind, interval = (
        form.text("state").upper(),
        form.text("kind") or "independent",
        form.text("interval"),
    )
    if state and (state not in actors() or actors()[state].kind != "state"):
        raise ConfigError(state, "is no state", advice="Write an ISO 3166-1 alpha-3 code such as RUS")
    if kind not in get_args(OutletKind):
        raise ConfigError(kind, "is no kind of outlet")
    try:
        seconds = parse_duration(interval or Feed.__dataclass_fields__["interval"].default)
    except ValueError as error:
        raise ConfigError("interval", str(error)) from error
    return {
        "name": form.text("name", 200) or None,
        "state": state or None,
        "kind": kind,
        "language": form.text("language", 40) or None,
        "interval": seconds,
        "tags": tuple(form.text("tags").replace(",", " ").split()),
    }


def _differs(feed: Feed, name: str, value: Any) -> bool:
    return bool(getattr(feed, name) != value)


def _written(name: str, value: Any) -> Any:
    """A value as feeds.yaml has it."""
    if name == "interval":
        return f"{value / 60:g}m" if value < 7200 or value % 3600 else f"{value / 3600:g}h"
    if name == "tags":
        return list(value) or None
    return value


def _status(error: ConfigError) -> int:
    return 409 if isinstance(error, FileChangedError) else 422


def _take_in(request: Request, file: FeedsFile) -> None:
    """Show it at once; the running service sees the changed file by itself."""
    with write_store(request) as store:
        store.sync_feeds(file.feeds)


def _common(desk: Desk) -> dict[str, Any]:
    states = [(id, actor.name) for id, actor in actors().items() if actor.kind == "state"]
    return {
        "seen": fingerprint(_file_of(desk)),
        "path": str(desk.feeds),
        "states": sorted(states, key=lambda pair: pair[1]),
        "kinds": get_args(OutletKind),
    }


def _add_page(
    desk: Desk,
    *,
    status: int = 200,
    address: str = "",
    found: Any = (),
    problem: str = "",
    chosen: dict[str, str] | None = None,
) -> Response:
    known: set[str] = set()
    try:
        known = {feed.url for feed in load_feeds(_file_of(desk))} if _file_of(desk).exists() else set()
    except FramewireError as error:
        problem = problem or str(error)
    values = {"address": address, "found": found, "problem": problem, "chosen": chosen, "known": known}
    return page("feed_add.html", status=status, **values, **_common(desk))


def _edit_page(
    request: Request, feed: Feed, problem: str = "", typed: dict[str, str] | None = None, status: int = 200
) -> Response:
    with write_store(request) as store:
        halted = not feed.enabled or store.feed_state(feed.id).paused
    values = {
        "name": feed.name,
        "state": feed.state or "",
        "kind": feed.kind,
        "language": feed.language or "",
        "interval": _written("interval", feed.interval),
        "tags": " ".join(feed.tags),
    }
    model = {"feed": feed, "values": values | (typed or {}), "problem": problem, "halted": halted}
    return page("feed_edit.html", status=status, **model, **_common(request.app.state.desk))
