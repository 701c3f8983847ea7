"""SVG made on the server: the timeline of a story, and the bar of who covers it.

Colours stand as attributes, so that a picture is whole by itself; a page's CSS sets others by class. Text is
escaped and freed of bidi controls. No colour stands alone: marks carry titles, the page a legend and a table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from monitor.model import FrameKind
from reports.timeline import Lane, Mark, Timeline
from reports.words import clean, count, language_name, moment_words, shorten, upper_first

#: A colour for each kind of blame; in grey each is a step (L* 3.2) lighter than the one before.
KIND_COLOURS: dict[FrameKind, str] = {
    "atrocity": "#78021b",
    "terrorism": "#7e0652",
    "repression": "#67298c",
    "violation": "#2448a8",
    "aggression": "#a22a16",
    "subversion": "#03696a",
    "coercion": "#995505",
    "deception": "#0874ab",
    "obstruction": "#797a1f",
    "corruption": "#0a9143",
    "negligence": "#bc7700",
    "other": "#8e8e8e",
}
INK, SOFT, RULE, PAPER = "#1c1b19", "#6b675e", "#dcd7cb", "#fbfaf7"
#: Of a bar's segments: outlets that speak for states, then the others.
STATE_SHADES = ("#33302a", "#57534a", "#787368")
OTHER_SHADES = ("#a9a395", "#c3bdaf", "#d8d3c6")

_RADIUS = 6.5
_PITCH = 24.0
_FONT = 13.0
#: Above so many marks the outlets' names no longer stand beside them.
_NAMED = 40
_STEPS = tuple(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720, 2160, 8760))

Link = Callable[[Mark], str]


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where times stand: from `left` to `right`, in pixels."""

    first: datetime
    last: datetime
    left: float
    right: float

    def x(self, moment: datetime) -> float:
        whole = (self.last - self.first).total_seconds()
        share = (moment - self.first).total_seconds() / whole if whole else 0.5
        return self.left + share * (self.right - self.left)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A mark with its place in a lane: the row, and where its name goes (`start`, `end` or nowhere)."""

    mark: Mark
    x: float
    row: int
    anchor: str | None


def timeline_picture(timeline: Timeline, *, name: str, width: int = 960, link: Link | None = None) -> str:
    """The timeline as SVG, `width` wide; `name` makes its ids its own. Narrow ones have lane names above the lanes."""
    if timeline.first is None:
        return ""
    marks, narrow = timeline.marks, width < 600
    plot = _Plot(marks[0].time, marks[-1].time, 14 if narrow else 150, width - 14)
    named = len(marks) <= _NAMED
    head = 22 if narrow else 0
    y, parts = 30.0, list[str]()
    for lane in timeline.lanes:
        placed = _place(lane, plot, named, width)
        height = (max(one.row for one in placed) + 1) * _PITCH + head + 10
        parts.append(_lane(lane, placed, y, width, head, link))
        y += height
    about = f"{count(len(marks), 'report')} in {count(len(timeline.lanes), 'lane')}, {_about(timeline)}"
    grid = _grid(plot, y)
    return _svg(name, width, y + 6, "Timeline of the reports", about, grid + "".join(parts))


def coverage_bar(timeline: Timeline, *, name: str, width: int = 320, height: int = 10) -> str:
    """A bar of who covers the story: the share of each lane in the reports."""
    parts, x = list[str](), 0.0
    shares = coverage_shares(timeline)
    room = width - 2.0 * (len(shares) - 1)
    for share in shares:
        wide = room * share.share
        box = f'x="{x:.1f}" y="0" width="{wide:.1f}" height="{height}" rx="1.5" fill="{share.colour}"'
        parts.append(f'<rect class="{share.shade}" {box}><title>{_text(share.words)}</title></rect>')
        x += wide + 2.0
    words = ", ".join(share.words for share in shares)
    return _svg(name, width, height, "Who covers the story", words, "".join(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A lane's part of the reports, and how its segment looks."""

    lane: Lane
    share: float
    shade: str
    colour: str

    @property
    def words(self) -> str:
        """`Russia 3`."""
        return f"{self.lane.label} {len(self.lane.marks)}"


def coverage_shares(timeline: Timeline) -> list[Share]:
    """The lanes by number of reports, states first; neighbours have different shades."""
    lanes = sorted(timeline.lanes, key=lambda lane: (lane.state is None, -len(lane.marks), lane.label))
    total = sum(len(lane.marks) for lane in lanes)
    shares, seen = list[Share](), {True: 0, False: 0}
    for lane in lanes:
        is_state = lane.state is not None
        step = seen[is_state] % 3
        seen[is_state] += 1
        shares.append(
            Share(
                lane=lane,
                share=len(lane.marks) / total,
                shade=f"{'state' if is_state else 'other'}-{step}",
                colour=(STATE_SHADES if is_state else OTHER_SHADES)[step],
            )
        )
    return shares


