"""What a list was asked for: query, times, page; shared by pages, API and feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from monitor.clock import utc_now
from monitor.query import Query as Search
from monitor.query import parse
from monitor.store.search import Place
from reports.web.answers import from_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page of a list, as an address names it."""

    query: Search
    now: datetime
    limit: int
    after: Place | None
    since: datetime | None
    until: datetime | None

    @property
    def page(self) -> dict[str, Any]:
        """The keyword arguments of the store's finders."""
        return {"limit": self.limit, "after": self.after, "since": self.since, "until": self.until}


def asked(
    q: Annotated[str, Query(description="A search, such as `actor:RUS kind:negligence lang:nl`")] = "",
    since: Annotated[datetime | None, Query(description="Told at or after this time")] = None,
    until: Annotated[datetime | None, Query(description="Told at or before this time")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=400)] = None,
) -> Asked:
    """The page that is asked for; QueryError where the search cannot be read."""
    return Asked(
        query=parse(q),
        now=utc_now(),
        limit=limit,
        after=from_cursor(cursor),
        since=_utc(since),
        until=_utc(until),
    )


def _utc(moment: datetime | None) -> datetime | None:
    """A time without a zone is UTC; one at the edge of the calendar stays what it is."""
    if moment is None or moment.tzinfo is None:
        return moment.replace(tzinfo=UTC) if moment else None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def site(request: Request) -> str:
    """The address of this server, without a slash at its end."""
    return str(request.base_url).rstrip("/")


ListAsked = Annotated[Asked, Depends(asked)]
