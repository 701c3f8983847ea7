"""The coverage of a story as a small PNG for mails, whose readers show no SVG. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from resvg_py import svg_to_bytes

from reports.pictures import coverage_bar
from reports.timeline import Timeline

#: Of the picture in the mail, in CSS pixels; drawn twice as large for fine screens.
WIDTH, HEIGHT, ZOOM = 576, 12, 2
#: One picture serves a light and a dark mail, as a mail reader cannot choose: every shade has a contrast of 3 or more
#: to #fbfaf7 and to #18191c (WCAG 1.4.11), blue for outlets that speak for states, brown for the others.
SHADES = {
    "state-0": "#3f74a8",
    "state-1": "#5b86ad",
    "state-2": "#6f8ea9",
    "other-0": "#8f7650",
    "other-1": "#9b845f",
    "other-2": "#8d8577",
}
_STYLE = "".join(f".{name} {{ fill: {colour}; }}" for name, colour in SHADES.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG and the Content-ID by which the HTML part shows it."""

    cid: str
    name: str
    png: bytes


def coverage_png(timeline: Timeline, key: str) -> Picture:
    """The bar of who covers a story, the story's id as its key."""
    svg = coverage_bar(timeline, name="c", width=WIDTH, height=HEIGHT)
    return Picture(cid=f"coverage-{key}@framewire", name=f"coverage-{key}.png", png=_png(svg))


@lru_cache(maxsize=4096)
def _png(svg: str) -> bytes:
    """Many readers get the same stories: each picture is drawn once."""
    return bytes(svg_to_bytes(svg_string=svg, style_sheet=_STYLE, zoom=ZOOM, skip_system_fonts=True))
