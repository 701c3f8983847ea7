"""Rows of articles and of what is derived from them: vectors, readings, frames."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.model import Article, Frame, Page, Reading, make_id
from monitor.store.base import to_text, to_time
from monitor.store.words import WordRows

#: Days between two articles of one text that are read as one: who holds an office may change.
TWIN_DAYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A text that an article had, and when we saw that it had changed."""

    revision: int
    title: str
    text: str
    replaced: datetime


class ArticleRows(WordRows):
    """Articles: kept once by canonical address; a changed text is a new revision."""

    def save_page(self, page: Page) -> None:
        """Keep a page's bytes, compressed."""
        row = asdict(page) | {"body": zlib.compress(page.body, 6), "fetched": to_text(page.fetched)}
        self.put("pages", [row])

    def page(self, entry: str) -> Page | None:
        """The bytes behind an entry."""
        rows = self.rows("select * from pages where entry = ?", [entry])
        if not rows:
            return None
        values = {name: rows[0][name] for name in Page.__dataclass_fields__}
        fetched = to_time(values["fetched"])
        return Page(**(values | {"body": zlib.decompress(values["body"]), "fetched": fetched}))

    def forget_pages(self, before: datetime) -> int:
        """Drop pages fetched before then; how many."""
        count = int(self.value("select count(*) from pages where fetched < ?", [to_text(before)]))
        if count:
            self.run("delete from pages where fetched < ?", [to_text(before)])
        return count

    def save_article(self, article: Article, entry: str, maker: str, now: datetime) -> Article:
        """Insert an article, or a new revision where its text changed; the one that is kept."""
        old = self.article(article.id)
        if old is not None:
            article = replace(article, first_seen=old.first_seen, feed=old.feed, revision=old.revision)
            if old.content_hash != article.content_hash:
                row = {"article": old.id, "revision": old.revision, "title": old.title, "text": old.text}
                self.put("revisions", [row | {"seen": to_text(now)}])
                article = replace(article, revision=old.revision + 1)
        if old is None or old.content_hash != article.content_hash:
            self.put("articles", [_article_row(article, maker)])
            self.index_words(article, old)
        self.run("update entries set article = ? where id = ?", [article.id, entry])
        return article

    def replace_text(self, entry: str, article: Article, maker: str) -> bool:
        """Put a new extraction in the place of an entry's article, as the same revision; whether it changed."""
        row = self.rows(
            "select * from articles where id = (select article from entries where id = ?)", [entry]
        )
        if not row:
            return False
        old = to_article(row[0])
        kept = {name: getattr(old, name) for name in ("id", "url", "feed", "first_seen", "revision")}
        new = replace(article, **kept)
        self.put("articles", [_article_row(new, maker)])
        if (new.title, new.text) != (old.title, old.text):
            self.index_words(new, old)
        return new != old

    def article(self, article: str) -> Article | None:
        """One article by id; None where there is none."""
        rows = self.rows("select * from articles where id = ?", [article])
        return to_article(rows[0]) if rows else None

    def revisions(self, article: str) -> list[Revision]:
        """The texts an article had before, oldest first."""
        found = self.rows("select * from revisions where article = ? order by revision", [article])
        return [_revision(row) for row in found]

    # --- vectors ---------------------------------------------------------------------------------------------

    def articles_without_vector(self, model: str, limit: int) -> list[Article]:
        """Articles whose current text has no vector of `model`, in time order."""
        return [
            to_article(row)
            for row in self.rows(
                """
                select articles.* from articles left join vectors
                on vectors.article = articles.id and vectors.model = ? and vectors.content_hash = articles.content_hash
                where vectors.article is null order by published, articles.id limit ?
                """,
                [model, limit],
            )
        ]

    def save_vector(self, article: Article, model: str, vector: NDArray[np.float32]) -> None:
        """Keep a vector as float16 (cosines move by less than 0.001)."""
        row = {"article": article.id, "model": model, "content_hash": article.content_hash}
        self.put("vectors", [row | {"vector": vector.astype(np.float16).tobytes()}])

    def vectors(self, ids: Sequence[str], model: str) -> dict[str, NDArray[np.float32]]:
        """Vectors by article."""
        found = {}
        for article in ids:
            blob = self.value("select vector from vectors where article = ? and model = ?", [article, model])
            if blob is not None:
                found[article] = to_vector(blob)
        return found

    # --- readings --------------------------------------------------------------------------------------------

    def articles_without_reading(self, classifier: str, limit: int) -> list[tuple[Article, str | None]]:
        """Articles whose current text `classifier` has not read, newest first, with the state of their outlet.

        Of several with the same text one is given, until it was read (see `twin_reading`).
        """
        found = self.rows(
            """
            select articles.*, feeds.state as outlet_state from articles
            left join feeds on feeds.id = articles.feed
            left join readings on readings.article = articles.id and readings.classifier = ?
                and readings.content_hash = articles.content_hash
            where readings.article is null and not exists (
                select 1 from articles as twin left join feeds as own on own.id = twin.feed
                where twin.content_hash = articles.content_hash and twin.id < articles.id
                and own.state is feeds.state and twin.language = articles.language
                and abs(julianday(twin.published) - julianday(articles.published)) <= ?
                and not exists (
                    select 1 from readings as done where done.article = twin.id and done.classifier = ?
                    and done.content_hash = twin.content_hash))
            order by published desc, articles.id limit ?
            """,
            [classifier, TWIN_DAYS, classifier, limit],
        )
        return [(to_article(row), row["outlet_state"]) for row in found]

    def save_reading(self, article: Article, reading: Reading, now: datetime) -> None:
        """Replace what a classifier found in an article."""
        key = [article.id, reading.classifier]
        self.run("delete from frames where article = ? and classifier = ?", key)
        self.put(
            "readings",
            [
                {
                    "article": article.id,
                    "classifier": reading.classifier,
                    "content_hash": article.content_hash,
                    "language": reading.language,
                    "at": to_text(now),
                }
            ],
        )
        self.put("frames", [_frame_row(frame, article.id, reading.classifier) for frame in reading.frames])


