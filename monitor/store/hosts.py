"""Rows of hosts: what politeness remembers of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from monitor.model import HostState
from monitor.store.base import StoreBase, to_text, to_time


class HostRows(StoreBase):
    """Hosts by name and port."""

    def save_hosts(self, states: Iterable[HostState]) -> None:
        """Replace what is known of hosts."""
        self.put(
            "hosts",
            [
                asdict(state)
                | {name: to_text(getattr(state, name)) for name in ("next_request", "robots_until")}
                | {"robots_failed": int(state.robots_failed)}
                for state in states
            ],
        )

    def hosts(self, now: datetime) -> list[HostState]:
        """Hosts of which something still holds."""
        found = self.rows(
            "select * from hosts where next_request > :now or robots_until > :now order by host",
            {"now": to_text(now)},
        )
        return [
            HostState(
                host=row["host"],
                next_request=to_time(row["next_request"]),
                robots=row["robots"],
                robots_until=to_time(row["robots_until"]),
                robots_failed=bool(row["robots_failed"]),
            )
            for row in found
        ]
