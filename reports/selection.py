"""What of the stories a reader asked for: a saved query over reports, and the weight by which stories are told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.subscription import Query
from reports.matrix import Line
from reports.story_report import StoryReport

if TYPE_CHECKING:
    from monitor.store import Coverage

#: An article that was seen so long after it was published is no news: the feed's past, taken in at its first visit.
LATE = timedelta(days=1)


def select(reports: Iterable[StoryReport], query: Query, since: datetime) -> list[StoryReport]:
    """The stories that a query asks for and that were told since `since`, by weight."""
    found = [told for told in reports if weight(told, since)[0] and matches(query, told)]
    return sorted(found, key=lambda told: (*(-part for part in weight(told, since)), told.story.id))


def matches(query: Query, told: StoryReport) -> bool:
    """Whether a story is one that the query asks for."""
    if query.about_frames and not any(line_matches(query, line) for line in told.lines):
        return False
    return any(_report_matches(query, covered) for covered in told.coverage)


def line_matches(query: Query, line: Line) -> bool:
    """Whether a blame line is one that the query asks for; in a query that asks for no blame, every line is."""
    return (
        (not query.actors or line.blamer.actor in query.actors)
        and (not query.targets or line.target.actor in query.targets)
        and (not query.kinds or any(quote.frame.kind in query.kinds for quote in line.quotes))
        and any(_told(query, quote.article.language, quote.feed.state) for quote in line.quotes)
    )


def asked_first(query: Query, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with those that the query asks for in front; the others stay, as the voices against them."""
    return tuple(sorted(lines, key=lambda line: not line_matches(query, line)))


def weight(told: StoryReport, since: datetime) -> tuple[int, int, int, int]:
    """How much a story weighs: outlets, then reports, since `since`; then its blame lines, then all its reports."""
    fresh = [covered for covered in told.coverage if is_fresh(covered, since)]
    return len({covered.feed.id for covered in fresh}), len(fresh), len(told.lines), len(told.coverage)


def is_fresh(covered: Coverage, since: datetime) -> bool:
    """Whether an article is news since `since`: published since then, or seen since then and not too late."""
    article = covered.article
    late = article.first_seen - article.published
    return article.published >= since or (article.first_seen >= since and late <= LATE)


def _report_matches(query: Query, covered: Coverage) -> bool:
    article = covered.article
    if not _told(query, article.language, covered.feed.state):
        return False
    if not query.words:
        return True
    text = f"{article.title}\n{article.text}".casefold()
    return any(word.casefold() in text for word in query.words)


def _told(query: Query, language: str, state: str | None) -> bool:
    languages = (language.lower(), language.lower().split("-")[0])
    return (not query.languages or any(code in query.languages for code in languages)) and (
        not query.states or state in query.states
    )
