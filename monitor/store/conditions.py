"""What a query asks for, in SQL: conditions on articles and on frames, every value a parameter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.model import OUTLET
from monitor.query import FRAME_FIELDS, Query, Term
from monitor.query_fields import NO_STATE, span
from monitor.store.base import to_text
from monitor.store.words import match_expression

_LISTED = "(select value from json_each(:{}))"
_FEED_COLUMNS = {"state": f"coalesce(state, '{NO_STATE}')", "outlet": "kind"}


@dataclass(slots=True, kw_only=True)
class Conditions:
    """Clauses over `articles` and over `frames`, with their parameters; `words` is asked of the word index."""

    articles: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    #: An FTS5 expression that the article must match; None where no words are asked for.
    words: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    #: Set where the wanted rows were found to be few, and are named by their keys.
    few: bool = False

    def value(self, value: Any) -> str:
        """Keep a parameter; its name."""
        name = f"v{len(self.values)}"
        self.values[name] = json.dumps(value) if isinstance(value, list) else value
        return name


def conditions(
    query: Query,
    now: datetime,
    feeds: Sequence[tuple[str, str]],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """The conditions of a query at a time; `feeds` (id, name) are those that `source:` finds by their names."""
    made = Conditions()
    for moment, sign in ((since, ">="), (until, "<=")):
        if moment is not None:
            made.articles.append(f"articles.published {sign} :{made.value(to_text(moment))}")
    words = [term for term in query.terms if term.field is None]
    _add_words(made, words)
    for term in query.terms:
        if term.field is None:
            continue
        clause = _clause(made, term, now, feeds)
        own = made.frames if term.field in FRAME_FIELDS else made.articles
        own.append(f"not ({clause})" if term.exclude else clause)
    return made


def _add_words(made: Conditions, terms: list[Term]) -> None:
    wanted = [match_expression(term) for term in terms if not term.exclude]
    if None in wanted:  # nothing can be found by words that are all points and marks
        made.articles.append("0")
    made.words = " AND ".join(one for one in wanted if one) or None
    for unwanted in filter(None, (match_expression(term) for term in terms if term.exclude)):
        name = made.value(unwanted)
        made.articles.append(
            f"""not exists (select 1 from article_numbers join article_words on article_words.rowid = number
            where article_numbers.article = articles.id and article_words match :{name})"""
        )


def _clause(made: Conditions, term: Term, now: datetime, feeds: Sequence[tuple[str, str]]) -> str:
    values = list(term.values)
    if term.field in ("actor", "blamer", "target"):
        return _party(made, term.field, values)
    if term.field in ("kind", "stance"):
        return f"frames.{term.field} in {_LISTED.format(made.value(values))}"
    if term.field == "lang":
        return f"({' or '.join(_language(made, value) for value in values)})"
    if term.field == "last":
        return f"articles.published >= :{made.value(to_text(now - span(values[0])))}"
    if term.field in ("after", "before"):
        sign = ">=" if term.field == "after" else "<"
        return f"articles.published {sign} :{made.value(values[0])}"
    if term.field == "source":
        wanted = [value.casefold() for value in values]
        values = [id for id, name in feeds if any(value in name.casefold() for value in wanted)]
        return f"articles.feed in {_LISTED.format(made.value(values))}"
    column = _FEED_COLUMNS[str(term.field)]
    return f"articles.feed in (select id from feeds where {column} in {_LISTED.format(made.value(values))})"


def _party(made: Conditions, name: str, values: list[str]) -> str:
    listed = _LISTED.format(made.value(values))
    if name == "target":
        return f"frames.target in {listed}"
    # Pages show an outlet's own voice under the state that it speaks for, and so does a search.
    voice = (
        f"(frames.blamer = '{OUTLET}' and articles.feed in (select id from feeds where state in {listed}))"
    )
    either = f"frames.blamer in {listed} or {voice}"
    return f"({either} or frames.target in {listed})" if name == "actor" else f"({either})"


def _language(made: Conditions, value: str) -> str:
    own = f"articles.language = :{made.value(value)} collate nocase"
    low, high = made.value(f"{value}-"), made.value(f"{value}.")  # `.` follows `-`: zh-hant is zh
    variants = f"articles.language >= :{low} collate nocase and articles.language < :{high} collate nocase"
    return f"{own} or ({variants})"
