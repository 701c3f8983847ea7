"""What the demo says at its end, to somebody who sees Framewire for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from monitor.demo import DemoResult
from monitor.model import Story
from monitor.store import Coverage
from reports.story_report import report

#: Characters of a line on a terminal, and blame lines of a story.
_WIDTH, _LINES = 110, 4


def summary_lines(result: DemoResult) -> Iterator[str]:
    """Stories, the languages and outlets in each, who blames whom with a quote, and where the digest lies."""
    counts = result.counts
    yield (
        f"Framewire read {counts['feeds']} feeds of an invented world: {counts['articles']} articles, "
        f"{counts['stories']} stories, {counts['frames']} blame frames ({result.seconds:.0f} s)."
    )
    for story, coverage in result.stories:
        yield ""
        yield from _story(story, coverage)
    yield ""
    yield f"The digest:  {result.digest}"
    yield f"The pages:   framewire --db {result.db} serve   (or: make serve)"


def _story(story: Story, coverage: list[Coverage]) -> Iterator[str]:
    found = report(story, coverage)
    languages = ", ".join(sorted({covered.article.language for covered in coverage}))
    outlets = ", ".join(sorted({covered.feed.name for covered in coverage}))
    yield shorten(found.headline.title, _WIDTH, placeholder=" …")
    yield f"  {found.size_words} ({languages}): {shorten(outlets, _WIDTH - 40, placeholder=' …')}"
    if not found.lines:
        yield "  nobody blames anybody"
    for line in found.lines[:_LINES]:
        yield f"  {line.text}{f' ({line.doubt})' if line.doubt else ''}"
        yield f"      “{shorten(line.quote.frame.evidence, _WIDTH, placeholder=' …')}”  {line.quote.feed.name}"
