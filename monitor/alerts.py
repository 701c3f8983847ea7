"""Alerts at work: looked for after each crawl, kept as events, told by mail (and by webhook, see webhooks.py)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from monitor.alert import Channel, Event, Rule, Sending
from monitor.clock import Clock
from monitor.due import retry_at
from monitor.errors import MailError
from monitor.memory import known_charges
from monitor.model import FeedState
from monitor.outbox import Job, Posted
from monitor.settings import Settings
from monitor.store import Store
from reports.alert_events import feed_events, story_events
from reports.alert_mail import alert_message
from reports.story_report import report

log = logging.getLogger(__name__)
#: Stories that alerts look at, the largest of the longest window.
_STORIES = 400


def check_alerts(store: Store, now: datetime) -> int:
    """Look for what the rules watch for; how many new events there are to tell."""
    rules = store.rules()
    if not rules:
        return 0
    found = [(rule, event) for rule in rules for event in _events(store, rule, now)]
    new = 0
    with store.write():
        for rule, event in found:
            since = None if event.once else now - rule.quiet
            new += store.save_event(event, since, channels_of(rule))
    return new


def channels_of(rule: Rule) -> tuple[Channel, ...]:
    """By which ways a rule's events are told."""
    return (*(("mail",) if rule.address else ()), *(("webhook",) if rule.webhook else ()))


def _events(store: Store, rule: Rule, now: datetime) -> list[Event]:
    if rule.trigger == "silence":
        states = store.feed_states()
        feeds = [(feed, states.get(feed.id, FeedState(feed=feed.id))) for feed in store.feeds()]
        return feed_events(rule, feeds, now)
    since = now - timedelta(hours=rule.hours)
    stories = store.stories(since, now, limit=_STORIES)
    rows = store.coverages([story.id for story in stories])
    reports = [report(story, rows[story.id]) for story in stories]
    return story_events(rule, reports, known_charges(store, since) if rule.trigger == "target" else None, now)


def alert_mails(store: Store, settings: Settings, clock: Clock, posted: Posted) -> Iterator[Job]:
    """The mails of events that wait to be told, one an event."""
    for rule, event, sending in store.waiting_sendings("mail", clock()):
        yield _mail(store, settings, clock, posted, rule, event, sending)


def _mail(
    store: Store,
    settings: Settings,
    clock: Clock,
    posted: Posted,
    rule: Rule,
    event: Event,
    sending: Sending,
) -> Job:
    def make() -> EmailMessage:
        return alert_message(rule, event, settings.mail_from, settings.base_url, clock())

    def accepted() -> None:
        posted.sent += 1
        note_sending(store, event, sending, clock(), None)

    def refused(error: MailError) -> None:
        posted.waiting += not error.permanent
        posted.refused += error.permanent
        note_sending(store, event, sending, clock(), error.message, again=not error.permanent)

    return Job(make=make, accepted=accepted, refused=refused)


def note_sending(
    store: Store, event: Event, sending: Sending, now: datetime, error: str | None, *, again: bool = True
) -> None:
    """Note that an event was told, or (with an error) when to try again; lost where that makes no sense."""
    tried = replace(sending, at=now, attempts=sending.attempts + 1, retry_at=None, error=error or "")
    if error is None:
        noted = replace(tried, state="sent")
    else:
        later = retry_at(event.at, tried.attempts, now) if again else None
        noted = replace(tried, state="waiting" if later else "lost", retry_at=later)
        log.warning("alert %s by %s: %s", event.id, sending.channel, error)
    with store.write():
        store.save_sending(noted)
