"""The store: one SQLite file, the only queue and the only place with SQL.

Each file of this package holds the rows of one domain; add a method beside its table. All times that go in or
come out are aware UTC. Writes happen inside `with store.write():`, in one process.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from monitor.errors import BusyHostError, FramewireError, StoreError
from monitor.model import Failure
from monitor.store.alerts import AlertRows
from monitor.store.articles import ArticleRows, frame_id
from monitor.store.base import to_text, to_time
from monitor.store.changes import ChangeRows
from monitor.store.copies import CopyRows
from monitor.store.coverage import Coverage, CoverageRows
from monitor.store.digests import DigestRows
from monitor.store.feeds import FeedRows
from monitor.store.hosts import HostRows
from monitor.store.neighbours import ActorFrame, Neighbour, NeighbourRows
from monitor.store.search import Found, SearchRows
from monitor.store.stories import Member, StoryRows
from monitor.store.subscriptions import SubscriptionRows
from monitor.store.users import UserRows

__all__ = ["ActorFrame", "Coverage", "Found", "Member", "Neighbour", "Store", "frame_id"]


class Store(
    AlertRows,
    FeedRows,
    HostRows,
    ArticleRows,
    CopyRows,
    ChangeRows,
    StoryRows,
    CoverageRows,
    DigestRows,
    NeighbourRows,
    SearchRows,
    SubscriptionRows,
    UserRows,
):
    """Everything that is kept."""

    def record_failure(
        self, stage: str, key: str, error: FramewireError, now: datetime, retry_at: datetime | None
    ) -> None:
        """Note that a stage could not do an item; `retry_at` None gives it up."""
        # A host that is to be left alone was not asked: that is no attempt.
        attempts = self.failure_attempts(stage, key) + (not isinstance(error, BusyHostError))
        row = {"stage": stage, "key": key, "error": type(error).__name__, "message": str(error)[:1000]}
        self.put(
            "failures", [row | {"at": to_text(now), "attempts": attempts, "retry_at": to_text(retry_at)}]
        )

    def clear_failure(self, stage: str, key: str) -> None:
        """Forget the failures of an item that was done after all."""
        self.run("delete from failures where stage = ? and key = ?", [stage, key])

    def failure_attempts(self, stage: str, key: str) -> int:
        """How often an item failed."""
        return int(self.value("select attempts from failures where stage = ? and key = ?", [stage, key]) or 0)

    def waiting(self) -> int:
        """How many items failed that will be tried again: feeds always, others where a time is set."""
        return int(self.value("select count(*) from failures where stage = 'feeds' or retry_at is not null"))

    def failures(self, limit: int = 100) -> list[Failure]:
        """What went wrong, newest first."""
        found = []
        for row in self.rows("select * from failures order by at desc, stage, key limit ?", [limit]):
            at = to_time(row["at"])
            assert at is not None
            found.append(
                Failure(
                    stage=row["stage"],
                    key=row["key"],
                    error=row["error"],
                    message=row["message"],
                    at=at,
                    attempts=row["attempts"],
                )
            )
        return found

    def backup(self, path: Path) -> None:
        """A consistent copy while others read and write."""
        try:
            self._db.conn.execute("vacuum into ?", [str(path)])
        except sqlite3.DatabaseError as error:
            advice = "Name a new file in a folder that is there"
            raise StoreError(str(path), f"cannot be written ({error})", advice=advice) from error
