"""Finds the actors that a text names: states, organisations, groups, and the people who speak for them.

The data are readable tables in `data/actors/`: `names/<language>.tsv` (id; names, people, capital, organs),
`rules/<language>.tsv` (what makes an ambiguous name another thing), `office_holders.tsv` (people with dates)
and `groups.tsv` (the ids that are no states). Languages beyond them fall back on Babel's names of states.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import ahocorasick_rs

from classifiers.patterns import Pattern, ends_word, fold, starts_word
from monitor.errors import ClassifierError
from monitor.model import OUTLET

MentionKind = Literal["names", "people", "capital", "organs", "holder"]
DATA = Path(__file__).with_name("data") / "actors"
#: Languages with tables of their own.
LANGUAGES = tuple("en nl ru uk de fr es it pt pl sr tr ar fa he zh ja ko hi".split())
_LATIN = frozenset("en nl de fr es it pt pl sr tr".split())
_CYRILLIC = frozenset("ru uk sr".split())
#: A name counts for its office this long before and after the dates in the table, which are to the month.
_GRACE = timedelta(days=62)
#: Written near enough to a language with tables to be read with them.
_READ_AS = {"hr": "sr", "bs": "sr"}
#: How much text around a match a rule may look at.
_AROUND = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A state, organisation or group that can blame or be blamed."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a text that stand for an actor: `text[start:end]`, in code points."""

    start: int
    end: int
    actor: str
    kind: MentionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """One pattern of one actor, with what limits it."""

    pattern: Pattern
    actor: str
    kind: MentionKind
    unless_before: re.Pattern[str] | None = None
    unless_after: re.Pattern[str] | None = None
    since: date | None = None
    until: date | None = None

    def holds(self, text: str, start: int, end: int, day: date | None) -> bool:
        if day is not None and self.kind == "holder":
            if self.since and day < self.since - _GRACE:
                return False
            if self.until and day > self.until + _GRACE:
                return False
        if self.unless_before and self.unless_before.search(text[max(0, start - _AROUND) : start]):
            return False
        return not (self.unless_after and self.unless_after.match(text[end : end + _AROUND]))


@cache
def actors() -> dict[str, Actor]:
    """Every actor by id; states carry their English name."""
    found = {
        row["id"]: Actor(id=row["id"], kind=row["kind"], name=row["name"])
        for row in _rows(DATA / "groups.tsv")
    }
    for row in _rows(DATA / "names" / "en.tsv"):
        if row["id"] not in found:
            name = row["names"].split("|")[0].replace("*", "")
            found[row["id"]] = Actor(id=row["id"], kind="state", name=name)
    return found


def name_of(actor: str) -> str:
    """The English name of an actor, for people; the id where we know none."""
    known = actors().get(actor)
    return known.name if known else actor


@cache
def state_codes() -> dict[str, str]:
    """ISO 3166-1 alpha-3 codes by alpha-2, as Babel's territories use them."""
    from babel.core import get_global

    known = set(actors())
    return {short: long for short, long in _alpha3(get_global("territory_aliases")).items() if long in known}


def _alpha3(aliases: Mapping[str, Any]) -> dict[str, str]:
    pairs = {
        values[0]: key
        for key, values in aliases.items()
        if len(key) == 3 and key.isalpha() and len(values) == 1
    }
    return pairs | {"XK": "XKX"}


class ActorFinder:
    """Finds mentions in one language; build one with `finder(language)`."""

    def __init__(self, names: Iterable[_Name], language: str) -> None:
        self.language = language
        self._names = list(names)
        forms = [(form, i) for i, name in enumerate(self._names) for form in sorted(name.pattern.heads())]
        self._owners = [i for _, i in forms]
        self._automaton = ahocorasick_rs.AhoCorasick([form for form, _ in forms])

    def find(self, text: str, day: date | None = None) -> list[Mention]:
        """Mentions in order, none overlapping: at one place the longest wins; `day` decides who holds office."""
        folded, places = fold(text)
        hits: list[tuple[int, int, int]] = []
        for form, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            owner = self._owners[form]
            if not starts_word(folded, start, self.language):
                continue
            name = self._names[owner]
            end = name.pattern.end(folded, end)
            if end < 0 or not ends_word(folded, end, self.language):
                continue
            if places is not None:
                start, end = places[start], places[end - 1] + 1
            # Rules are written for texts as they are, so they look at the text, not at its folded form.
            if name.holds(text, start, end, day):
                hits.append((start, -end, owner))
        return [
            Mention(start, -end, self._names[owner].actor, self._names[owner].kind)
            for start, end, owner in _longest(hits)
        ]


