"""What digests and alerts ask of the rows: charges of a time, stories that ended."""

from __future__ import annotations

from datetime import datetime

from monitor.model import OUTLET, Story
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.coverage import NEWEST_READING
from monitor.store.stories import to_story


class DigestRows(StoreBase):
    """Joined views over many stories, each in a handful of statements."""

    def charges(self, since: datetime, until: datetime) -> set[tuple[str, str]]:
        """(blamer, target) of the charges published in a time; an outlet's own voice counts as its state's, or its name."""
        rows = self.rows(
            f"""
            select distinct case when blamer = :outlet then coalesce(feeds.state, feeds.name) else blamer end, target
            from articles join frames on frames.article = articles.id join feeds on feeds.id = articles.feed
            where published >= :since and published < :until and stance = 'blames' and {NEWEST_READING}
            """,
            {"outlet": OUTLET, "since": to_text(since), "until": to_text(until)},
        )
        return {(row[0], row[1]) for row in rows}

    def stories_last_told(self, since: datetime, until: datetime, least: int, limit: int) -> list[Story]:
        """Stories of at least so many reports whose last one is of this time, largest first."""
        rows = self.rows(
            """
            select * from stories where last >= ? and last < ? and size >= ? and merged_into is null
            order by size desc, last desc, id limit ?
            """,
            [to_text(since), to_text(until), least, limit],
        )
        return [to_story(row) for row in rows]

    def watching_since(self) -> datetime | None:
        """When the first article was published that we have; None without any."""
        return to_time(self.value("select min(published) from articles"))
