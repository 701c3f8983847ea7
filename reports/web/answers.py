"""What lists answer with: bodies with an ETag, cursors, links to the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from monitor.store.search import Place
from reports import export

Form = Literal["json", "csv", "jsonl"]
MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "plover": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/jsonl; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows of a list with the columns of its CSV."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...]


def tagged(
    request: Request, body: str | bytes, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with an ETag; 304 where the reader has it already (RFC 9110, weak comparison)."""
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    own = {"ETag": tag, "Cache-Control": "no-cache", **(headers or {})}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers=own)
    return Response(content, media_type=media, headers=own)


def written(request: Request, sheet: Sheet, form: str, place: Place | None) -> Response:
    """Rows in the form that was asked for, with a link to the next page in the header (RFC 8288)."""
    headers = {
        "Content-Disposition": f'inline; filename="framewire-{sheet.name}.{"jsonl" if form == "jsonl" else "csv"}"'
    }
    if form == "json":
        headers = {}
        body = json.dumps({sheet.name: list(sheet.rows), "next": to_cursor(place)}, ensure_ascii=False)
    else:
        out = io.StringIO(newline="")
        if form == "jsonl":
            export.write_jsonl(sheet.rows, out)
        elif form == "plover":
            export.write_csv(export.plover(sheet.rows), out, export.PLOVER_COLUMNS)
        else:
            export.write_csv(sheet.rows, out, sheet.columns)
        body = out.getvalue()
    if place is not None:
        following = request.url.include_query_params(cursor=to_cursor(place))
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return tagged(request, body, MEDIA[form], headers)


def to_cursor(place: Place | None) -> str | None:
    """A place as an opaque word; None at the end of a list."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None) -> Place | None:
    """The place that a cursor stands for; 422 where it is none."""
    if not cursor:
        return None
    try:
        place = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        good = isinstance(place, list) and 0 < len(place) < 4
        if good and all(type(one) is str or (type(one) is int and abs(one) < 2**63) for one in place):
            for one in place:
                str(one).encode()
            return tuple(place)
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise HTTPException(422, "cursor: is none of ours. Begin again without it")
