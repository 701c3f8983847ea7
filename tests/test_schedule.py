"""The service from outside: it crawls by itself, ends on SIGTERM, and says what stopped it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from monitor.sample.server import SampleServer
from monitor.sample.world import load_world, write_feeds_yaml
from monitor.store import Store


def start(folder, **variables):
    env = os.environ | {"FRAMEWIRE_FEEDS": str(folder / "feeds.yaml")} | variables
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "run"], env=env, stderr=subprocess.PIPE, text=True
    )


def test_it_crawls_by_itself_and_ends_when_told(tmp_path, reader):
    write_feeds_yaml(tmp_path / "feeds.yaml")
    db = tmp_path / "x.db"
    with SampleServer(load_world()) as server:
        process = start(
            tmp_path,
            FRAMEWIRE_DB=str(db),
            FRAMEWIRE_RESOLVE=" ".join(server.resolve),
            FRAMEWIRE_HOST_INTERVAL="0",
        )
        found = 0
        end = time.monotonic() + 120
        while found < 20 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.5)
            if db.exists():
                store = Store(db)
                found = store.counts()["articles"]
                store.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    process.stderr.close()
    assert found >= 20


def test_a_database_that_cannot_be_opened_ends_it_with_a_line(tmp_path):
    (tmp_path / "feeds.yaml").write_text("version: 1\nfeeds: []\n")
    process = start(tmp_path, FRAMEWIRE_DB=str(tmp_path))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert str(tmp_path) in said
    assert "Traceback" not in said
