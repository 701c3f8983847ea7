"""Digests from the store: which rows a reader's day is made of. What two readers share is asked and composed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from monitor.due import period
from monitor.memory import known_charges
from monitor.model import Feed, FeedState
from monitor.store import Coverage, Store
from monitor.subscription import Query, Subscription
from reports.changes import QUIET, changes
from reports.digest import EVERYTHING, Digest, compose
from reports.feed_health import Health, health
from reports.selection import matches, select
from reports.silence import silence
from reports.story_report import StoryReport, report

#: Stories a digest looks at, the largest of its time, and those that ended.
CANDIDATES, ENDED = 400, 20
#: Of a smaller story nobody misses the end.
ENDED_SIZE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one digest is to tell: [since, until) for a query, in a language."""

    day: date
    since: datetime
    until: datetime
    query: Query = EVERYTHING
    language: str = "en"
    feeds: bool = False
    leave: bool = False


def ask_of(subscription: Subscription, day: date) -> Ask:
    """What a reader's digest of a local day is to tell: all since the one before it."""
    since, until = period(subscription.schedule, day)
    return Ask(
        day=day,
        since=since,
        until=until,
        query=subscription.query,
        language=subscription.language,
        feeds=subscription.feeds,
        leave=True,
    )


def ask_of_day(day: date) -> Ask:
    """Everything of a day in UTC."""
    start = datetime.combine(day, time(), UTC)
    return Ask(day=day, since=start, until=start + timedelta(days=1))


class Editions:
    """Composes digests over one store, as it is now."""

    def __init__(self, store: Store, base_url: str | None) -> None:
        self._store, self._base = store, base_url
        self._reports: dict[tuple[datetime, datetime, str], list[StoryReport]] = {}
        self._ended: dict[tuple[datetime, datetime, str], list[StoryReport]] = {}
        self._pairs: dict[datetime, set[tuple[str, str]] | None] = {}
        self._made: dict[Ask, tuple[Digest, bool]] = {}

    def digest(self, ask: Ask) -> tuple[Digest, bool]:
        """The digest, and whether it has anything to tell."""
        if ask not in self._made:
            self._made[ask] = self._make(ask)
        return self._made[ask]

    def _make(self, ask: Ask) -> tuple[Digest, bool]:
        stories = select(self._told(ask), ask.query, ask.since)
        ended = [told for told in self._over(ask) if matches(ask.query, told)]
        changed = changes(stories, ended, ask.since, self._known(ask.since))
        digest = compose(
            stories,
            ask.day,
            self._base,
            changes=changed,
            feeds=self._feeds(ask.until) if ask.feeds else (),
            query=ask.query,
            leave=ask.leave,
        )
        return digest, bool(stories or changed)

    def _told(self, ask: Ask) -> list[StoryReport]:
        key = ask.since, ask.until, ask.language
        if key not in self._reports:
            # What was published just before and seen late is news too, so we look a day further back.
            found = self._store.stories(ask.since - timedelta(days=1), ask.until, limit=CANDIDATES)
            rows = self._store.coverages([story.id for story in found])
            self._reports[key] = [
                report(replace(story, last=known[-1].article.published, size=len(known)), known, ask.language)
                for story in found
                if (known := _until(rows[story.id], ask.until))
            ]
        return self._reports[key]

    def _over(self, ask: Ask) -> list[StoryReport]:
        key = ask.since, ask.until, ask.language
        if key not in self._ended:
            found = self._store.stories_last_told(ask.since - QUIET, ask.until - QUIET, ENDED_SIZE, ENDED)
            rows = self._store.coverages([story.id for story in found])
            self._ended[key] = [report(story, rows[story.id], ask.language) for story in found]
        return self._ended[key]

    def _known(self, since: datetime) -> set[tuple[str, str]] | None:
        """The charges of the time that we remember; None where that is too short."""
        if since not in self._pairs:
            self._pairs[since] = known_charges(self._store, since)
        return self._pairs[since]

    def _feeds(self, now: datetime) -> list[tuple[Feed, Health]]:
        """The feeds that fail, are paused, or have brought nothing for too long."""
        states, found = self._store.feed_states(), []
        for feed in self._store.feeds():
            state = states.get(feed.id, FeedState(feed=feed.id))
            known = health(feed, state)
            if known.tone == "good" and (words := silence(state, now)):
                known = Health("bad", "silent", words)
            if feed.enabled and (known.tone == "bad" or state.paused):
                found.append((feed, known))
        return found


def _until(coverage: list[Coverage], until: datetime) -> list[Coverage]:
    """The reports of before a moment: a digest of yesterday tells what was known then."""
    return [covered for covered in coverage if covered.article.published < until]
