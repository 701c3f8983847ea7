"""Where the public material lies that benches may use: `../shared/data` beside the checkout, if it is there."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parents[3] / "shared" / "data"
STORIES = DATA / "stories"
BLAME = DATA / "blame"
PAGES = DATA / "html"