def _place(lane: Lane, plot: _Plot, named: bool, width: int) -> list[_Placed]:
    """Rows for the marks of a lane, so that neither marks nor names overlap."""
    ends, placed = list[float](), list[_Placed]()
    for mark in lane.marks:
        x = plot.x(mark.time)
        wide = _name_width(mark) if named else 0.0
        anchor = None if not named else "start" if x + wide + 14 <= width else "end"
        start = x - _RADIUS - (wide + 8 if anchor == "end" else 0)
        end = x + _RADIUS + (wide + 8 if anchor == "start" else 0)
        row = next((row for row, taken in enumerate(ends) if taken + 6 < start), len(ends))
        ends[row : row + 1] = [end]
        placed.append(_Placed(mark, x, row, anchor))
    return placed


def _lane(lane: Lane, placed: list[_Placed], y: float, width: int, head: int, link: Link | None) -> str:
    label = f'<text class="lane" x="0" y="{y + 20:.1f}" fill="{INK}" font-weight="600">{_text(upper_first(lane.label))}</text>'
    rule = f'<path class="rule" d="M0 {y:.1f}H{width}" stroke="{RULE}"/>'
    return rule + label + "".join(_mark(one, y + head, link) for one in placed)


def _mark(placed: _Placed, y: float, link: Link | None) -> str:
    mark, x = placed.mark, placed.x
    middle = y + 5 + _PITCH * (placed.row + 0.5)
    title = f"{shorten(mark.outlet, 60)}, {moment_words(mark.time)}, {language_name(mark.language)}: {shorten(mark.title, 160)}"
    blame = f"{count(mark.frames, 'blame frame')}" if mark.frames else "no blame found"
    body = f"<title>{_text(title)} ({blame}{f', {mark.kind}' if mark.kind else ''})</title>"
    body += _dot(mark, x, middle)
    if placed.anchor:
        beside = x + 11 if placed.anchor == "start" else x - 11
        at = f'x="{beside:.1f}" y="{middle + 4.5:.1f}" text-anchor="{placed.anchor}"'
        body += f'<text class="outlet" {at} fill="{SOFT}">{_text(shorten(mark.outlet, 28))}</text>'
    return f'<a href="{escape(link(mark))}">{body}</a>' if link else f"<g>{body}</g>"


def _dot(mark: Mark, x: float, y: float) -> str:
    """Filled where the report has frames (in the colour of the gravest), a ring where it has none."""
    at = f'cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS if mark.frames else _RADIUS - 1}"'
    if not mark.frames:
        return f'<circle class="none" {at} fill="{PAPER}" stroke="{SOFT}" stroke-width="2"/>'
    colour = KIND_COLOURS[mark.kind] if mark.kind else SOFT
    return f'<circle class="kind-{mark.kind or "denial"}" {at} fill="{colour}"/>'


def _grid(plot: _Plot, bottom: float) -> str:
    """Lines and labels at round times; a label with the date where the day begins."""
    parts = list[str]()
    for moment in _ticks(plot):
        x = plot.x(moment)
        midnight = moment.hour == 0
        label = f"{moment.day} {moment:%b}" if midnight else f"{moment:%H:%M}"
        dash = "" if midnight else ' stroke-dasharray="2 4"'
        parts.append(f'<path class="rule" d="M{x:.1f} 24V{bottom:.1f}" stroke="{RULE}"{dash}/>')
        weight = ' font-weight="600"' if midnight else ""
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="16" text-anchor="middle" fill="{SOFT}"{weight}>{label}</text>'
        )
    return "".join(parts)


def _ticks(plot: _Plot) -> list[datetime]:
    """Round times inside the plot, as many as have room for their labels."""
    room = max(2, int((plot.right - plot.left) // 80))
    span = plot.last - plot.first
    step = next((step for step in _STEPS if span / step <= room), _STEPS[-1])
    midnight = plot.first.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = [midnight + step * i for i in range(int((plot.last - midnight) / step) + 1)]
    edge = 18
    return [
        tick for tick in ticks if plot.left + edge <= plot.x(tick) <= plot.right - edge and tick >= plot.first
    ]


def _about(timeline: Timeline) -> str:
    lanes = ", ".join(f"{lane.label} {len(lane.marks)}" for lane in timeline.lanes)
    return f"{moment_words(timeline.marks[0].time)} to {moment_words(timeline.marks[-1].time)}. {lanes}"


def _name_width(mark: Mark) -> float:
    """A guess at the width of an outlet's name; characters of East Asia are about twice as wide."""
    return sum(_FONT if char > "\u2e7f" else _FONT * 0.56 for char in shorten(mark.outlet, 28))


def _svg(name: str, width: float, height: float, title: str, about: str, body: str) -> str:
    box = f'viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}"'
    font = f'font-family="system-ui, sans-serif" font-size="{_FONT:g}" direction="ltr"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {font} role="group" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{_text(title)}</title><desc id="{name}-d">{_text(about)}</desc>{body}</svg>'
    )


def _text(text: str) -> str:
    return escape(clean(text))
