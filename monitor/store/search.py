"""Lists of stories, articles and frames by a query, in pages that stay where they are while rows come in.

A query is first tried from its rarest side: the rows that it finds, at most `_FEW`, by whatever index fits.
Where there are more, or finding them takes long, the list is read in its order and each row is checked: a
common condition fills a page soon. Both sides give the same rows in the same order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from monitor.errors import CursorError, StoreError
from monitor.model import Story
from monitor.query import Query
from monitor.store.base import StoreBase, to_text
from monitor.store.conditions import Conditions, conditions
from monitor.store.coverage import FRAME_ROWS, NEWEST_READING
from monitor.store.stories import to_story

Row = TypeVar("Row")
Order = Literal["weight", "newest", "largest"]
#: The place after a row: the values of its order.
Place = tuple[str | int, ...]

#: The columns of each order; the last makes it total.
_ORDERS: dict[Order, tuple[str, ...]] = {
    "weight": ("rank", "id"),
    "newest": ("last", "id"),
    "largest": ("size", "rank", "id"),
}
#: More rows than this are read in the list's order instead.
_FEW = 2000
#: Steps of SQLite's machine: a try ends after about 50 ms, a list after some seconds (3·10⁷ steps a second, measured
#: on two shared cores with 150,000 articles).
_TRY_STEPS, _LIST_STEPS = 1_500_000, 150_000_000
_ARTICLE_ROWS = """
    select articles.id as id, articles.url as url, articles.title as title, articles.published as published,
        articles.language as language, articles.author as author, articles.revision as revision,
        feeds.name as outlet, feeds.state as outlet_state, feeds.kind as outlet_kind, story_articles.story as story
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Row]):
    """A page of a list, and the place after its last row; None at the end."""

    rows: tuple[Row, ...]
    next: Place | None


