"""The small language of searches: text to a value, value to text. Pure; knows neither SQL nor the web.

    actor:RUS target:USA kind:negligence,violation lang:nl after:2026-01-01 "broke the ceasefire" -draft trial*

Everything must hold of one report, and what is said of blame of one frame in it. Values of a field with commas
between them are alternatives, a minus excludes, a star at the end of a word stands for any ending.
`parse(to_text(query)) == query` holds for every query; `monitor/store/search.py` turns one into SQL.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from monitor.errors import QueryError
from monitor.query_fields import canonical

Field = Literal[
    "actor",
    "blamer",
    "target",
    "kind",
    "stance",
    "lang",
    "state",
    "outlet",
    "source",
    "after",
    "before",
    "last",
]
FIELDS: tuple[Field, ...] = get_args(Field)
#: Fields that speak of a frame, and those that speak of time (one value, no minus).
FRAME_FIELDS: tuple[Field, ...] = ("actor", "blamer", "target", "kind", "stance")
TIME_FIELDS: tuple[Field, ...] = ("after", "before", "last")
#: Far beyond what a person writes; an address of 2,000 characters works everywhere (RFC 9110 asks for 8,000).
MAX_LENGTH, MAX_TERMS = 1000, 40

_QUOTES = dict.fromkeys(map(ord, "“”„‟"), '"')
_FIELD = re.compile(r"([A-Za-z_]+):")
_OPERATORS = ("AND", "OR", "NOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition: a field with its alternatives, or words (`field` None, one value, in their order)."""

    field: Field | None = None
    values: tuple[str, ...]
    exclude: bool = False
    #: The last word may go on (`trial*`); for words only.
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Conditions that all must hold; none holds for everything."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return to_text(self)

    def values(self, field: Field) -> tuple[str, ...]:
        """The values that a field must have, over all its terms; exclusions are none of them."""
        own = (term for term in self.terms if term.field == field and not term.exclude)
        return tuple(dict.fromkeys(value for term in own for value in term.values))

    def without(self, *fields: Field) -> Query:
        """The query without the terms of some fields; exclusions stay."""
        kept = (term for term in self.terms if term.field not in fields or term.exclude)
        return Query(terms=tuple(kept))

    def also(self, *terms: Term) -> Query:
        """The query with more conditions; those that it has are not repeated."""
        return Query(terms=tuple(dict.fromkeys((*self.terms, *terms))))


