"""The sample world, end to end: real HTTP on loopback, the real pipeline, a digest, and how well it did."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from classifiers.actors import name_of
from monitor.config import load_feeds
from monitor.model import Story
from monitor.pipeline import Progress
from monitor.sample.server import SampleServer
from monitor.sample.world import load_world, write_feeds_yaml
from monitor.settings import Settings
from monitor.store import Coverage, Store
from monitor.wiring import Service, open_service
from reports.changes import MEMORY, changes
from reports.digest import compose
from reports.message import write
from reports.story_report import report

#: Passes over the world at most: the second takes up what a 429, a 500 or a slow page put off.
PASSES = 6
#: How far the clock is moved on between passes, so that back-off does not keep anyone waiting.
_SKIP = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo found."""

    counts: dict[str, int]
    stories: list[tuple[Story, list[Coverage]]]
    digest: Path
    db: Path
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """One object for `--json`."""
        multilingual = sum(len({c.article.language for c in coverage}) > 1 for _, coverage in self.stories)
        return {
            **self.counts,
            "multilingual_stories": multilingual,
            "digest": str(self.digest),
            "db": str(self.db),
            "seconds": round(self.seconds, 1),
            "story_list": [_story_json(story, coverage) for story, coverage in self.stories],
        }


def _story_json(story: Story, coverage: list[Coverage]) -> dict[str, Any]:
    frames = [
        {
            "blamer": frame.blamer,
            "target": frame.target,
            "stance": frame.stance,
            "kind": frame.kind,
            "caveat": frame.caveat,
            "quote": frame.evidence,
            "outlet": covered.feed.name,
            "who": f"{name_of(frame.blamer)} {frame.stance} {name_of(frame.target)}",
        }
        for covered in coverage
        for frame in covered.frames
    ]
    languages = sorted({covered.article.language for covered in coverage})
    return {
        "id": story.id,
        "title": story.title,
        "articles": story.size,
        "languages": languages,
        "frames": frames,
    }


def run_demo(settings: Settings, folder: Path, progress: Progress) -> DemoResult:
    """Crawl the sample world into a fresh database in `folder`, and write its digest there."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    db = folder / "framewire.db"
    for leftover in folder.glob("framewire.db*"):
        leftover.unlink()
    world = load_world()
    write_feeds_yaml(folder / "feeds.yaml")
    with SampleServer(world) as server:
        # The file, the host limit and the contact are the demo's; the rest is what the user set.
        chosen = settings.model_copy(
            update={
                "db": db,
                "feeds": folder / "feeds.yaml",
                "resolve": server.resolve,
                "host_interval": 0.0,
                "contact": "framewire-demo@framewire.example",
            }
        )
        clock = DemoClock(world.ends + timedelta(hours=1))
        with open_service(chosen, clock, seed=1) as service:
            crawl_all(service, clock, progress)
    return _result(db, folder, began)


class DemoClock:
    """A clock that stands still until it is moved on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now

    def skip(self) -> None:
        """Move on to the next pass."""
        self.now += _SKIP


def crawl_all(service: Service, clock: DemoClock, progress: Progress) -> None:
    """Passes until nothing failed that could still be had."""
    service.store.sync_feeds(load_feeds(service.settings.feeds))
    for _ in range(PASSES):
        tallies = service.crawl(progress)
        if not service.store.waiting() and not any(tally.failed for tally in tallies.values()):
            return
        clock.skip()


def _result(db: Path, folder: Path, began: float) -> DemoResult:
    with closing(Store(db, read_only=True)) as store:
        stories = [(story, store.coverage(story.id)) for story in store.stories(limit=1000)]
        counts = store.counts()
        last = max(story.last for story, _ in stories)
        since = last - timedelta(days=1)
        known = store.charges(since - MEMORY, since)
    reports = [report(story, coverage) for story, coverage in stories]
    changed = changes(reports, (), since, known)
    digest = write(compose(reports, last.date(), None, changes=changed), folder)
    return DemoResult(counts=counts, stories=stories, digest=digest, db=db, seconds=time.monotonic() - began)
