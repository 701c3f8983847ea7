"""The web application: pages, forms, API, health, and what every answer carries. Works without JavaScript."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import CursorError, NotFoundError, QueryError, StoreError
from monitor.store import Store
from reports.web import (
    actor_page,
    api,
    article_page,
    corrections,
    feed_forms,
    pages,
    sign_in,
    stories,
    story_forms,
    story_page,
    subscriptions,
    syndication,
)
from reports.web.desk import Desk
from reports.web.views import STATIC, page
from reports.web.visitor import Visitors

#: Nothing but our own stylesheet and pictures; no script at all.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _SafeHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


#: Pages and forms for people, then lists for programs; one noun a module.
ROUTERS = (
    stories,
    pages,
    story_page,
    actor_page,
    article_page,
    sign_in,
    corrections,
    story_forms,
    feed_forms,
    subscriptions,
    api,
    syndication,
)


def create_app(db: Path, desk: Desk | None = None, *, mail: bool = False) -> FastAPI:
    """The application over one database, which need not be there yet.

    Without a desk nothing can be written on loopback; with `mail`, readers can subscribe.
    """
    desk = desk or Desk()
    app = FastAPI(
        title="Framewire",
        description="Who blames whom, for what, in whose words.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.db, app.state.desk, app.state.mail = db, desk, mail
    app.add_middleware(Visitors, desk=desk, db=db)
    app.add_middleware(_SafeHeaders)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for module in ROUTERS:
        app.include_router(module.router)
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    app.add_api_route("/readyz", readyz, include_in_schema=False)
    app.add_exception_handler(StoreError, _store_failed)
    app.add_exception_handler(sqlite3.DatabaseError, _store_failed)
    app.add_exception_handler(HTTPException, _http_failed)
    app.add_exception_handler(QueryError, _query_wrong)
    app.add_exception_handler(RequestValidationError, _request_wrong)
    return app


def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def readyz(request: Request) -> Response:
    """The database can be read; 503 where it cannot."""
    try:
        store = Store(request.app.state.db, read_only=True)
        try:
            counts = store.counts()
        finally:
            store.close()
    except (StoreError, sqlite3.DatabaseError) as error:
        return JSONResponse({"status": "not ready", "reason": str(error)}, status_code=503)
    return JSONResponse({"status": "ready", "rows": counts})


def _store_failed(request: Request, error: Exception) -> Response:
    """No such thing: 404. No database yet: how to start. One that cannot be read: why."""
    if isinstance(error, NotFoundError):
        return _answer(request, 404, str(error))
    if isinstance(error, CursorError):
        return _answer(request, 422, str(error))
    if _is_api(request):
        return _problem(503, str(error))
    if not Path(request.app.state.db).exists():
        return page("start.html", status=200 if request.url.path in ("/", "/feeds") else 503, problem=None)
    return page("start.html", status=503, problem=str(error))


def _http_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = _answer(request, error.status_code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _query_wrong(request: Request, error: Exception) -> Response:
    """A search that cannot be read: what is wrong, and at which of its characters."""
    assert isinstance(error, QueryError)
    return _answer(
        request, 422, f"q: {error.message} (characters {error.start + 1}–{error.end}). {error.advice}"
    )


def _request_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return _answer(request, 422, wrong)


def _answer(request: Request, status: int, detail: str) -> Response:
    if _is_api(request):
        return _problem(status, detail)
    return page("message.html", status=status, code=status, reason=HTTPStatus(status).phrase, detail=detail)


def _problem(status: int, detail: str) -> Response:
    """An error by RFC 9457."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/feed/"))
