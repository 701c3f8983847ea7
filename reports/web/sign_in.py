"""Signing in and out: argon2, a session cookie, and a door that closes after too many failures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from monitor.passwords import LIMITS, SESSION, WINDOW, failure_keys, new_token, token_hash, verify_secret
from reports.web.database import ReadStore
from reports.web.views import page
from reports.web.visitor import cookie, current, is_secure, session_cookie
from reports.web.writing import Posted, TheDesk, write_store

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/sign-in")
def sign_in_form(request: Request, store: ReadStore, next: str = "/") -> Response:
    """The form, or why there is none."""
    return _form(request, store.has_users(), _local_path(next))


@router.post("/sign-in")
def sign_in(request: Request, form: Posted, desk: TheDesk) -> Response:
    """A session for somebody who knows the secret."""
    if not is_secure(request):
        return _form(request, True, "/", status=403)
    name, back, now = form.text("name", 64), _local_path(form.text("next")), desk.now()
    keys = failure_keys(name, request.client.host if request.client else "")
    with write_store(request) as store:
        if any(store.sign_in_failures(key, now - WINDOW) >= LIMITS[limit] for limit, key in keys.items()):
            minutes = int(WINDOW.total_seconds() // 60)
            problem = f"Too many sign-ins failed. Wait {minutes} minutes, then try again."
            return _form(request, True, back, problem, name, status=429)
        if not verify_secret(store.user_secret(name), form.secret("password")):
            with store.write():
                store.record_sign_in_failure(keys.values(), now, forget=now - WINDOW)
            return _form(request, True, back, "Name and password do not fit together.", name, status=403)
        session = new_token()
        with store.write():
            store.forget_sign_in_failures(keys["pair"])
            store.save_session(token_hash(session), name, now, now + SESSION)
    answer = RedirectResponse(back, status_code=303)
    seconds = int(SESSION.total_seconds())
    answer.headers.append("Set-Cookie", cookie(request, session_cookie(request), session, seconds))
    return answer


@router.post("/sign-out")
def sign_out(request: Request, _form: Posted) -> Response:
    """End the session, here and in the store."""
    with write_store(request) as store, store.write():
        store.end_session(token_hash(current().form_key))
    answer = RedirectResponse("/", status_code=303)
    answer.headers.append("Set-Cookie", cookie(request, session_cookie(request), "", 0))
    return answer


def _form(
    request: Request, users: bool, back: str, problem: str = "", name: str = "", status: int = 200
) -> Response:
    values = {"users": users, "back": back, "problem": problem, "name": name, "secure": is_secure(request)}
    return page("sign_in.html", status=status, **values)


def _local_path(path: str) -> str:
    """Where to go afterwards: a page of ours, never another site."""
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours and not path.startswith("/sign-") else "/"
