"""Rows of alerts: rules, the events they found, and what became of telling each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from monitor.alert import Channel, Event, Evidence, Rule, Sending
from monitor.errors import NotFoundError
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.subscriptions import query_text, to_query


class AlertRows(StoreBase):
    """Rules by id; events by rule and subject; sendings by event and channel."""

    def save_rule(self, rule: Rule) -> None:
        """Insert a rule, or replace the one with its id."""
        row = asdict(rule) | {"query": query_text(rule.query), "created": to_text(rule.created)}
        self.put("alert_rules", [row])

    def rules(self) -> list[Rule]:
        """All rules in the order in which they came."""
        return [_rule(row) for row in self.rows("select * from alert_rules order by created, id")]

    def rule(self, id: str) -> Rule:
        """One rule."""
        rows = self.rows("select * from alert_rules where id = ?", [id])
        if not rows:
            raise NotFoundError(id, "is no alert", advice="`framewire alerts list` shows them")
        return _rule(rows[0])

    def remove_rule(self, id: str) -> None:
        """Forget a rule, its events and their sendings."""
        self.run(
            "delete from alert_sendings where event in (select id from alert_events where rule = ?)", [id]
        )
        self.run("delete from alert_events where rule = ?", [id])
        self.run("delete from alert_rules where id = ?", [id])

    def save_event(self, event: Event, since: datetime | None, channels: Sequence[Channel]) -> bool:
        """Keep an event to be told by some channels; False where its subject had one since `since` (None: ever)."""
        known = self.value(
            "select 1 from alert_events where rule = ? and subject = ? and at > coalesce(?, '')",
            [event.rule, event.subject, to_text(since)],
        )
        if known:
            return False
        body = {"path": event.path, "once": event.once, "evidence": [asdict(one) for one in event.evidence]}
        row = {name: getattr(event, name) for name in ("id", "rule", "subject", "title")}
        row |= {"at": to_text(event.at), "body": json.dumps(body, ensure_ascii=False)}
        self.put("alert_events", [row])
        for channel in channels:
            self.save_sending(Sending(event=event.id, channel=channel, state="waiting", at=event.at))
        return True

    def save_sending(self, sending: Sending) -> None:
        """Keep what became of telling an event."""
        times = {"at": to_text(sending.at), "retry_at": to_text(sending.retry_at)}
        self.put("alert_sendings", [asdict(sending) | times])

    def waiting_sendings(self, channel: Channel, now: datetime) -> list[tuple[Rule, Event, Sending]]:
        """What is still to be told by a channel now, oldest event first."""
        rows = self.rows(
            """
            select alert_sendings.* from alert_sendings join alert_events on alert_events.id = event
            where state = 'waiting' and channel = ? and coalesce(retry_at, '') <= ?
            order by alert_events.at, event
            """,
            [channel, to_text(now)],
        )
        found = []
        for row in rows:
            event = self.event(row["event"])
            found.append((self.rule(event.rule), event, _sending(row)))
        return found

    def event(self, id: str) -> Event:
        """One event."""
        rows = self.rows("select * from alert_events where id = ?", [id])
        if not rows:
            raise NotFoundError(id, "is no event")
        return _event(rows[0])

    def events(self, limit: int = 50) -> list[Event]:
        """What alerts found, newest first."""
        rows = self.rows("select * from alert_events order by at desc, id limit ?", [limit])
        return [_event(row) for row in rows]

    def sendings(self, event: str) -> list[Sending]:
        """What became of telling an event."""
        rows = self.rows("select * from alert_sendings where event = ? order by channel", [event])
        return [_sending(row) for row in rows]


def _rule(row: Any) -> Rule:
    values = {name: row[name] for name in Rule.__dataclass_fields__}
    return Rule(**(values | {"query": to_query(row["query"]), "created": to_time(row["created"])}))


def _event(row: Any) -> Event:
    body = json.loads(row["body"])
    at = to_time(row["at"])
    assert at is not None
    return Event(
        rule=row["rule"],
        subject=row["subject"],
        title=row["title"],
        path=body["path"],
        once=body["once"],
        evidence=tuple(Evidence(**one) for one in body["evidence"]),
        at=at,
    )


def _sending(row: Any) -> Sending:
    values = {name: row[name] for name in Sending.__dataclass_fields__}
    return Sending(**(values | {name: to_time(values[name]) for name in ("at", "retry_at")}))
