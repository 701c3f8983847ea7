"""`kill -9` during `framewire crawl`, at random moments; a rerun gives what an undisturbed run gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.sample.server import SampleServer
from monitor.sample.world import load_world, write_feeds_yaml
from monitor.store import Store

#: What must be the same, whatever happened on the way: no times of ours, no scores' last digits.
ROWS = {
    "entries": "select id, url, title, article from entries order by id",
    "articles": "select id, url, title, text, language, published, flags, revision from articles order by id",
    "stories": "select story, article from story_articles order by article",
    "vectors": "select article, vector from vectors order by article",
    "readings": "select article, classifier from readings order by article",
    "frames": "select id, blamer, target, stance, kind, evidence, score from frames order by id",
    "revisions": "select * from revisions",
}


def environment(folder: Path, server: SampleServer) -> dict[str, str]:
    return os.environ | {
        "FRAMEWIRE_DB": str(folder / "framewire.db"),
        "FRAMEWIRE_FEEDS": str(folder / "feeds.yaml"),
        "FRAMEWIRE_RESOLVE": " ".join(server.resolve),
        "FRAMEWIRE_HOST_INTERVAL": "0",
    }


def crawl(env: dict[str, str], kill_after: float | None = None) -> bool:
    """Run `framewire crawl`; with `kill_after` kill it then. Whether it came to its end."""
    command = [sys.executable, "-m", "monitor", "crawl"]
    process = subprocess.Popen(
        command, env=env, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        process.wait(kill_after if kill_after is not None else 240)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def settle(env: dict[str, str], folder: Path) -> None:
    """Crawl until the feeds that a 429 or a 500 put off have been had."""
    for _ in range(4):
        crawl(env)
        store = Store(folder / "framewire.db")
        with store.write():
            store.run("update feed_states set next_check = null where last_success is null")
        done = not store.value("select count(*) from feed_states where last_success is null")
        store.close()
        if done:
            break
    crawl(env)


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    store = Store(folder / "framewire.db", read_only=True)
    found = {name: [tuple(row) for row in store.rows(sql)] for name, sql in ROWS.items()}
    store.close()
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_kills_cost_nothing(tmp_path):
    calm, harried = tmp_path / "calm", tmp_path / "harried"
    for folder in (calm, harried):
        folder.mkdir()
        write_feeds_yaml(folder / "feeds.yaml")
    with SampleServer(load_world()) as server:
        env = environment(calm, server)
        began = time.monotonic()
        settle(env, calm)
        whole = time.monotonic() - began
    rng = random.Random(20261005)
    with SampleServer(load_world()) as server:
        env = environment(harried, server)
        for _ in range(10):
            crawl(env, kill_after=rng.uniform(0.2, 0.6) * min(whole / 2, 12))
        settle(env, harried)
    expected, found = rows(calm), rows(harried)
    assert len(expected["articles"]) == 75
    for name, values in expected.items():
        assert found[name] == values, name
