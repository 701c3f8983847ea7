"""Real material over real HTTP: feeds and pages of `../shared/data`, played on this machine alone.

/feeds/<group>/…            each feed document at a path of its own
/state/us-state-department  one feed that moves on to its next snapshot with each `advance()`
/html/<set>/…               news pages
"""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from monitor.sample.loopback import Answer, LoopbackServer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
STATE = "/state/us-state-department"
_GROUPS = ("lib", "feedparser", "reconstructed")
#: feedparser's own tests say in a comment with which header they are to be served.
_HEADER = re.compile(rb"Header:\s*Content-type:\s*([^\r\n]+)", re.IGNORECASE)


class ReplayServer(LoopbackServer):
    """Plays the material of a folder."""

    def __init__(self, data: Path = DATA) -> None:
        super().__init__(self._answer)
        self._feeds = _feed_files(data / "feeds")
        self._pages = {f"/html/{file.relative_to(data / 'html')}": file for file in _pages(data / "html")}
        self._snapshots = sorted((data / "feeds" / "state" / "us-state-department").glob("*.rss"))
        self._at = 0

    @property
    def feeds(self) -> list[str]:
        """The paths of all feed documents but the moving one."""
        return sorted(self._feeds)

    @property
    def pages(self) -> list[str]:
        """The paths of all news pages."""
        return sorted(self._pages)

    @property
    def snapshots(self) -> list[Path]:
        """The moving feed's documents, the oldest first."""
        return self._snapshots

    def advance(self) -> bool:
        """Move the moving feed on to its next snapshot; False at the last."""
        if self._at + 1 >= len(self._snapshots):
            return False
        self._at += 1
        return True

    def rewind(self) -> None:
        """Back to the first snapshot."""
        self._at = 0

    def _answer(self, _host: str, path: str) -> Answer:
        if path == STATE:
            file = self._snapshots[self._at]
            return Answer(
                body=file.read_bytes(),
                content_type="application/rss+xml; charset=UTF-8",
                modified=_when(file),
            )
        if path in self._feeds:
            body = self._feeds[path].read_bytes()
            return Answer(body=body, content_type=_content_type(body))
        if path in self._pages:
            return Answer(body=_unpacked(self._pages[path]), content_type="text/html")
        return Answer(status=404, body=b"There is no such document here.\n")


def _feed_files(folder: Path) -> dict[str, Path]:
    files = (file for group in _GROUPS for file in (folder / group).rglob("*") if file.is_file())
    return {f"/feeds/{file.relative_to(folder)}": file for file in files if file.name != "index.tsv"}


def _pages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html.gz"))


def _content_type(body: bytes) -> str:
    header = _HEADER.search(body[:1000])
    return header[1].decode("latin-1").strip() if header else "application/xml"


def _when(snapshot: Path) -> datetime:
    return datetime.strptime(snapshot.name.partition("_")[0], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)


@lru_cache(maxsize=64)
def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())