def frame_id(article: str, classifier: str, frame: Frame) -> str:
    """The key of a frame: each (blamer, target, stance) occurs once in a reading."""
    return make_id(article, classifier, frame.blamer, frame.target, frame.stance)


def _article_row(article: Article, maker: str) -> dict[str, Any]:
    row = asdict(article) | {name: to_text(getattr(article, name)) for name in ("published", "first_seen")}
    return row | {"flags": " ".join(article.flags), "content_hash": article.content_hash, "maker": maker}


def _revision(row: Any) -> Revision:
    seen = to_time(row["seen"])
    assert seen is not None
    return Revision(revision=row["revision"], title=row["title"], text=row["text"], replaced=seen)


def to_article(row: Any) -> Article:
    """An article from its row."""
    values = {name: row[name] for name in Article.__dataclass_fields__}
    times = {name: to_time(values[name]) for name in ("published", "first_seen")}
    return Article(**(values | times | {"flags": tuple(values["flags"].split())}))


def to_vector(blob: bytes) -> NDArray[np.float32]:
    """A vector from its column."""
    return np.frombuffer(blob, np.float16).astype(np.float32)


def _frame_row(frame: Frame, article: str, classifier: str) -> dict[str, Any]:
    row = asdict(frame) | {"cues": "\t".join(frame.cues), "caveat": int(frame.caveat)}
    return row | {"id": frame_id(article, classifier, frame), "article": article, "classifier": classifier}


def to_frame(row: Any) -> Frame:
    """A frame from its row."""
    values = {name: row[name] for name in Frame.__dataclass_fields__}
    cues = tuple(filter(None, values["cues"].split("\t")))
    return Frame(**(values | {"cues": cues, "caveat": bool(values["caveat"])}))
