"""Rows of stories, the language means that clustering learns, and what analysts said of frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import NotFoundError
from monitor.model import Article, Correction, Story
from monitor.rank import story_rank
from monitor.store.articles import to_article, to_vector
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.coverage import FRAME_ROWS, NEWEST_READING

#: Stands where the traits hold the time.
_NO_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of an open story: its vector and traits, or (where nobody kept these) what they are made from."""

    story: str
    article: str
    vector: NDArray[np.float32]
    traits: str | None
    title: str = ""
    text: str = ""
    language: str = "en"
    published: datetime = _NO_TIME


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

    def open_members(self, first: datetime, last: datetime, model: str) -> Iterator[Member]:
        """Articles of the stories told between two times, each story's in a row; a merged story's with the other's.

        What the clusterer saw of an article stands in `traits`, so that texts (200,000 of them) need not be read.
        """
        found = self._db.conn.execute(
            """
            select story_articles.story, story_articles.article, traits, vectors.vector from stories
            cross join story_articles on story_articles.story = stories.id
            cross join vectors on vectors.article = story_articles.article and vectors.model = ?
            where stories.last >= ? and stories.first <= ? and merged_into is null
            """,
            [model, to_text(first), to_text(last)],
        )
        for row in found:
            texts = {} if row["traits"] is not None else self._texts(row["article"])
            vector = to_vector(row["vector"])
            yield Member(
                story=row["story"], article=row["article"], traits=row["traits"], vector=vector, **texts
            )

    def _texts(self, article: str) -> dict[str, Any]:
        (row,) = self.rows("select title, text, language, published from articles where id = ?", [article])
        return dict(row) | {"published": to_time(row["published"])}

    def vector_model(self, story: str) -> str | None:
        """The model whose vectors a story's articles have."""
        found = self.value(
            """
            select model from story_articles join vectors on vectors.article = story_articles.article
            where story = ? order by model limit 1
            """,
            [story],
        )
        return str(found) if found else None

    def last_told(self) -> datetime | None:
        """When the newest report of any story was published."""
        return to_time(self.value("select max(last) from stories"))

    def story_mark(self) -> tuple[int, int]:
        """Changes when articles join stories, or stories are merged, split or locked: memory compares it."""
        joined = self.value("select max(rowid) from story_articles")
        return int(joined or 0), int(self.value("select max(id) from story_changes") or 0)

    def save_story_articles(
        self, pairs: Iterable[tuple[str, str]], maker: str, traits: Mapping[str, str] | None = None
    ) -> None:
        """Put articles into stories (article, story), and bring the stories' rows up to date.

        A story that was merged meanwhile passes its articles on. `traits` is what the clusterer saw of an article
        (`monitor.embed.traits_of`), so that a restart need not look again.
        """
        known = traits or {}
        touched = set()
        for article, asked in pairs:
            story = self.current_story(asked)
            row = {"article": article, "story": story, "maker": maker, "traits": known.get(article)}
            self.put("story_articles", [row])
            touched.add(story)
        for story in sorted(touched):
            self._refresh(story)

    def current_story(self, story: str) -> str:
        """The id itself, or that of the story it was merged into."""
        return str(self.value("select merged_into from stories where id = ?", [story]) or story)

    def _refresh(self, story: str) -> None:
        """Title, times and size from the story's articles; what was decided about the story stays."""
        self.run(
            """
            insert into stories (id, title, language, first, last, size)
            select :story, title, language, published, told.last, told.size
            from story_articles join articles on articles.id = article join (
                select max(published) as last, count(*) as size from story_articles
                join articles on articles.id = article where story = :story
            ) as told where story = :story order by published, articles.id limit 1
            on conflict (id) do update set title = excluded.title, language = excluded.language,
                first = excluded.first, last = excluded.last, size = excluded.size
            """,
            {"story": story},
        )
        for told in self.rows("select size, last from stories where id = ?", [story]):
            rank = story_rank(told["size"], datetime.fromisoformat(told["last"]))
            self.run("update stories set rank = ? where id = ?", [rank, story])

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

    def story_of(self, article: str) -> str | None:
        """The story an article is in."""
        found = self.value("select story from story_articles where article = ?", [article])
        return str(found) if found else None

    def counts(self) -> dict[str, int]:
        """How many rows of each noun there are."""
        tables = ("feeds", "entries", "articles", "stories", "frames", "failures")
        found = {table: int(self.value(f"select count(*) from {table}")) for table in tables}
        return found | {"stories": int(self.value("select count(*) from stories where merged_into is null"))}

    def frames(
        self, since: datetime | None = None, actor: str | None = None, limit: int = -1
    ) -> list[dict[str, Any]]:
        """Frames as flat rows for export: frame, article, outlet and story in one, newest first."""
        found = self.rows(
            f"""
            {FRAME_ROWS} from frames join articles on articles.id = frames.article join feeds on feeds.id = articles.feed
            left join story_articles on story_articles.article = articles.id
            where published >= coalesce(:since, '') and (:actor is null or :actor in (blamer, target))
                and {NEWEST_READING}
            order by published desc, frames.id limit :limit
            """,
            {"since": to_text(since), "actor": actor, "limit": limit},
        )
        return [dict(row) for row in found]

    def reading_of(self, article: str) -> tuple[str, datetime] | None:
        """The classifier whose frames are shown of an article, and when it read the text."""
        rows = self.rows(
            "select classifier, at from readings where article = ? order by at desc, classifier desc limit 1",
            [article],
        )
        at = to_time(rows[0]["at"]) if rows else None
        return (rows[0]["classifier"], at) if at else None

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

    def corrections_of(self, article: str) -> list[Correction]:
        """What people said of an article's frames, newest first."""
        found = self.rows(
            """
            select corrections.* from frames join corrections on corrections.frame = frames.id
            where article = ? order by at desc, by
            """,
            [article],
        )
        corrections = []
        for row in found:
            at = to_time(row["at"])
            assert at is not None
            names = ("frame", "verdict", "by", "note")
            corrections.append(Correction(at=at, **{name: row[name] for name in names}))
        return corrections

    def article_of(self, frame: str) -> str:
        """The article a frame was found in."""
        found = self.value("select article from frames where id = ?", [frame])
        if found is None:
            raise NotFoundError(frame, "is no frame")
        return str(found)

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
    names = ("id", "title", "language", "size")
    return Story(**{name: row[name] for name in names}, first=first, last=last, locked=bool(row["locked"]))
