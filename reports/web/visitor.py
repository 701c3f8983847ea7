"""Who asks: signed in, at the machine itself, or anybody. Resolved once a request, before any page is made.

    cookie ─▶ session in the store ─▶ Visitor(name)
    no user in the store, server and browser on one machine ─▶ Visitor(name=local): a first run needs no set-up

Every form carries a token made from a secret cookie; another site can neither read the one nor make the other.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import sqlite3
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import StoreError
from monitor.passwords import new_token, token_hash
from monitor.store import Store
from reports.web.desk import Desk

#: The name under which somebody at the machine itself writes.
LOCAL = "local"
_FREE = ("/static/", "/healthz", "/readyz")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]+)?")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, and the secret that their forms are made from."""

    #: Whose word a change is; None for somebody who may only read.
    name: str | None = None
    #: True at the machine itself, where nobody was given a sign-in.
    local: bool = False
    form_key: str = ""

    @property
    def form_token(self) -> str:
        """The hidden field of every form."""
        return hmac.new(self.form_key.encode(), b"form", hashlib.sha256).hexdigest()


_NOBODY = Visitor()
_current: ContextVar[Visitor] = ContextVar("visitor", default=_NOBODY)


def current() -> Visitor:
    """Who asked for the page that is being made."""
    return _current.get()


def session_cookie(request: Request) -> str:
    """The cookie's name; over HTTPS one that no other host and no plain request can set (RFC 6265bis, `__Host-`)."""
    return "__Host-framewire" if request.url.scheme == "https" else "framewire"


def form_cookie(request: Request) -> str:
    """The name of the cookie behind the forms of somebody without a session."""
    return f"{session_cookie(request)}-form"


def is_secure(request: Request) -> bool:
    """Whether a password may travel: over HTTPS, or without leaving the machine."""
    return request.url.scheme == "https" or (_is_loopback(_peer(request)) and _is_loopback(_host(request)))


class Visitors:
    """Finds out who asks, and where reading is closed lets nobody else in."""

    def __init__(self, app: ASGIApp, desk: Desk, db: Path) -> None:
        self.app, self.desk, self.db = app, desk, db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: who asks, then the page."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        visitor = await run_in_threadpool(self._visitor, request)
        if self.desk.closed and visitor.name is None and scope["path"] != "/sign-in":
            await _closed(request)(scope, receive, send)
            return
        has_forms = visitor.local or scope["path"] == "/sign-in"
        unknown = visitor.form_key not in request.cookies.values()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Cache-Control", "private, no-cache")
                if has_forms and unknown:
                    headers.append("Set-Cookie", cookie(request, form_cookie(request), visitor.form_key))
            await send(message)

        token = _current.set(visitor)
        try:
            await self.app(scope, receive, marked)
        finally:
            _current.reset(token)

    def _visitor(self, request: Request) -> Visitor:
        session = request.cookies.get(session_cookie(request), "")
        form_key = request.cookies.get(form_cookie(request)) or new_token()
        try:
            store = Store(self.db, read_only=True)
        except (StoreError, sqlite3.DatabaseError):
            local = self._at_home(request) and not self.db.exists()
            return Visitor(name=LOCAL if local else None, local=local, form_key=form_key)
        try:
            name = store.session_user(token_hash(session), self.desk.now()) if session else None
            if name is not None:
                return Visitor(name=name, form_key=session)
            local = self._at_home(request) and not store.has_users()
            return Visitor(name=LOCAL if local else None, local=local, form_key=form_key)
        except sqlite3.DatabaseError:  # a database of an older version: `db migrate` is asked for by the page
            return Visitor(form_key=form_key)
        finally:
            store.close()

    def _at_home(self, request: Request) -> bool:
        """Whether server and browser are on one machine: asked by its own name, and through no proxy that says so.

        The name matters: another site's name can be made to point here (DNS rebinding).
        """
        direct = not any(name in request.headers for name in _FORWARDED)
        return self.desk.loopback and direct and _is_loopback(_peer(request)) and _is_loopback(_host(request))


def cookie(request: Request, name: str, value: str, seconds: int | None = None) -> str:
    """A cookie that no script reads and no other site sends."""
    parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if request.url.scheme == "https":
        parts.append("Secure")
    if seconds is not None:
        parts.append(f"Max-Age={seconds}")
    return "; ".join(parts)


def _closed(request: Request) -> ASGIApp:
    path = request.url.path
    if path.startswith("/api/"):
        body = {
            "type": "about:blank",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Sign in at /sign-in first",
        }
        return JSONResponse(body, status_code=401, media_type="application/problem+json")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/sign-in?next={quote(path + query, safe='/')}", status_code=303)


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _host(request: Request) -> str:
    """The name that was asked for; empty where the header holds none.

    Not `request.url.hostname`: for a name that is none (`a{b.example`, which browsers send) that is the server's own.
    """
    found = _HOST.fullmatch(request.headers.get("host", ""))
    return found[1].strip("[]").lower() if found else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
