"""Ticks: every minute what is due is crawled. Which feeds are due is our own decision, in the store.

APScheduler only ticks, by interval and in UTC: its daily cron skips the day after a change to summer time in
five zones we tried.
"""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC
from pathlib import Path
from types import FrameType

import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler

from monitor.config import fingerprint, load_feeds
from monitor.errors import FramewireError
from monitor.posting import post_forever
from monitor.settings import Settings
from monitor.wiring import Service, open_service

log = logging.getLogger(__name__)
#: Seconds between two looks at what is due.
TICK_SECONDS = 60


class Watch:
    """One tick: take in a changed feeds.yaml, then crawl what is due."""

    def __init__(self, service: Service, feeds: Path) -> None:
        self._service, self._feeds, self._seen = service, feeds, ""

    def tick(self) -> None:
        """Never raises for what an operator can mend: it is logged, and the next tick tries again."""
        try:
            self._reload()
            for name, tally in self._service.crawl(lambda *_: None).items():
                if tally.done or tally.failed:
                    log.info("%s: %d done, %d failed", name, tally.done, tally.failed)
        except FramewireError as error:
            log.error("%s", error)

    def _reload(self) -> None:
        """A file that is wrong keeps the feeds we had."""
        now = fingerprint(self._feeds)
        if now == self._seen:
            return
        feeds = load_feeds(self._feeds)
        self._service.store.sync_feeds(feeds)
        self._seen = now
        log.info("%d feeds from %s", len(feeds), self._feeds)


def run_forever(settings: Settings, web: tuple[str, int] | None = None) -> None:
    """Tick until SIGINT or SIGTERM; with `web` (host, port) serve the pages beside it."""
    load_feeds(settings.feeds)  # a wrong file at the start is the caller's to see
    stop = threading.Event()
    _on_signal(stop)

    failed: list[FramewireError] = []

    def work() -> None:
        try:
            crawl()
        except FramewireError as error:
            failed.append(error)

    def crawl() -> None:
        # The store belongs to one thread: this one opens it, ticks with it, and closes it.
        with open_service(settings) as service:
            watch = Watch(service, settings.feeds)
            due = threading.Event()
            due.set()
            ticks = BackgroundScheduler(timezone=UTC)
            ticks.add_job(due.set, "interval", seconds=TICK_SECONDS, coalesce=True, misfire_grace_time=None)
            ticks.start()
            while not stop.is_set():
                if due.wait(timeout=0.5):
                    due.clear()
                    watch.tick()
            ticks.shutdown()

    worker = threading.Thread(target=work, name="crawl")
    worker.start()
    post = threading.Thread(target=post_forever, args=(settings, stop), name="mail")
    post.start()
    server = _serve(settings, web) if web else None
    try:
        while worker.is_alive() and not stop.wait(0.5):
            pass
    finally:
        stop.set()
        if server is not None:
            server.should_exit = True
        worker.join()
        post.join()
    if failed:
        raise failed[0]


def _on_signal(stop: threading.Event) -> None:
    def ring(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, ring)
        signal.signal(signal.SIGTERM, ring)


def _serve(settings: Settings, address: tuple[str, int]) -> uvicorn.Server:
    from reports.web.app import create_app

    config = uvicorn.Config(
        create_app(settings.db, mail=settings.mails), host=address[0], port=address[1], log_level="warning"
    )
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, name="web", daemon=True).start()
    return server
