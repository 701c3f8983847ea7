"""A small picture of how coverage came in: reports over the time of a story. Pure."""

from __future__ import annotations

from collections import Counter
from html import escape

from reports.timeline import Timeline
from reports.words import clean, count, span_words

#: Columns of the picture, and its size in pixels.
_BARS, _WIDTH, _HEIGHT = 24, 120, 24


def spark(timeline: Timeline) -> str:
    """The picture as SVG; empty for a story of one report. Its title says in words what it shows."""
    times = [mark.time for mark in timeline.marks]
    if len(times) < 2:
        return ""
    first, whole = times[0], (times[-1] - times[0]).total_seconds() or 1.0
    counts = Counter(min(_BARS - 1, int((t - first).total_seconds() / whole * _BARS)) for t in times)
    most, step = max(counts.values()), _WIDTH / _BARS
    words = f"{count(len(times), 'report')} over time, {span_words(first, times[-1])}"
    bars = "".join(
        f'<rect x="{slot * step:.0f}" y="{_HEIGHT - max(2, _HEIGHT * number / most):.1f}" width="{step - 1:.0f}" '
        f'height="{max(2, _HEIGHT * number / most):.1f}" fill="currentColor"/>'
        for slot, number in sorted(counts.items())
    )
    return (
        f'<svg class="spark" role="img" aria-label="{escape(clean(words))}" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}">{bars}</svg>'
    )
