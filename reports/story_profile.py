"""What a story is about and how it went round: titles by language, key actors and places, who told it, when it slept.

Pure functions over a story's coverage (its articles in time order, each with its outlet).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from classifiers.actors import actors, finder, name_of
from monitor.embed import opening
from monitor.model import OutletKind
from reports.timeline import Timeline, timeline

if TYPE_CHECKING:
    from monitor.store import Coverage

#: A story without a report for so long is quiet: a night passes, a day does not.
QUIET = timedelta(hours=24)
#: Articles that are looked at for names, spread evenly over the story: enough to rank by share.
LOOKED_AT = 200
#: Actors and places that are key, at most; each in at least this share of the articles looked at.
KEY, SHARE = 6, 0.2
#: Ways of naming a state that say where, not who.
_PLACES = frozenset({"names", "capital"})
#: Signs of a language that puts no spaces between words: its words are pairs of signs.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The title that stands for the reports of one language."""

    title: str
    language: str
    outlet: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An actor or a place, and the share of the articles looked at that name it."""

    actor: str
    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """An outlet that took the story up after the first report."""

    outlet: str
    time: datetime
    after: timedelta
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What outlets of one kind, speaking for one state (or none), made of the story."""

    state: str | None
    kind: OutletKind
    outlets: int
    reports: int
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A time in which nobody reported."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All of it."""

    titles: tuple[Title, ...]
    actors: tuple[Named, ...]
    places: tuple[Named, ...]
    followers: tuple[Follower, ...]
    shares: tuple[Share, ...]
    quiet: tuple[Quiet, ...]

    def title_in(self, *languages: str) -> Title | None:
        """The title in the first of the reader's languages that has one; None where none has."""
        found = {title.language: title for title in self.titles}
        return next((found[_base(one)] for one in languages if _base(one) in found), None)


def profile(coverage: Sequence[Coverage]) -> Profile:
    """The profile of a story's coverage."""
    told = timeline(coverage)
    actors_found, places = key_names(coverage)
    return Profile(
        titles=titles(coverage),
        actors=actors_found,
        places=places,
        followers=followers(told),
        shares=shares(coverage),
        quiet=quiet_periods([covered.article.published for covered in coverage]),
    )


def titles(coverage: Sequence[Coverage]) -> tuple[Title, ...]:
    """One title a language, the language with most reports first.

    The title whose words most others of its language share; of equals the earliest, so one report speaks for itself.
    """
    by_language: dict[str, list[Coverage]] = {}
    for covered in sorted(coverage, key=lambda one: (one.article.published, one.article.id)):
        if covered.article.title:
            by_language.setdefault(_base(covered.article.language), []).append(covered)
    ranked = sorted(by_language.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(_title(language, rows) for language, rows in ranked)


def _title(language: str, rows: Sequence[Coverage]) -> Title:
    words = [_words(row.article.title) for row in rows]
    counts = Counter(word for title in words for word in title)

    def fit(index: int) -> float:
        """Cosine of the title's words with those of all titles, each title's own left out."""
        shared = sum(counts[word] - 1 for word in words[index])
        return shared / math.sqrt(len(words[index]) or 1)

    best = max(range(len(rows)), key=lambda index: (fit(index), -index))
    row = rows[best]
    return Title(title=row.article.title, language=language, outlet=row.feed.name, article=row.article.id)


def _words(title: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", title).casefold()
    if _DENSE.search(plain):
        return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))
    return frozenset(re.findall(r"\w+", plain))


def key_names(coverage: Sequence[Coverage]) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Actors that the openings name, and the states named as places: those in most articles first."""
    step = max(1, math.ceil(len(coverage) / LOOKED_AT))
    looked_at = coverage[::step]
    who: Counter[str] = Counter()
    where: Counter[str] = Counter()
    for covered in looked_at:
        article = covered.article
        found = finder(article.language).find(opening(article), article.published.date())
        who.update({mention.actor for mention in found})
        where.update({mention.actor for mention in found if mention.kind in _PLACES})
    states = {actor.id for actor in actors().values() if actor.kind == "state"}
    places = Counter({actor: number for actor, number in where.items() if actor in states})
    return _key(who, len(looked_at)), _key(places, len(looked_at))


def _key(counts: Counter[str], size: int) -> tuple[Named, ...]:
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:KEY]
    return tuple(
        Named(actor=actor, name=name_of(actor), share=number / size)
        for actor, number in ranked
        if number / size >= SHARE
    )


def followers(told: Timeline) -> tuple[Follower, ...]:
    """The outlets that followed the first report, in the order in which they took the story up."""
    if told.first is None:
        return ()
    start = told.first.time
    return tuple(
        Follower(outlet=one.outlet, time=one.first.time, after=one.first.time - start, reports=one.reports)
        for one in told.uptake[1:]
    )


def shares(coverage: Sequence[Coverage]) -> tuple[Share, ...]:
    """Coverage by the state that outlets speak for and their kind, most reports first."""
    groups: dict[tuple[str | None, OutletKind], list[Coverage]] = {}
    for covered in coverage:
        groups.setdefault((covered.feed.state, covered.feed.kind), []).append(covered)
    found = [
        Share(
            state=state,
            kind=kind,
            outlets=len({row.feed.id for row in rows}),
            reports=len(rows),
            first=min(row.article.published for row in rows),
        )
        for (state, kind), rows in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.reports, one.first, one.state or "", one.kind)))


def quiet_periods(times: Sequence[datetime], least: timedelta = QUIET) -> tuple[Quiet, ...]:
    """The gaps between reports that are at least so long."""
    ordered = sorted(times)
    return tuple(
        Quiet(start=before, end=after) for before, after in pairwise(ordered) if after - before >= least
    )


def _base(language: str) -> str:
    return language.split("-")[0].casefold()
