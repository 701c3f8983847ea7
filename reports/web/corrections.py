"""An analyst's word on a frame: right, wrong, or wrong actor."""

from __future__ import annotations

from typing import Literal, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from monitor.model import Correction
from reports.web.writing import Posted, TheDesk, Writer, write_store

Verdict = Literal["right", "wrong", "wrong_actor"]
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/frame/{key}/correction")
def correct(request: Request, key: str, by: Writer, form: Posted, desk: TheDesk) -> Response:
    """Keep the verdict under the visitor's name (a later one replaces it), and go back to the article."""
    verdict = form.text("verdict")
    if verdict not in get_args(Verdict):
        raise HTTPException(422, "Say right, wrong or wrong actor")
    with write_store(request) as store:
        word = Correction(frame=key, verdict=verdict, by=by, at=desk.now(), note=form.text("note"))  # type: ignore[arg-type]
        with store.write():
            store.save_correction(word)
        article = store.article_of(key)
    return RedirectResponse(f"/article/{article}?said={key}#k-{key}", status_code=303)
