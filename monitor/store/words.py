"""The word index: which article holds which words (FTS5, without a second copy of the texts)."""

from __future__ import annotations

from monitor.fold import fold
from monitor.model import Article
from monitor.query import Term
from monitor.store.base import StoreBase


class WordRows(StoreBase):
    """The words of articles. An article has a number there, as FTS5 wants one that VACUUM does not change."""

    def index_words(self, article: Article, old: Article | None) -> None:
        """Make the index hold an article's title and text instead of those of its last revision."""
        self.run("insert or ignore into article_numbers (article) values (?)", [article.id])
        number = self.value("select number from article_numbers where article = ?", [article.id])
        if old is not None:
            self.run(
                "insert into article_words (article_words, rowid, title, text) values ('delete', ?, ?, ?)",
                [number, fold(old.title), fold(old.text)],
            )
        self.run(
            "insert into article_words (rowid, title, text) values (?, ?, ?)",
            [number, fold(article.title), fold(article.text)],
        )


def match_expression(term: Term) -> str | None:
    """Words in the language of FTS5; None where nothing is left of them to search for."""
    words = fold(term.values[0]).replace('"', " ").split()
    if not any(sign.isalnum() for word in words for sign in word):
        return None
    return f'"{" ".join(words)}"{"*" if term.prefix else ""}'
