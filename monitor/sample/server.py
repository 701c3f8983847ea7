"""The sample world on a real HTTP server: every host of it at one port of 127.0.0.1, told apart by the Host header.

with SampleServer() as server:
    settings = Settings(resolve=server.resolve, host_interval=0)
"""

from __future__ import annotations

import threading
from datetime import datetime

from monitor.sample import render
from monitor.sample.loopback import Answer, LoopbackServer
from monitor.sample.render import Document
from monitor.sample.values import Outlet, SampleArticle
from monitor.sample.world import World, load_world

#: How long the slow page takes.
SLOW_SECONDS = 1.5
_NOT_FOUND = Answer(status=404, body=b"There is no such page here.\n")


class SampleServer(LoopbackServer):
    """Serves the sample world; nothing published after `until` is there yet (None: all of it is)."""

    def __init__(self, world: World | None = None, until: datetime | None = None) -> None:
        super().__init__(self._answer)
        self.world = world or load_world()
        #: May be moved while the server runs: time passes, feeds grow.
        self.until = until
        self._hosts = {outlet.host: outlet for outlet in self.world.outlets}
        self._pages = {(self.world.outlet(a.outlet).host, a.path): a for a in self.world.articles}
        #: Outlets whose feed has failed once already.
        self._failed: set[str] = set()
        self._failing = threading.Lock()

    @property
    def resolve(self) -> tuple[str, ...]:
        """Where the world's hosts are found, as `Settings.resolve` takes it."""
        return tuple(f"{host}=127.0.0.1:{self.port}" for host in self._hosts)

    def _answer(self, host: str, path: str) -> Answer:
        outlet = self._hosts.get(host)
        if outlet is None:
            return Answer(status=421, body=b"This server does not know that host.\n")
        if path == outlet.feed_path:
            return self._failure(outlet) or _found(render.feed(self.world, outlet, self.until))
        if path == "/":
            return _found(render.home(self.world, outlet, self.until))
        if path == "/robots.txt":
            return _found(render.robots(outlet))
        return self._article(outlet, path)

    def _failure(self, outlet: Outlet) -> Answer | None:
        """What the first request for the feed of some outlets meets."""
        if outlet.quirk not in ("rate_limited", "server_error_once"):
            return None
        with self._failing:
            if outlet.key in self._failed:
                return None
            self._failed.add(outlet.key)
        if outlet.quirk == "rate_limited":
            return Answer(status=429, body=b"Too many requests.\n", headers=(("Retry-After", "1"),))
        return Answer(status=500, body=b"Something went wrong.\n")

    def _article(self, outlet: Outlet, path: str) -> Answer:
        article = self._pages.get((outlet.host, path.removeprefix("/go")))
        if article is None or (self.until is not None and article.published > self.until):
            return _NOT_FOUND
        if path != article.path:
            found = outlet.quirk == "redirect"
            return Answer(status=302, headers=(("Location", article.path),)) if found else _NOT_FOUND
        return _found(render.page(self.world, article), delay=self._delay(outlet, article))

    def _delay(self, outlet: Outlet, article: SampleArticle) -> float:
        """The first article of a slow outlet is the slow one."""
        slow = outlet.quirk == "slow_page" and article == self.world.articles_of(outlet)[-1]
        return SLOW_SECONDS if slow else 0.0


def _found(document: Document, delay: float = 0.0) -> Answer:
    return Answer(
        body=document.body, content_type=document.content_type, modified=document.modified, delay=delay
    )
