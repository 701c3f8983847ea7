"""`kill -9` during `framewire crawl`, at random moments; a rerun gives what an undisturbed run gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
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


def warm_up(server: SampleServer) -> None:
    """Use up the world's one 429 and one 500: the order in which news arrives is input, and must be the same."""
    for outlet in server.world.outlets:
        for _ in range(2):
            with httpx2.Client(trust_env=False) as client:
                client.get(f"http://127.0.0.1:{server.port}{outlet.feed_path}", headers={"Host": outlet.host})


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
        warm_up(server)
        began = time.monotonic()
        assert crawl(env)
        whole = time.monotonic() - began
    rng = random.Random(20261005)
    with SampleServer(load_world()) as server:
        env = environment(harried, server)
        warm_up(server)
        for _ in range(10):
            crawl(env, kill_after=rng.uniform(0.1, 0.9) * whole)
        assert crawl(env)
    expected, found = rows(calm), rows(harried)
    assert len(expected["articles"]) == 75
    for name, values in expected.items():
        assert found[name] == values, name
