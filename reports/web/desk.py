"""What one web server may do beside showing what is in the store; made by whoever starts it (monitor/web.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.clock import Clock, utc_now

if TYPE_CHECKING:
    from monitor.preview import FoundFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The settings of the pages. Without any they can only be read."""

    #: feeds.yaml, where it may be changed from the browser.
    feeds: Path | None = None
    #: The feeds behind an address, each asked once: FetchError or ParseError where there are none.
    look: Callable[[str], list[FoundFeed]] | None = None
    #: True where reading needs a sign-in too.
    closed: bool = False
    #: True where the server listens on this machine's own addresses only.
    loopback: bool = False
    now: Clock = utc_now