class SearchRows(StoreBase):
    """What a query finds. `now` is the time that `last:7d` counts from."""

    def find_stories(
        self,
        query: Query,
        now: datetime,
        *,
        order: Order = "weight",
        limit: int = 20,
        after: Place | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Found[Story]:
        """Stories of which one report meets the query, told between two times."""
        columns = _ORDERS[order]
        asked = self._asked(query, now)
        where, values = ["merged_into is null"], asked.values
        for moment, clause in ((since, "stories.last >= :{}"), (until, "stories.first <= :{}")):
            if moment is not None:
                where.append(clause.format(asked.value(to_text(moment))))
        if query:
            where.append(self._wanted(asked, "story_articles.story", "stories.id"))
        where.extend(_further(asked, [f"stories.{name}" for name in columns], after))
        by = ", ".join(f"stories.{name} desc" for name in columns)
        rows = self._read(
            f"select * from stories where {_all(where)} order by {by} limit {limit + 1}", values
        )
        places = [tuple(row[name] for name in columns) for row in rows]
        return _page([to_story(row) for row in rows], places, limit)

    def find_articles(
        self,
        query: Query,
        now: datetime,
        *,
        limit: int = 20,
        after: Place | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Found[dict[str, Any]]:
        """Articles as flat rows with outlet and story, newest first."""
        asked = self._asked(query, now, since, until)
        where = [self._wanted(asked, "articles.id", "articles.id")]
        where.extend(_further(asked, ["articles.published", "articles.id"], after))
        rows = self._read(
            f"""{_ARTICLE_ROWS} from {_source(asked)} join feeds on feeds.id = articles.feed
            left join story_articles on story_articles.article = articles.id
            where {_all(where)} order by articles.published desc, articles.id desc limit {limit + 1}""",
            asked.values,
        )
        return _page([dict(row) for row in rows], [(row["published"], row["id"]) for row in rows], limit)

    def find_frames(
        self,
        query: Query,
        now: datetime,
        *,
        limit: int = 20,
        after: Place | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Found[dict[str, Any]]:
        """Frames of the newest readings as flat rows with article, outlet and story, newest first."""
        asked = self._asked(query, now, since, until)
        where = [NEWEST_READING, self._wanted(asked, "frames.id", "frames.id")]
        columns = ["articles.published", "articles.id", "frames.id"]
        where.extend(_further(asked, columns, after))
        rows = self._read(
            f"""{FRAME_ROWS} from {_source(asked)} join frames on frames.article = articles.id
            join feeds on feeds.id = articles.feed left join story_articles on story_articles.article = articles.id
            where {_all(where)} order by {", ".join(f"{name} desc" for name in columns)} limit {limit + 1}""",
            asked.values,
        )
        return _page(
            [dict(row) for row in rows], [(r["published"], r["article"], r["id"]) for r in rows], limit
        )

    def newest(self) -> str | None:
        """When the newest article was published; None without articles. Changes with every list."""
        found = self.value("select max(published) from articles")
        return str(found) if found else None

    def languages(self) -> list[str]:
        """The languages that articles are in, by code."""
        # One seek a language, where `distinct` would read a million rows.
        found = self.rows(
            """
            with recursive known(code) as (
                select min(language collate nocase) from articles union all
                select (select min(language collate nocase) from articles where language > code collate nocase)
                from known where code is not null)
            select code from known where code is not null
            """
        )
        return [str(row["code"]) for row in found]

    def _asked(
        self, query: Query, now: datetime, since: datetime | None = None, until: datetime | None = None
    ) -> Conditions:
        named = any(term.field == "source" for term in query.terms)
        feeds = self.rows("select id, name from feeds") if named else []
        return conditions(query, now, [(row["id"], row["name"]) for row in feeds], since, until)

    def _wanted(self, asked: Conditions, key: str, outer: str) -> str:
        """A clause that holds for the wanted rows of a list: their keys where they are few, else a check of each."""
        if not (asked.articles or asked.frames or asked.words):
            return "1"
        few = self._few(asked, key)
        if few is not None:
            asked.few = True
            return f"{outer} in (select value from json_each(:{asked.value(few)}))"
        words = ""
        if asked.words:
            words = f"""and exists (select 1 from article_numbers join article_words on article_words.rowid = number
                where article_numbers.article = articles.id and article_words match :{asked.value(asked.words)})"""
        if key == "frames.id":
            return f"{_all([*asked.articles, *asked.frames])} {words}"
        frames = f"and exists (select 1 from frames where frames.article = articles.id and {_frames(asked)})"
        check = f"{_all(asked.articles)} {words} {frames if asked.frames else ''}"
        if key == "articles.id":
            return check
        return f"""exists (select 1 from story_articles cross join articles on articles.id = story_articles.article
            where story_articles.story = stories.id and {check})"""

    def _few(self, asked: Conditions, key: str) -> list[str] | None:
        """The keys that are asked for, found from the rarest side; None where there are many."""
        sources, where, values = ["articles"], list(asked.articles), dict(asked.values)
        if asked.words:
            where.append(
                """articles.id in (select article from article_numbers
                where number in (select rowid from article_words where article_words match :words))"""
            )
            values["words"] = asked.words
        if asked.frames or key == "frames.id":
            sources.append("join frames on frames.article = articles.id")
            where.append(_frames(asked))
        if key == "story_articles.story":
            sources.append("join story_articles on story_articles.article = articles.id")
        sql = f"select distinct {key} as key from {' '.join(sources)} where {_all(where)} limit {_FEW + 1}"
        try:
            with self._steps(_TRY_STEPS):
                found = [row["key"] for row in self.rows(sql, values)]
        except sqlite3.OperationalError as error:
            if not _interrupted(error):
                raise
            return None
        return found if len(found) <= _FEW else None

    def _read(self, sql: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        try:
            with self._steps(_LIST_STEPS):
                return self.rows(sql, values)
        except sqlite3.OperationalError as error:
            if not _interrupted(error):
                raise
            advice = "Ask for less: a shorter time, one language, or one actor"
            raise StoreError(self.path, "the search takes too long", advice=advice) from error

    @contextmanager
    def _steps(self, most: int) -> Iterator[None]:
        """Interrupt SQLite after so many steps."""
        self._db.conn.set_progress_handler(lambda: 1, most)
        try:
            yield
        finally:
            self._db.conn.set_progress_handler(None, 0)


def _interrupted(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT


def _all(clauses: Sequence[str]) -> str:
    return " and ".join(clauses) or "1"


def _source(asked: Conditions) -> str:
    """Articles, read in the order of the list where many rows may be wanted (a cross join keeps tables in place)."""
    return "articles" if asked.few else "articles indexed by articles_time cross"


def _frames(asked: Conditions) -> str:
    return _all([NEWEST_READING, *asked.frames])


def _further(asked: Conditions, columns: Sequence[str], after: Place | None) -> list[str]:
    """Holds for the rows after a place, in a list whose columns all fall."""
    if after is None:
        return []
    if len(after) != len(columns):
        raise CursorError("cursor", "is not one of this list", advice="Begin again without it")
    names = ", ".join(f":{asked.value(one)}" for one in after)
    return [f"({', '.join(columns)}) < ({names})"]


def _page(rows: Sequence[Row], places: Sequence[Place], limit: int) -> Found[Row]:
    more = len(rows) > limit
    return Found(rows=tuple(rows[:limit]), next=places[limit - 1] if more else None)
