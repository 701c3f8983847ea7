"""What is remembered of who blamed whom: only against it can a charge be new."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.store import Store
from reports.changes import MEMORY

#: Only who has watched for so long can tell what is new.
SHORTEST_MEMORY = timedelta(days=3)


def known_charges(store: Store, since: datetime) -> set[tuple[str, str]] | None:
    """(blamer, target) of the charges in the `MEMORY` before `since`; None where we have watched for too short."""
    first = store.watching_since()
    if first is None or since - first < SHORTEST_MEMORY:
        return None
    return store.charges(since - MEMORY, since)
