"""Articles with their outlets and frames, as reports want them: a few queries, however many articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from monitor.errors import NotFoundError
from monitor.model import OUTLET, Article, Feed, Frame
from monitor.store.articles import to_article, to_frame
from monitor.store.base import StoreBase
from monitor.store.feeds import to_feed

#: Holds for the frames of an article's newest reading alone.
NEWEST_READING = """frames.classifier = (select newest.classifier from readings as newest
    where newest.article = frames.article order by newest.at desc, newest.classifier desc limit 1)"""

#: A frame with its article, outlet and story as one flat row.
FRAME_ROWS = """
    select frames.*, articles.url as url, articles.title as title, articles.published as published,
        articles.language as language, feeds.name as outlet, feeds.state as outlet_state,
        feeds.kind as outlet_kind, story_articles.story as story
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One article of a story with its outlet and its frames."""

    article: Article
    feed: Feed
    frames: tuple[Frame, ...]
    frame_ids: tuple[str, ...]
    #: The article of which this one is a copy (the same text elsewhere, a wire report with small edits).
    original: str | None = None


class CoverageRows(StoreBase):
    """The joined views that reports are made of."""

    def coverage(self, story: str) -> list[Coverage]:
        """A story's articles by time, each with its outlet and the frames of its newest reading."""
        return self.coverages([story])[story]

    def coverages(self, stories: Sequence[str], *, texts: bool = True) -> dict[str, list[Coverage]]:
        """The coverage of some stories; lists of stories leave the articles' texts away (they are most of the bytes)."""
        columns = _columns(texts)
        rows = self.rows(
            f"""
            select story_articles.story as story, {columns} from story_articles
            join articles on articles.id = story_articles.article
            where story_articles.story in (select value from json_each(?)) order by published, articles.id
            """,
            [json.dumps(list(stories))],
        )
        told = self._covered(rows)
        found: dict[str, list[Coverage]] = {story: [] for story in stories}
        for row, covered in zip(rows, told, strict=True):
            found[row["story"]].append(covered)
        return found

    def covered(self, article: str) -> Coverage:
        """One article with its outlet and frames."""
        rows = self.rows("select * from articles where id = ?", [article])
        if not rows:
            raise NotFoundError(article, "is no article")
        return self._covered(rows)[0]

    def actor_coverage(self, actor: str, limit: int) -> list[Coverage]:
        """The newest articles in which an actor, or an outlet of that state in its own voice, blames or is blamed."""
        rows = self.rows(
            f"""
            select articles.* from articles join feeds on feeds.id = articles.feed where exists (
                select 1 from frames where frames.article = articles.id and {NEWEST_READING}
                and (:actor in (blamer, target) or (blamer = :outlet and feeds.state = :actor)))
            order by published desc, articles.id limit :limit
            """,
            {"actor": actor, "outlet": OUTLET, "limit": limit},
        )
        return self._covered(rows)

    def _covered(self, rows: Sequence[Any]) -> list[Coverage]:
        feeds = {row["id"]: to_feed(row) for row in self.rows("select * from feeds")}
        frames = self._frames_of([row["id"] for row in rows])
        originals = self._originals_of([row["id"] for row in rows])
        return [
            Coverage(
                article=to_article(row),
                feed=feeds[row["feed"]],
                frames=tuple(to_frame(frame) for frame in frames.get(row["id"], ())),
                frame_ids=tuple(frame["id"] for frame in frames.get(row["id"], ())),
                original=originals.get(row["id"]),
            )
            for row in rows
        ]

    def _originals_of(self, articles: Sequence[str]) -> dict[str, str]:
        rows = self.rows(
            """
            select article, original from json_each(?) as wanted join copies on copies.article = wanted.value
            where original != article
            """,
            [json.dumps(list(articles))],
        )
        return {row["article"]: row["original"] for row in rows}

    def _frames_of(self, articles: Sequence[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        rows = self.rows(
            f"""
            select frames.* from json_each(?) as wanted join frames on frames.article = wanted.value
            where {NEWEST_READING} order by score desc, frames.id
            """,
            [json.dumps(list(articles))],
        )
        for row in rows:
            found.setdefault(row["article"], []).append(row)
        return found


def _columns(texts: bool) -> str:
    names = [f"articles.{name}" for name in Article.__dataclass_fields__]
    return ", ".join(name if texts or name != "articles.text" else "'' as text" for name in names)
