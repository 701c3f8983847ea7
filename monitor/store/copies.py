"""Rows of copies: the bands by which they are found, the pairs that are alike, and the original of each article."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.model import Article, Reading
from monitor.store.articles import TWIN_DAYS, to_article, to_frame
from monitor.store.base import StoreBase, to_text

#: Articles that one is compared with at most; one band is shared by more only where a form is.
MATES = 500


class CopyRows(StoreBase):
    """Articles that are one text."""

    def articles_without_original(self, maker: str, limit: int) -> list[Article]:
        """Articles whose current text was not yet compared with others, in time order."""
        found = self.rows(
            """
            select articles.* from articles left join copies on copies.article = articles.id
                and copies.content_hash = articles.content_hash and copies.maker = ?
            where copies.article is null order by published, articles.id limit ?
            """,
            [maker, limit],
        )
        return [to_article(row) for row in found]

    def mates(self, article: Article, bands: Sequence[int]) -> list[Article]:
        """Other articles that share a band, or have the very same title and text."""
        marks = ", ".join("?" for _ in bands)
        found = self.rows(
            f"""
            select * from articles where id != ? and id in (
                select article from bands where value in ({marks})
                union select id from articles where content_hash = ?)
            order by published, id limit {MATES}
            """,
            [article.id, *bands, article.content_hash],
        )
        return [to_article(row) for row in found]

    def save_bands(self, article: str, bands: Iterable[int]) -> None:
        """Replace the bands of an article."""
        self.run("delete from bands where article = ?", [article])
        self.put("bands", [{"value": value, "article": article} for value in set(bands)])

    def save_alike(self, article: str, others: Iterable[str]) -> list[str]:
        """Replace what an article is alike to; it and all whose original this may change."""
        touched = set(self._family(article))
        self.run("delete from alike where ? in (article, other)", [article])
        pairs = [(article, other) for other in others]
        self.put("alike", [{"article": a, "other": b} for one in pairs for a, b in (one, one[::-1])])
        return sorted(touched.union(self._family(article)))

    def _family(self, article: str) -> list[str]:
        found = self.rows(
            """
            with recursive kin (id) as (
                select ? union select other from alike join kin on alike.article = kin.id)
            select id from kin
            """,
            [article],
        )
        return [str(row["id"]) for row in found]

    def pairs_among(self, articles: Sequence[str]) -> list[tuple[str, str]]:
        """The pairs of these that are alike, each once."""
        found = []
        for article in articles:
            rows = self.rows("select other from alike where article = ? and other > article", [article])
            found += [(article, str(row["other"])) for row in rows]
        return found

    def save_originals(
        self, article: Article, originals: Mapping[str, str], maker: str, now: datetime
    ) -> None:
        """Note that an article's text was compared, and whose copies it and its kin are.

        Of its kin only those have a row that were compared themselves; the others' turn comes.
        """
        self.put(
            "copies",
            [
                {
                    "article": article.id,
                    "content_hash": article.content_hash,
                    "maker": maker,
                    "original": originals[article.id],
                    "at": to_text(now),
                }
            ],
        )
        for other, original in originals.items():
            self.run("update copies set original = ? where article = ?", [original, other])

    def original(self, article: str) -> str | None:
        """The article of which this one is a copy; None for one that is none, or was not compared yet."""
        found = self.value("select original from copies where article = ? and original != article", [article])
        return str(found) if found else None

    def copies(self, original: str) -> list[Article]:
        """The copies of an article, in time order."""
        found = self.rows(
            """
            select articles.* from copies join articles on articles.id = copies.article
            where original = ? and copies.article != original order by published, articles.id
            """,
            [original],
        )
        return [to_article(row) for row in found]

    def forget_bands(self, before: datetime) -> None:
        """Drop the bands of articles compared before then: their copies have long come."""
        self.run(
            "delete from bands where article in (select article from copies where at < ?)", [to_text(before)]
        )

    def twin_reading(self, article: Article, outlet_state: str | None, classifier: str) -> Reading | None:
        """What `classifier` found in the same title and text elsewhere.

        Only of an outlet that speaks for the same state, because what a text says in its outlet's own voice is
        read as that state's word.
        """
        rows = self.rows(
            """
            select readings.article as twin, readings.language as language from articles
            join readings on readings.article = articles.id and readings.content_hash = articles.content_hash
            left join feeds on feeds.id = articles.feed
            where articles.content_hash = ? and articles.id != ? and classifier = ? and feeds.state is ?
            and articles.language = ? and abs(julianday(articles.published) - julianday(?)) <= ?
            order by articles.id limit 1
            """,
            [
                article.content_hash,
                article.id,
                classifier,
                outlet_state,
                article.language,
                to_text(article.published),
                TWIN_DAYS,
            ],
        )
        if not rows:
            return None
        frames = self.rows(
            "select * from frames where article = ? and classifier = ? order by score desc, id",
            [rows[0]["twin"], classifier],
        )
        return Reading(
            classifier=classifier,
            language=rows[0]["language"],
            frames=tuple(to_frame(frame) for frame in frames),
        )
