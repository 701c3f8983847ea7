"""What alerts find in the reports: rules and rows in, events out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from classifiers.actors import actors, name_of
from monitor.alert import Event, Evidence, Rule
from monitor.model import Feed, FeedState
from monitor.subscription import Query
from reports.matrix import Line
from reports.selection import line_matches, matches
from reports.silence import is_silent
from reports.story_report import StoryReport
from reports.words import count, listing, moment_words, shorten, upper_first

#: Lines of evidence that an event carries.
_LINES = 6


def story_events(
    rule: Rule, reports: Sequence[StoryReport], known_pairs: Collection[tuple[str, str]] | None, now: datetime
) -> list[Event]:
    """The events of a rule about blame or coverage, as of now; `known_pairs` as `reports.changes` takes them."""
    since = now - timedelta(hours=rule.hours)
    told = [story for story in reports if matches(rule.query, story)]
    if rule.trigger == "outlets":
        return list(_outlets(rule, told, since, now))
    if rule.trigger == "target":
        return list(_targets(rule, told, known_pairs, since, now))
    if rule.trigger == "states":
        return list(_states(rule, told, since, now))
    return []


def feed_events(rule: Rule, feeds: Iterable[tuple[Feed, FeedState]], now: datetime) -> list[Event]:
    """The watched feeds that have fallen silent; each silence is one event."""
    gap, found = timedelta(hours=rule.hours), []
    for feed, state in feeds:
        if feed.enabled and not state.paused and _watched(rule.query, feed) and is_silent(state, now, gap):
            assert state.last_new_entry is not None
            title = f"{shorten(feed.name, 80)} is silent since {moment_words(state.last_new_entry)}"
            subject = f"{feed.id} {state.last_new_entry.isoformat()}"
            found.append(_event(rule, subject, title, None, (), now, once=True))
    return found


def _outlets(rule: Rule, told: Iterable[StoryReport], since: datetime, now: datetime) -> Iterator[Event]:
    for story in told:
        fresh = {covered.feed.id for covered in story.coverage if covered.article.published >= since}
        if len(fresh) >= rule.threshold:
            words = f"{count(len(fresh), 'outlet')} in {count(rule.hours, 'hour')}"
            title = f"{shorten(story.headline.title, 120)} ({words})"
            lines = [line for line in story.lines if line_matches(rule.query, line)]
            yield _event(rule, story.story.id, title, story.path, lines, now, once=True)


def _targets(
    rule: Rule,
    told: Iterable[StoryReport],
    known_pairs: Collection[tuple[str, str]] | None,
    since: datetime,
    now: datetime,
) -> Iterator[Event]:
    if known_pairs is None:  # we have watched for too short a time to call anything new
        return
    seen = set[tuple[str, str]]()
    for story in told:
        for line in story.lines:
            pair = line.blamer.actor or line.blamer.key, line.target.key
            if pair in known_pairs or pair in seen or not _fresh_charge(rule.query, line, since):
                continue
            seen.add(pair)
            title = f"{line.pair}: a new target, in {shorten(story.headline.title, 100)}"
            yield _event(rule, " ".join(pair), title, story.path, [line], now)


def _states(rule: Rule, told: Iterable[StoryReport], since: datetime, now: datetime) -> Iterator[Event]:
    found: dict[str, dict[str, tuple[StoryReport, Line]]] = {}
    for story in told:
        for line in story.lines:
            blamer = line.blamer.actor
            if blamer and actors()[blamer].kind == "state" and _fresh_charge(rule.query, line, since):
                found.setdefault(line.target.key, {}).setdefault(blamer, (story, line))
    for target, blamers in found.items():
        blamers.pop(target, None)  # a state that blames itself is no other one's charge
        if len(blamers) >= rule.threshold:
            names = listing([name_of(blamer) for blamer in sorted(blamers)])
            title = f"{upper_first(name_of(target))} is blamed by {count(len(blamers), 'state')}: {names}"
            story = next(iter(blamers.values()))[0]
            yield _event(rule, target, title, story.path, [line for _, line in blamers.values()], now)


def _fresh_charge(query: Query, line: Line, since: datetime) -> bool:
    fresh = any(quote.article.published >= since for quote in line.quotes)
    return line.stance == "blames" and fresh and line_matches(query, line)


def _watched(query: Query, feed: Feed) -> bool:
    named = f"{feed.name} {feed.url}".casefold()
    return (
        (not query.states or feed.state in query.states)
        and (not query.languages or feed.language in query.languages)
        and (not query.words or any(word.casefold() in named for word in query.words))
    )


def _event(
    rule: Rule,
    subject: str,
    title: str,
    path: str | None,
    lines: Sequence[Line],
    now: datetime,
    *,
    once: bool = False,
) -> Event:
    evidence = tuple(
        Evidence(
            line=line.text,
            quote=line.quote.frame.evidence,
            language=line.quote.article.language,
            outlet=line.quote.feed.name,
            url=line.quote.article.url,
            caveat=line.quote.frame.caveat,
        )
        for line in lines[:_LINES]
    )
    return Event(rule=rule.id, subject=subject, title=title, path=path, evidence=evidence, at=now, once=once)
