"""What digests and alerts ask of the rows: whole coverages at once, charges of a time, stories that ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from monitor.model import OUTLET, Frame, Story
from monitor.store.articles import to_article, to_frame
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.feeds import to_feed
from monitor.store.stories import Coverage, to_story


class DigestRows(StoreBase):
    """Joined views over many stories, each in a handful of statements."""

    def coverages(self, stories: Sequence[str]) -> dict[str, list[Coverage]]:
        """The coverage of many stories, each by time, with the frames of each article's newest reading."""
        keys = json.dumps(list(stories))
        feeds = {row["id"]: to_feed(row) for row in self.rows("select * from feeds")}
        frames: dict[str, list[tuple[str, Frame]]] = {}
        for row in self.rows(
            """
            select frames.* from story_articles join frames on frames.article = story_articles.article
            where story in (select value from json_each(?)) and frames.classifier =
                (select classifier from readings where readings.article = frames.article
                order by at desc, classifier desc limit 1)
            order by score desc, frames.id
            """,
            [keys],
        ):
            frames.setdefault(row["article"], []).append((row["id"], to_frame(row)))
        found: dict[str, list[Coverage]] = {story: [] for story in stories}
        for row in self.rows(
            """
            select story_articles.story as story, articles.* from story_articles
            join articles on articles.id = story_articles.article
            where story in (select value from json_each(?)) order by published, articles.id
            """,
            [keys],
        ):
            own = frames.get(row["id"], [])
            found[row["story"]].append(
                Coverage(
                    article=to_article(row),
                    feed=feeds[row["feed"]],
                    frames=tuple(frame for _, frame in own),
                    frame_ids=tuple(key for key, _ in own),
                )
            )
        return found

    def charges(self, since: datetime, until: datetime) -> set[tuple[str, str]]:
        """(blamer, target) of the charges published in a time; an outlet's own voice counts as its state's, or its name."""
        rows = self.rows(
            """
            select distinct case when blamer = :outlet then coalesce(feeds.state, feeds.name) else blamer end, target
            from articles join frames on frames.article = articles.id join feeds on feeds.id = articles.feed
            where published >= :since and published < :until and stance = 'blames'
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