def _longest(hits: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    free = 0
    for hit in sorted(hits):
        if hit[0] >= free:
            free = -hit[1]
            yield hit


@lru_cache(maxsize=64)
def finder(language: str) -> ActorFinder:
    """The finder for a language; one without tables gets Babel's names of states and the English names."""
    base = language.split("-")[0].lower()
    base = _READ_AS.get(base, base)
    if base in LANGUAGES:
        return ActorFinder([*_table(base), *_holders(base)], base)
    return ActorFinder([*_babel(base), *_table("en"), *_holders("en")], base)


def day_of(moment: datetime | None) -> date | None:
    """The day by which office-holders are told apart."""
    return moment.date() if moment else None


def _table(language: str) -> Iterator[_Name]:
    rules: dict[str, tuple[str, str]] = {}
    for row in _rows(DATA / "rules" / f"{language}.tsv"):
        rules[row["pattern"]] = (row["unless_before"], row["unless_after"])
    for row in _rows(DATA / "names" / f"{language}.tsv"):
        for kind in ("names", "people", "capital", "organs"):
            for text in filter(None, row[kind].split("|")):
                before, after = rules.get(text, ("", ""))
                yield _Name(
                    pattern=Pattern.parse(text),
                    actor=row["id"],
                    kind=kind,
                    unless_before=re.compile(before) if before else None,
                    unless_after=re.compile(after) if after else None,
                )


def _holders(language: str) -> Iterator[_Name]:
    """People who speak for an actor, in the scripts of the language; full names count too."""
    other = _other_scripts(language)
    for row in _rows(DATA / "office_holders.tsv"):
        texts: list[str] = []
        if language in _LATIN:
            texts += [row["name"], *row["latin"].split("|")]
        if language in _CYRILLIC:
            texts += row["cyrillic"].split("|")
        texts += other.get(row["key"], [])
        for text in dict.fromkeys(filter(None, texts)):
            yield _Name(
                pattern=Pattern.parse(text),
                actor=row["state"],
                kind="holder",
                since=_month(row["from"], last=False),
                until=_month(row["to"], last=True),
            )


def _other_scripts(language: str) -> dict[str, list[str]]:
    """Names by key from the tables of scripts other than Latin and Cyrillic, `office_holders_<scripts>.tsv`."""
    if language in _LATIN | _CYRILLIC:
        return {}
    found: dict[str, list[str]] = {}
    for path in sorted(DATA.glob("office_holders_*.tsv")):
        for row in _rows(path):
            found.setdefault(row["key"], []).extend((row.get(language) or "").split("|"))
    return found


def _babel(language: str) -> Iterator[_Name]:
    from babel import Locale, UnknownLocaleError

    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return
    for short, long in state_codes().items():
        if short in territories:
            yield _Name(pattern=Pattern.parse(territories[short]), actor=long, kind="names")


def _month(text: str, *, last: bool) -> date | None:
    if not text:
        return None
    year, month, *_ = (*text.split("-"), "12" if last else "1")
    return date(int(year), int(month), 28 if last else 1)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except OSError as error:
        raise ClassifierError(str(path), "cannot be read", advice="Reinstall framewire") from error


__all__ = [
    "LANGUAGES",
    "OUTLET",
    "Actor",
    "ActorFinder",
    "Mention",
    "actors",
    "day_of",
    "finder",
    "name_of",
]
