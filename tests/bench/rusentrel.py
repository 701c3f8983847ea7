"""Who thinks ill of whom in Russian analytical articles: the negative directed pairs of RuSentRel.

Compared: pairs (holder, target) of a whole article against our `blames` frames between named actors. Their names
become our ids by our finder, so Putin, Moscow and Russia are one actor, and pairs within one actor vanish.
Not compared: positive pairs (we read none). Pairs with a person, party or firm that is no actor of ours cannot be
found; the first row counts them as missed, the second leaves them out. The author's own attitudes are beside
`OUTLET`. A bad opinion is wider than blame, so recall is bounded below 100 even for a perfect reader of blame.
The published 41.9 is the mean F1 of negative and positive pairs on the test articles with names found by machine;
two experts agree at 55.0. These are the training articles, from which we learned nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifiers.actors import day_of
from classifiers.blame import Reader
from classifiers.evaluate import Score
from monitor.model import OUTLET, Text
from tests.bench.data import BLAME
from tests.bench.naming import actor_of
from tests.bench.reader import shipped_reader
from tests.bench.result import SCORED, published, result, score_sets, scored

FOLDER = BLAME / "rusentrel_train"
NEEDS = (FOLDER,)
#: Mean F1 over negative and positive pairs: the best end to end, and one expert against another.
END_TO_END, EXPERTS = 41.9, 55.0
_SPEAKER = re.compile(r"^\{[^}]*\}\s*")
#: The source and the date that stand above each article.
_HEAD = re.compile(r"inosmi\.ru|Посмотреть оригинал|^(?:[а-я]+ )?\d{1,2}-го, \d{4}$")
_YEAR = re.compile(r", (20\d\d)$")
_AUTHOR = frozenset({"author", "автор"})

#: (article, holder, target)
Pair = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article; `negative` are (holder, target) as the annotators wrote them."""

    id: str
    date: datetime | None
    title: str
    text: str
    negative: tuple[tuple[str, str], ...]


def run(folder: Path = FOLDER, reader: Reader | None = None) -> dict[str, Any]:
    """Read every article and compare pairs."""
    reader = reader or shipped_reader()
    articles = load(folder)
    found = {pair for article in articles for pair in blamed(reader, article)}
    wanted, unknown = gold(articles)
    named = score_sets(_between_actors(found), _between_actors(wanted))
    every = Score(right=named.right, found=named.found, gold=named.gold + unknown)
    rows = [
        scored("negative pairs, all", every),
        scored("negative pairs, both of them actors of ours", named),
        scored(
            "the author's own", score_sets(found - _between_actors(found), wanted - _between_actors(wanted))
        ),
        published("end to end", END_TO_END),
        published("two experts", EXPERTS),
    ]
    notes = [f"{len(articles)} articles; {unknown} negative pairs name somebody who is no actor of ours"]
    return result(SCORED, rows, notes, unknown=unknown)


def load(folder: Path) -> list[Article]:
    """The articles that have a text (one has none)."""
    return [_article(path) for path in sorted(folder.glob("art*.txt")) if path.name.count(".") == 1]


def _article(path: Path) -> Article:
    lines = [_SPEAKER.sub("", line).strip() for line in path.read_text("utf-8-sig").splitlines()]
    lines = [line for line in lines if line]
    body = "\n".join(line for line in lines[1:] if not _HEAD.search(line))
    year = next((int(found[1]) for line in lines[1:4] if (found := _YEAR.search(line))), None)
    date = datetime(year, 7, 1, tzinfo=UTC) if year else None
    negative = _negative(path.with_suffix(".opin.txt")) + _negative(path.with_suffix(".author.txt"))
    return Article(id=path.stem, date=date, title=lines[0], text=body, negative=tuple(negative))


def _negative(path: Path) -> list[tuple[str, str]]:
    """The negative (holder, target) of a file of `holder, target, neg|pos, when` lines; none without a file."""
    lines = path.read_text("utf-8-sig").splitlines() if path.exists() else []
    rows = [[cell.strip() for cell in line.split(",")] for line in lines if line.strip()]
    return [(row[0], row[1]) for row in rows if len(row) > 2 and row[2] == "neg"]


def blamed(reader: Reader, article: Article) -> set[Pair]:
    """Our blame of one actor by another, or by the outlet."""
    text = Text(id=article.id, title=article.title, text=article.text, language="ru", date=article.date)
    reading = reader.read(text)
    return {
        (article.id, frame.blamer, frame.target)
        for frame in reading.frames
        if frame.stance == "blames" and frame.blamer != frame.target
    }


def gold(articles: list[Article]) -> tuple[set[Pair], int]:
    """The labelled pairs as our ids, and how many have a name without one."""
    wanted: set[Pair] = set()
    unknown: set[Pair] = set()
    for article in articles:
        day = day_of(article.date)
        for names in article.negative:
            holder = OUTLET if names[0].lower() in _AUTHOR else actor_of(names[0], "ru", day)
            target = actor_of(names[1], "ru", day)
            if holder and target and holder != target:
                wanted.add((article.id, holder, target))
            elif not (holder and target) and holder != OUTLET:
                unknown.add((article.id, *names))
    return wanted, len(unknown)


def _between_actors(pairs: set[Pair]) -> set[Pair]:
    return {pair for pair in pairs if pair[1] != OUTLET}
