"""Rows of subscriptions and of what became of their digests."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from monitor.errors import NotFoundError
from monitor.store.base import StoreBase, to_text, to_time
from monitor.subscription import QUERY_FIELDS, Delivery, Query, Schedule, Subscription

_TIMES = ("created", "since", "asked")
_FLAGS = ("feeds", "empty")
_ADVICE = "`framewire subscriptions list` shows them"


class SubscriptionRows(StoreBase):
    """Subscriptions by id, token or address; deliveries by subscription and local day."""

    def save_subscription(self, subscription: Subscription) -> None:
        """Insert a subscription, or replace the one with its id."""
        self.put("subscriptions", [_row(subscription)])

    def subscriptions(self, state: str | None = None, address: str | None = None) -> list[Subscription]:
        """Subscriptions in the order in which they came; of one state, of one address (letter case aside)."""
        found = self.rows(
            """
            select * from subscriptions where state = coalesce(:state, state)
            and lower(address) = lower(coalesce(:address, address)) order by created, id
            """,
            {"state": state, "address": address},
        )
        return [_subscription(row) for row in found]

    def subscription(self, key: str) -> Subscription:
        """One subscription by its id or token."""
        rows = self.rows("select * from subscriptions where :key in (id, token)", {"key": key})
        if not rows:
            raise NotFoundError(key, "is no subscription", advice=_ADVICE)
        return _subscription(rows[0])

    def subscription_of(self, token: str) -> Subscription:
        """The subscription of a token, as the links in mails carry it."""
        rows = self.rows("select * from subscriptions where token = ?", [token])
        if not rows:
            raise NotFoundError("this link", "belongs to no subscription", advice="It may have ended")
        return _subscription(rows[0])

    def remove_subscription(self, id: str) -> None:
        """Forget a subscription and its deliveries: nothing of the reader stays."""
        self.run("delete from deliveries where subscription = ?", [id])
        self.run("delete from subscriptions where id = ?", [id])

    def is_active(self, id: str) -> bool:
        """Whether a subscription is there and neither pending nor paused."""
        return bool(self.value("select 1 from subscriptions where id = ? and state = 'active'", [id]))

    def pause_subscription(self, id: str, reason: str) -> None:
        """Stop the mails of a subscription, if it is still there, and say why."""
        self.run("update subscriptions set state = 'paused', reason = ? where id = ?", [reason, id])

    def confirm_subscription(self, token: str, now: datetime) -> bool:
        """The reader's yes: digests come from now on. False where there is no such subscription."""
        self.run(
            "update subscriptions set state = 'active', since = ? where token = ? and state = 'pending'",
            [to_text(now), token],
        )
        return bool(self.value("select 1 from subscriptions where token = ?", [token]))

    def note_asked(self, id: str, now: datetime) -> None:
        """The mail that asks for the reader's yes was accepted."""
        self.run("update subscriptions set asked = ? where id = ?", [to_text(now), id])

    def unasked(self) -> list[Subscription]:
        """Subscriptions from the page whose readers were not yet asked by mail, oldest first."""
        found = self.rows(
            "select * from subscriptions where state = 'pending' and asked is null order by created, id"
        )
        return [_subscription(row) for row in found]

    def forget_unconfirmed(self, before: datetime) -> int:
        """Forget subscriptions that nobody confirmed since `before`; how many."""
        return self.run(
            "delete from subscriptions where state = 'pending' and created < ?", [to_text(before)]
        )

    # --- deliveries ------------------------------------------------------------------------------------------

    def save_delivery(self, delivery: Delivery) -> None:
        """Keep what became of a digest; a later word replaces an earlier one."""
        times = {"at": to_text(delivery.at), "retry_at": to_text(delivery.retry_at)}
        self.put("deliveries", [asdict(delivery) | {"day": delivery.day.isoformat()} | times])

    def delivery(self, subscription: str, day: date) -> Delivery | None:
        """What became of a day's digest; None where it was not tried."""
        rows = self.rows(
            "select * from deliveries where subscription = ? and day = ?", [subscription, day.isoformat()]
        )
        return _delivery(rows[0]) if rows else None

    def deliveries(self, since: date) -> dict[tuple[str, date], Delivery]:
        """Deliveries of local days from `since` on, by subscription and day."""
        rows = self.rows("select * from deliveries where day >= ?", [since.isoformat()])
        return {(row["subscription"], date.fromisoformat(row["day"])): _delivery(row) for row in rows}

    def last_deliveries(self) -> dict[str, Delivery]:
        """The newest delivery of each subscription."""
        rows = self.rows(
            """
            select deliveries.* from deliveries join (
                select subscription as of, max(day) as newest from deliveries group by subscription)
            on subscription = of and day = newest
            """
        )
        return {row["subscription"]: _delivery(row) for row in rows}


def query_text(query: Query) -> str:
    """A query as the store keeps it."""
    return json.dumps({name: value for name, value in asdict(query).items() if value}, ensure_ascii=False)


def to_query(text: str) -> Query:
    """A query from the store; fields that are no longer known are left out."""
    return Query(**{name: tuple(value) for name, value in json.loads(text).items() if name in QUERY_FIELDS})


def _row(subscription: Subscription) -> dict[str, Any]:
    row = asdict(subscription)
    row |= row.pop("schedule")
    row |= {name: to_text(getattr(subscription, name)) for name in _TIMES}
    row |= {name: int(getattr(subscription, name)) for name in _FLAGS}
    return row | {"query": query_text(subscription.query)}


def _subscription(row: Any) -> Subscription:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 (a Row iterates over values)
    schedule = Schedule(**{name: values.pop(name) for name in Schedule.__dataclass_fields__})
    times = {name: to_time(values[name]) for name in _TIMES}
    flags = {name: bool(values[name]) for name in _FLAGS}
    return Subscription(
        **(values | times | flags | {"schedule": schedule, "query": to_query(values["query"])})
    )


def _delivery(row: Any) -> Delivery:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118
    times = {name: to_time(values[name]) for name in ("at", "retry_at")}
    return Delivery(**(values | times | {"day": date.fromisoformat(values["day"])}))
