"""The only fakes: a clock that we set, and makers of values with sensible parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import Article, Entry, Feed, Frame, make_id
from monitor.subscription import Schedule, Subscription

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


class StillClock:
    """Stands still until it is moved on."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def skip(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def feed(name: str = "wire", **parts: Any) -> Feed:
    return Feed(**({"url": f"http://{name}.example/feed.xml", "name": name} | parts))


def entry(key: str = "1", **parts: Any) -> Entry:
    values = {
        "id": make_id("entry", key),
        "feed": feed().id,
        "url": f"http://wire.example/{key}",
        "title": f"Title {key}",
        "summary": f"Summary of {key}.",
        "published": NOON,
        "first_seen": NOON,
    }
    return Entry(**(values | parts))


def article(key: str = "1", **parts: Any) -> Article:
    values = {
        "id": make_id("article", key),
        "url": f"http://wire.example/{key}",
        "feed": feed().id,
        "title": f"Title {key}",
        "text": f"Text of {key}.",
        "language": "en",
        "published": NOON,
        "published_source": "feed",
        "first_seen": NOON,
    }
    return Article(**(values | parts))


def frame(blamer: str = "RUS", target: str = "USA", **parts: Any) -> Frame:
    values = {
        "blamer": blamer,
        "target": target,
        "stance": "blames",
        "kind": "negligence",
        "issue": "Text",
        "evidence": "Text of 1.",
        "place": "text",
        "start": 0,
        "end": 10,
        "caveat": False,
        "score": 0.8,
    }
    return Frame(**(values | parts))


def subscription(key: str = "1", **parts: Any) -> Subscription:
    values = {
        "id": make_id("subscription", key),
        "token": f"token-{key}",
        "address": f"reader{key}@reader.example",
        "schedule": Schedule(zone="UTC", hour=7),
        "created": NOON - timedelta(days=30),
        "since": NOON - timedelta(days=30),
    }
    return Subscription(**(values | parts))