def parse(text: str) -> Query:
    """The query that a text writes; QueryError says what is wrong and where."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            text,
            f"is longer than {MAX_LENGTH} characters",
            start=MAX_LENGTH,
            end=len(text),
            advice="Shorten it",
        )
    terms = tuple(_Reader(text).terms())
    if len(terms) > MAX_TERMS:
        raise QueryError(
            text, f"has more than {MAX_TERMS} conditions", start=0, end=len(text), advice="Shorten it"
        )
    return Query(terms=terms)


def field_term(field: Field, *values: str, exclude: bool = False) -> Term:
    """A condition on a field, its values in their one form; QueryError where one is none."""
    own = (canonical(field, value, value, 0) for value in values)
    return Term(field=field, values=tuple(dict.fromkeys(own)), exclude=exclude)


def to_text(query: Query) -> str:
    """The query as text, in its one form."""
    return " ".join(_term_text(term) for term in query.terms)


def _term_text(term: Term) -> str:
    sign = "-" if term.exclude else ""
    if term.field:
        return f"{sign}{term.field}:{','.join(_quoted(value, field=True) for value in term.values)}"
    return f"{sign}{_quoted(term.values[0], field=False)}{'*' if term.prefix else ''}"


def _quoted(value: str, *, field: bool) -> str:
    odd = any(sign.isspace() for sign in value) or ("," in value if field else not _plain(value))
    return f'"{value}"' if odd else value


def _plain(value: str) -> bool:
    """Whether words can stand without quotation marks and mean the same."""
    return not (
        value.startswith(("-", "(")) or value.endswith("*") or value in _OPERATORS or _FIELD.match(value)
    )


class _Reader:
    """Reads a text from left to right; places are those of the text as it was given."""

    def __init__(self, text: str) -> None:
        self.original = text
        # One character for one, so that places stay.
        plain = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
        self.text = plain.translate(_QUOTES)
        self.at = 0

    def terms(self) -> Iterable[Term]:
        """The terms one after the other."""
        while self._skip_space():
            yield self._term()

    def _skip_space(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def _term(self) -> Term:
        start = self.at
        exclude = self.text[self.at] == "-"
        if exclude:
            self.at += 1
            if self.at == len(self.text) or self.text[self.at].isspace():
                self._fail(
                    "a minus stands directly before what it excludes", start, "Write -word or -lang:ru"
                )
        if found := _FIELD.match(self.text, self.at):
            return self._field(found, exclude)
        return self._words(exclude)

    def _words(self, exclude: bool) -> Term:
        start = self.at
        if self.text[self.at] == '"':
            value = self._phrase()
            prefix = self.text.startswith("*", self.at)
            self.at += prefix
        else:
            value = self._until('"')
            self._refuse_operators(value, start)
            prefix = value.endswith("*")
            value = value.removesuffix("*")
        value = _one_form(value)
        if not any(sign.isalnum() for sign in value):
            self._fail("holds no letter or digit to search for", start, "Write a word")
        return Term(values=(value,), exclude=exclude, prefix=prefix)

    def _refuse_operators(self, word: str, start: int) -> None:
        if word in _OPERATORS:
            advice = f'Conditions all hold together; write alternatives as lang:nl,de, exclusions as -word, the word as "{word}"'
            self._fail(f"{word} is no operator here", start, advice)
        if word.startswith("("):
            self._fail(
                "parentheses are not known", start, "Leave them out, or put the words in quotation marks"
            )

    def _field(self, found: re.Match[str], exclude: bool) -> Term:
        start, name = self.at, found[1].lower()
        field = next((field for field in FIELDS if field == name), None)
        if field is None:
            self.at = found.end()
            self._fail(
                f"there is no field {name!r}",
                start,
                f'Write one of {", ".join(FIELDS)}, or the words in quotation marks: "{found[0]}…"',
            )
        assert field is not None
        self.at = found.end()
        if exclude and field in TIME_FIELDS:
            self._fail(f"{field}: cannot be excluded", start - 1, "Leave out the minus")
        values = tuple(dict.fromkeys(self._values(field)))
        if field in TIME_FIELDS and len(values) > 1:
            self._fail(f"{field}: takes one value", start, "Leave out the others")
        return Term(field=field, values=values, exclude=exclude)

    def _values(self, field: Field) -> Iterable[str]:
        while True:
            start = self.at
            quoted = self.text.startswith('"', self.at)
            value = self._phrase() if quoted else self._until('",')
            if not value.strip():
                self._fail(
                    f"{field}: has no value", start, "Write one directly after the colon, as in lang:nl"
                )
            yield canonical(field, _one_form(value), self.original, start)
            if not self.text.startswith(",", self.at):
                return
            self.at += 1

    def _phrase(self) -> str:
        start = self.at
        end = self.text.find('"', start + 1)
        if end < 0:
            self.at = len(self.text)
            self._fail("this quotation mark is not closed", start, 'Write another " where the words end')
        self.at = end + 1
        return self.text[start + 1 : end]

    def _until(self, stops: str) -> str:
        start = self.at
        while (
            self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] not in stops
        ):
            self.at += 1
        return self.text[start : self.at]

    def _fail(self, message: str, start: int, advice: str) -> None:
        end = min(len(self.text), max(self.at, start + 1))
        raise QueryError(self.original, message, start=min(start, end - 1), end=end, advice=advice)


def _one_form(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).split())
