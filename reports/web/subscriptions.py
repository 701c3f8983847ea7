"""Pages for readers: subscribe (confirmed by mail), and leave with one click.

A GET never changes anything, as mail scanners follow every link: it shows a button, and the button's POST acts.
The one-click POST of RFC 8058 comes to the same address as the button's. The pages write to the store alone; the mail
round sends what they ask for.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs
from zoneinfo import available_timezones

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from classifiers.actors import actors
from monitor.clock import utc_now
from monitor.errors import ConfigError, NotFoundError
from monitor.model import FRAME_KINDS
from monitor.store import Store
from monitor.subscription import (
    DAYS,
    QUERY_FIELDS,
    Query,
    Subscription,
    checked_address,
    checked_query,
    checked_schedule,
)
from reports.web.views import page

_FIELDS = ("address", "zone", "at", "days", "language", "form", "feeds")
#: A form is a few hundred bytes.
_MOST_BYTES = 20_000
#: Requests of one address that may wait for a yes, and of all: nobody's mailbox is to be filled from here.
_PER_ADDRESS, _WAITING = 1, 200

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/subscribe")
def form(request: Request) -> Response:
    """The form."""
    return _form(request, {}, None)


@router.post("/subscribe")
async def subscribe(request: Request) -> Response:
    """Keep a request; the mail round asks the reader. The answer is the same whoever subscribed before."""
    values = await _values(request)
    if not _offered(request):
        return _form(request, {}, None)
    try:
        wanted = _subscription(values)
    except ConfigError as error:
        return _form(request, values, str(error))
    with _writing(request) as store:
        waiting = store.subscriptions(state="pending")
        if len(waiting) >= _WAITING:
            raise HTTPException(503, "Too many requests wait for their confirmation. Try again tomorrow.")
        same = [one for one in waiting if one.address.lower() == wanted.address.lower()]
        if len(same) < _PER_ADDRESS:
            store.save_subscription(wanted)
    return _said(
        "One more step", f"A mail goes to {wanted.address}; press the button on the page it links to."
    )


@router.get("/subscriptions/confirm/{token}")
def ask(request: Request, token: str) -> Response:
    """The button that confirms."""
    one = _known(request, token)
    return page(
        "subscription.html",
        heading="Your daily digest",
        text=f"Send Framewire's digest to {one.address}?",
        action=f"/subscriptions/confirm/{one.token}",
        button="Yes, send it",
    )


@router.post("/subscriptions/confirm/{token}")
def confirm(request: Request, token: str) -> Response:
    """The reader's yes."""
    one = _known(request, token)
    with _writing(request) as store:
        store.confirm_subscription(one.token, utc_now())
    plan = one.schedule
    return _said("Confirmed", f"The digest comes at {plan.hour:02}:{plan.minute:02} {plan.zone}.")


@router.get("/unsubscribe/{token}")
def leaving(token: str) -> Response:
    """The button that unsubscribes; it says nothing of who is subscribed."""
    return page(
        "subscription.html",
        heading="Unsubscribe",
        text="Get no more digests of this subscription?",
        action=f"/unsubscribe/{token}" if token.replace("-", "").replace("_", "").isalnum() else "/",
        button="Unsubscribe",
    )


@router.post("/unsubscribe/{token}")
def leave(request: Request, token: str) -> Response:
    """Forget the subscription, at once and without a question; saying it twice is the same as once."""
    with _writing(request) as store, suppress(NotFoundError):
        store.remove_subscription(store.subscription_of(token).id)
    return _said("You are unsubscribed", "No more digests come, and your address is forgotten.")


def _form(request: Request, values: dict[str, list[str]], problem: str | None) -> Response:
    return page(
        "subscribe.html",
        status=422 if problem else 200,
        problem=problem,
        offered=_offered(request),
        values={name: " ".join(values.get(name, ())) for name in (*_FIELDS, *QUERY_FIELDS)},
        kinds=FRAME_KINDS,
        zones=sorted(available_timezones()),
        days=DAYS,
    )


def _subscription(values: dict[str, list[str]]) -> Subscription:
    """A pending subscription from a form; ConfigError says what is wrong in it."""
    first = {name: found[0].strip() for name, found in values.items()}
    lists = {name: tuple(" ".join(values.get(name, ())).replace(",", " ").split()) for name in QUERY_FIELDS}
    lists["words"] = tuple(word.strip() for word in first.get("words", "").split(","))
    now = utc_now()
    return Subscription(
        id=secrets.token_hex(8),
        address=checked_address(first.get("address", "")),
        language=checked_query(Query(languages=(first.get("language") or "en",)), frozenset()).languages[0],
        schedule=checked_schedule(
            first.get("zone") or "UTC", first.get("at") or "07:00", first.get("days") or "daily"
        ),
        query=checked_query(Query(**lists), frozenset(actors())),
        form="text" if first.get("form") == "text" else "both",
        feeds="feeds" in first,
        state="pending",
        created=now,
        since=now,
    )


async def _values(request: Request) -> dict[str, list[str]]:
    """The fields of a form, its size bounded."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise HTTPException(413)
    try:
        return parse_qs(body.decode("utf-8", "replace"), max_num_fields=100)
    except ValueError as error:
        raise HTTPException(413, "The form has more than 100 fields") from error


def _known(request: Request, token: str) -> Subscription:
    with _writing(request) as store:
        return store.subscription_of(token)


@contextmanager
def _writing(request: Request) -> Iterator[Store]:
    """A store to write to, in one transaction; where there is no database there are no subscriptions."""
    path = request.app.state.db
    if not path.exists():
        raise NotFoundError("this page", "belongs to no subscription")
    store = Store(path)
    try:
        with store.write():
            yield store
    except sqlite3.OperationalError as error:
        raise HTTPException(503, "The database is busy or cannot be written. Try again.") from error
    finally:
        store.close()


def _offered(request: Request) -> bool:
    """Whether there is a mail server and an address of our own to confirm at."""
    return bool(getattr(request.app.state, "mail", False))


def _said(heading: str, text: str) -> Response:
    return page("subscription.html", heading=heading, text=text, action=None, button=None)
