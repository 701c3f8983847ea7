"""What every form that changes something goes through: a name, a token, a bounded body, a store that can be written."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from monitor.store import Store
from reports.web.desk import Desk
from reports.web.visitor import current

#: Bytes and fields of a form: ticking every report of a story of a thousand takes 30 kB.
MAX_FORM, MAX_FIELDS = 200_000, 2_000


class Form:
    """The fields of a form as text; one that is missing is empty."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str, longest: int = 500) -> str:
        """A field without what is no text, cut where it is too long."""
        return self._fields.get(name, [""])[0].replace("\x00", "").strip()[:longest]

    def secret(self, name: str) -> str:
        """A field exactly as it was typed."""
        return self._fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return self._fields.get(name, [])


async def posted(request: Request) -> Form:
    """A form that came from one of our own pages; 403 for any other."""
    form = await _read(request)
    site = request.headers.get("sec-fetch-site", "same-origin")
    right = hmac.compare_digest(form.text("token").encode(), current().form_token.encode())
    if not right or site not in ("same-origin", "none"):
        detail = "This form is no longer valid: go back, load the page again, and repeat what you wrote"
        raise HTTPException(403, detail)
    return form


async def _read(request: Request) -> Form:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415, "A form is sent as application/x-www-form-urlencoded")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM:
            raise HTTPException(413, f"The form is larger than {MAX_FORM:,} bytes")
    try:
        text = body.decode("utf-8", "replace")
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise HTTPException(413, f"The form has more than {MAX_FIELDS:,} fields") from error


def writer(request: Request) -> str:
    """The name of somebody who may write; others are sent to sign in."""
    name = current().name
    if name is not None:
        return name
    if request.method == "GET":
        where = quote(request.url.path, safe="/")
        raise HTTPException(303, "Sign in first", headers={"Location": f"/sign-in?next={where}"})
    raise HTTPException(403, "Sign in first: your session may have ended, and nothing was changed")


def desk_of(request: Request) -> Desk:
    """What this server may do."""
    desk: Desk = request.app.state.desk
    return desk


@contextmanager
def write_store(request: Request) -> Iterator[Store]:
    """A store to write, on the thread that uses it."""
    store = Store(request.app.state.db)
    try:
        yield store
    finally:
        store.close()


Writer = Annotated[str, Depends(writer)]
Posted = Annotated[Form, Depends(posted)]
TheDesk = Annotated[Desk, Depends(desk_of)]
