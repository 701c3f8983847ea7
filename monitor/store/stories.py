"""Rows of stories, and the joined views that reports are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import NotFoundError
from monitor.model import OUTLET, Article, Correction, Feed, Frame, Story
from monitor.store.articles import to_article, to_frame, to_vector
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.feeds import to_feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One article of a story with its outlet and its frames."""

    article: Article
    feed: Feed
    frames: tuple[Frame, ...]
    frame_ids: tuple[str, ...]


class StoryRows(StoreBase):
    """Stories, their articles, and the language means that clustering learns."""

    # --- clustering ------------------------------------------------------------------------------------------

    def articles_without_story(self, model: str, limit: int) -> list[tuple[Article, NDArray[np.float32]]]:
        """Articles that have a vector of `model` and no story yet, in time order."""
        found = self.rows(
            """
            select articles.*, vectors.vector as vector from articles
            join vectors on vectors.article = articles.id and vectors.model = ?
            left join story_articles on story_articles.article = articles.id
            where story_articles.article is null order by published, articles.id limit ?
            """,
            [model, limit],
        )
        return [(to_article(row), to_vector(row["vector"])) for row in found]

    def open_stories(
        self, since: datetime, model: str
    ) -> dict[str, list[tuple[Article, NDArray[np.float32]]]]:
        """Articles and vectors of every story told since `since`, each story's in time order."""
        found = self.rows(
            """
            select story_articles.story as story, articles.*, vectors.vector as vector from stories
            join story_articles on story = stories.id join articles on articles.id = story_articles.article
            join vectors on vectors.article = articles.id and vectors.model = ?
            where stories.last >= ? and merged_into is null order by published, articles.id
            """,
            [model, to_text(since)],
        )
        stories: dict[str, list[tuple[Article, NDArray[np.float32]]]] = {}
        for row in found:
            stories.setdefault(row["story"], []).append((to_article(row), to_vector(row["vector"])))
        return stories

    def save_story_articles(self, pairs: Iterable[tuple[str, str]], maker: str) -> None:
        """Put articles into stories (article, story), and bring the stories' rows up to date."""
        touched = set()
        for article, story in pairs:
            self.put("story_articles", [{"article": article, "story": story, "maker": maker}])
            touched.add(story)
        for story in sorted(touched):
            self._refresh(story)

    def _refresh(self, story: str) -> None:
        rows = self.rows(
            """
            select articles.* from story_articles join articles on articles.id = article
            where story = ? order by published, articles.id
            """,
            [story],
        )
        first = rows[0]
        self.put(
            "stories",
            [
                {
                    "id": story,
                    "title": first["title"],
                    "language": first["language"],
                    "first": first["published"],
                    "last": rows[-1]["published"],
                    "size": len(rows),
                    "merged_into": None,
                }
            ],
        )

    def centres(self, model: str) -> tuple[dict[str, NDArray[np.float32]], dict[str, int]]:
        """Language means that were learned, and from how many articles."""
        rows = self.rows("select * from centres where model = ?", [model])
        means = {row["language"]: np.frombuffer(row["vector"], np.float32) for row in rows}
        return means, {row["language"]: row["count"] for row in rows}

    def save_centres(self, model: str, items: Iterable[tuple[str, int, NDArray[np.float32]]]) -> None:
        """Keep the learned means."""
        self.put(
            "centres",
            [
                {
                    "model": model,
                    "language": name,
                    "count": count,
                    "vector": mean.astype(np.float32).tobytes(),
                }
                for name, count, mean in items
            ],
        )

    # --- reading ---------------------------------------------------------------------------------------------

    def story(self, story: str) -> Story:
        """One story; a merged one gives what it was merged into."""
        rows = self.rows("select * from stories where id = ?", [story])
        if not rows:
            raise NotFoundError(story, "is no story", advice="`framewire stories` lists them")
        return self.story(rows[0]["merged_into"]) if rows[0]["merged_into"] else to_story(rows[0])

    def stories(
        self, since: datetime | None = None, until: datetime | None = None, limit: int = 100
    ) -> list[Story]:
        """Stories told between two times, largest first."""
        found = self.rows(
            """
            select * from stories where last >= coalesce(?, '') and first <= coalesce(?, '9') and merged_into is null
            order by size desc, last desc, id limit ?
            """,
            [to_text(since), to_text(until), limit],
        )
        return [to_story(row) for row in found]

    def coverage(self, story: str) -> list[Coverage]:
        """A story's articles by time, each with its outlet and the frames of its newest reading."""
        rows = self.rows(
            """
            select articles.* from story_articles join articles on articles.id = article
            where story = ? order by published, articles.id
            """,
            [story],
        )
        return [self._covered(row) for row in rows]

    def covered(self, article: str) -> Coverage:
        """One article with its outlet and frames."""
        rows = self.rows("select * from articles where id = ?", [article])
        if not rows:
            raise NotFoundError(article, "is no article")
        return self._covered(rows[0])

    def actor_coverage(self, actor: str, limit: int) -> list[Coverage]:
        """The newest articles in which an actor, or an outlet of that state in its own voice, blames or is blamed."""
        rows = self.rows(
            """
            select articles.* from articles join feeds on feeds.id = articles.feed where exists (
                select 1 from frames where frames.article = articles.id
                and (:actor in (blamer, target) or (blamer = :outlet and feeds.state = :actor)))
            order by published desc, articles.id limit :limit
            """,
            {"actor": actor, "outlet": OUTLET, "limit": limit},
        )
        return [self._covered(row) for row in rows]

    def _covered(self, row: Any) -> Coverage:
        article = to_article(row)
        feed = self.rows("select * from feeds where id = ?", [article.feed])
        frames = self.rows(
            """
            select * from frames where article = ? and classifier =
                (select classifier from readings where article = ? order by at desc, classifier desc limit 1)
            order by score desc, id
            """,
            [article.id, article.id],
        )
        return Coverage(
            article=article,
            feed=to_feed(feed[0]),
            frames=tuple(to_frame(frame) for frame in frames),
            frame_ids=tuple(frame["id"] for frame in frames),
        )

    def story_of(self, article: str) -> str | None:
        """The story an article is in."""
        found = self.value("select story from story_articles where article = ?", [article])
        return str(found) if found else None

    def counts(self) -> dict[str, int]:
        """How many rows of each noun there are."""
        tables = ("feeds", "entries", "articles", "stories", "frames", "failures")
        return {table: int(self.value(f"select count(*) from {table}")) for table in tables}  # noqa: S608

    def frames(
        self, since: datetime | None = None, actor: str | None = None, limit: int = -1
    ) -> list[dict[str, Any]]:
        """Frames as flat rows for export: frame, article, outlet and story in one, newest first."""
        found = self.rows(
            """
            select frames.*, articles.url as url, articles.title as title, articles.published as published,
                articles.language as language, feeds.name as outlet, feeds.state as outlet_state,
                feeds.kind as outlet_kind, story_articles.story as story
            from frames join articles on articles.id = frames.article join feeds on feeds.id = articles.feed
            left join story_articles on story_articles.article = articles.id
            where published >= coalesce(:since, '') and (:actor is null or :actor in (blamer, target))
            order by published desc, frames.id limit :limit
            """,
            {"since": to_text(since), "actor": actor, "limit": limit},
        )
        return [dict(row) for row in found]

    # --- corrections -----------------------------------------------------------------------------------------

    def save_correction(self, correction: Correction) -> None:
        """Keep an analyst's word on a frame; a later one replaces it."""
        if not self.value("select 1 from frames where id = ?", [correction.frame]):
            raise NotFoundError(correction.frame, "is no frame")
        names = ("frame", "verdict", "by", "note")
        self.put(
            "corrections",
            [{name: getattr(correction, name) for name in names} | {"at": to_text(correction.at)}],
        )

    def corrections(self) -> list[dict[str, Any]]:
        """All corrections with their frames and texts, in the order of their times."""
        return [
            dict(row)
            for row in self.rows(
                """
                select corrections.*, frames.blamer, frames.target, frames.stance, frames.kind, frames.evidence,
                    frames.issue, frames.caveat, articles.id as article, articles.title, articles.text,
                    articles.language, articles.published, feeds.state as outlet_state
                from corrections join frames on frames.id = corrections.frame
                join articles on articles.id = frames.article left join feeds on feeds.id = articles.feed
                order by at, frame
                """
            )
        ]

    def unjudged(self) -> list[dict[str, Any]]:
        """Frames without a correction in articles that have one: article, blamer, target, stance."""
        return [
            dict(row)
            for row in self.rows(
                """
                select article, blamer, target, stance from frames where id not in (select frame from corrections)
                and article in (select article from frames join corrections on corrections.frame = frames.id)
                order by article, frames.id
                """
            )
        ]


def to_story(row: Any) -> Story:
    """A story from its row."""
    first, last = to_time(row["first"]), to_time(row["last"])
    assert first is not None
    assert last is not None
    return Story(
        id=row["id"], title=row["title"], language=row["language"], first=first, last=last, size=row["size"]
    )
