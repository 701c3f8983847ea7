"""Makers of coverage: an article with its outlet and frames, alone or as a story in a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitor.model import Feed, Frame, Reading, Story, make_id
from monitor.sample.world import feeds as sample_feeds
from monitor.sample.world import load_world
from monitor.store import Coverage, Store, frame_id
from tests.fakes import NOON, article, entry, feed, frame

VOLNA = feed("volna", state="RUS", kind="state_media", language="ru")
POST = feed("post", language="en")
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@y.example \u202eevil\u2066 " + "long " * 1000


def covered(key: str, outlet: Feed = POST, frames: Sequence[Frame] = (), **parts: Any) -> Coverage:
    own = article(key, feed=outlet.id, **({"language": outlet.language or "en"} | parts))
    return Coverage(
        article=own,
        feed=outlet,
        frames=tuple(frames),
        frame_ids=tuple(frame_id(own.id, "gold", one) for one in frames),
    )


def story_of(rows: Sequence[Coverage], key: str = "story") -> Story:
    first, last = rows[0].article, rows[-1].article
    return Story(
        id=make_id(key),
        title=first.title,
        language=first.language,
        first=first.published,
        last=last.published,
        size=len(rows),
    )


def keep(store: Store, stories: dict[str, Sequence[Coverage]]) -> None:
    """Write stories with their articles and frames, as the pipeline would."""
    every = [row for rows in stories.values() for row in rows]
    store.sync_feeds({row.feed.id: row.feed for row in every}.values())
    with store.write():
        for row in every:
            store.save_entries([entry(row.article.id, feed=row.feed.id)])
            store.save_article(row.article, row.article.id, "test", NOON)
            store.save_reading(
                row.article, Reading(classifier="gold", language="en", frames=row.frames), NOON
            )
        for key, rows in stories.items():
            store.save_story_articles([(row.article.id, make_id(key)) for row in rows], "test")


def sample_stories() -> dict[str, list[Coverage]]:
    """The sample world's events with their gold frames."""
    world = load_world()
    outlets = dict(zip((outlet.key for outlet in world.outlets), sample_feeds(), strict=True))
    return {
        event.slug: [
            _sample(f"{event.slug}-{number}", told, outlets[told.outlet])
            for number, told in enumerate(event.articles)
        ]
        for event in world.events
    }


def _sample(key: str, told: Any, outlet: Feed) -> Coverage:
    text = "\n".join(told.paragraphs)
    frames = []
    for gold in told.frames:
        place = "title" if gold.evidence in told.title else "text"
        start = (told.title if place == "title" else text).index(gold.evidence)
        names = ("blamer", "target", "stance", "kind", "caveat", "evidence")
        parts = {name: getattr(gold, name) for name in names}
        end = start + len(gold.evidence)
        frames.append(frame(**parts, issue=gold.evidence, place=place, start=start, end=end))
    url = f"{outlet.url.rsplit('/', 1)[0]}/{key}"
    return covered(key, outlet, frames, url=url, title=told.title, text=text, published=told.published)
