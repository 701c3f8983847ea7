"""The whole crawl against real feeds, where `../shared/data` is there: nothing of a good feed is lost."""

from __future__ import annotations

import pytest

from monitor.demo import DemoClock
from monitor.model import Feed
from monitor.pipeline import run_stage
from monitor.settings import Settings
from monitor.stages import feeds_stage, pages_stage
from monitor.wiring import open_service
from tests.fakes import NOON
from tests.replay.server import DATA, STATE, ReplayServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (DATA / "feeds").is_dir(), reason=f"{DATA} is not there: real material is not shipped"
    ),
]
#: Passes: a page that cannot be reached is given up after three, and the feed's own words are kept.
PASSES = 4


def test_reconstructed_feeds_and_a_feed_that_changes(tmp_path):
    """149 feeds at once and the State Department's in time order; the pages' hosts are out of reach here."""
    with ReplayServer() as server:
        paths = sorted(p.relative_to(DATA) for p in (DATA / "feeds" / "reconstructed").rglob("*.xml"))[:149]
        feeds = [Feed(url=f"{server.base}/{path}", name=path.stem, interval=900) for path in paths]
        feeds.append(Feed(url=f"{server.base}{STATE}", name="State", interval=900))
        settings = Settings(
            db=tmp_path / "x.db",
            private_hosts=("127.0.0.1",),
            host_interval=0,
            respect_robots=False,
            fetch_seconds=5,
        )
        clock = DemoClock(NOON)
        with open_service(settings, clock, seed=1) as service:
            store = service.store
            store.sync_feeds(feeds)
            stage = feeds_stage(service.fetcher, service.rng)
            first = run_stage(stage, store, service.executors, clock)
            assert (first.done, first.failed) == (len(feeds), 0)
            seen = store.counts()["entries"]
            assert seen > 2000
            for _ in range(5):
                server.advance()
                clock.skip()
                run_stage(stage, store, service.executors, clock)
            assert (
                store.counts()["entries"] > seen
            )  # the changing feed brought news, the others changed nothing
            # The pages of forty entries: their hosts do not answer, so each ends with the feed's own words.
            kept = [row["id"] for row in store.rows("select id from entries order by id limit 40")]
            with store.write():
                store.run(f"delete from entries where id not in ({','.join('?' * len(kept))})", kept)
            for _ in range(PASSES):
                run_stage(pages_stage(service.fetcher, 10), store, service.executors, clock)
                clock.skip()
            assert store.value("select count(*) from entries where article is null") == 0
            # What has no text in the feed either is its title, and flagged as short.
            unflagged = "select count(*) from articles where flags not like '%feed_only%' and flags not like '%short%'"
            assert store.value(unflagged) == 0
