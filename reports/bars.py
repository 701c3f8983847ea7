"""Small multiples: one row of bars a kind of blame, all to one scale. SVG made on the server; pure."""

from __future__ import annotations

from html import escape

from monitor.model import FrameKind
from reports.actor_history import Series
from reports.pictures import KIND_COLOURS, RULE
from reports.words import count, day_words

WIDTH, HEIGHT = 240, 56


def bars(series: Series, kind: FrameKind, *, name: str) -> str:
    """The bars of one kind; `name` makes its ids its own."""
    counts = dict(series.kinds)[kind]
    step = WIDTH / len(counts)
    wide = min(max(1.0, step - 1.5), 24.0)
    parts = [f'<path class="rule" d="M0 {HEIGHT - 0.5}H{WIDTH}" stroke="{RULE}"/>']
    for place, (start, number) in enumerate(zip(series.starts, counts, strict=True)):
        if not number:
            continue
        high = max(2.0, (HEIGHT - 4) * number / series.highest)
        said = f"{day_words(start)}{' and the week' if series.unit == 'week' else ''}: {number}"
        at = f'x="{place * step + (step - wide) / 2:.1f}" y="{HEIGHT - high:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        parts.append(
            f'<rect class="bar kind-{kind}" {at} fill="{KIND_COLOURS[kind]}"><title>{escape(said)}</title></rect>'
        )
    first, last = series.starts[0], series.starts[-1]
    about = f"{count(sum(counts), 'report')} from {day_words(first)} to {day_words(last)}, at most {max(counts)} a {series.unit}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{kind} over time</title>'
        f'<desc id="{name}-d">{escape(about)}</desc>{"".join(parts)}</svg>'
    )
