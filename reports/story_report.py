"""A story with everything that is shown of it: web, mail and API are made from this one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model import Story
from reports.matrix import Line, Matrix, blame_lines, matrix
from reports.timeline import Timeline, timeline
from reports.words import count, slug

if TYPE_CHECKING:
    from monitor.store import Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The title by which a story is shown, and whose it is (None for the story's own)."""

    title: str
    language: str
    outlet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """A story, its coverage, and what follows from the two."""

    story: Story
    coverage: tuple[Coverage, ...]
    headline: Headline
    timeline: Timeline
    matrix: Matrix
    lines: tuple[Line, ...]

    @property
    def path(self) -> str:
        """The address of its page, from the root."""
        words = slug(self.headline.title)
        return f"/story/{self.story.id}-{words}" if words else f"/story/{self.story.id}"

    @property
    def size_words(self) -> str:
        """`12 reports by 11 outlets in 8 languages`."""
        reports = count(len(self.coverage), "report")
        outlets = count(len(self.timeline.uptake), "outlet")
        return f"{reports} by {outlets} in {count(len(self.timeline.languages), 'language')}"


def report(story: Story, coverage: Sequence[Coverage], language: str = "en") -> StoryReport:
    """The report of a story for a reader of `language`."""
    lines = blame_lines(coverage)
    return StoryReport(
        story=story,
        coverage=tuple(coverage),
        headline=headline(story, coverage, language),
        timeline=timeline(coverage),
        matrix=matrix(lines),
        lines=lines,
    )


def headline(story: Story, coverage: Sequence[Coverage], language: str = "en") -> Headline:
    """A title that the reader can read: the first in `language`, else in English, stateless outlets before others.

    Without one, the story's own title, which is that of the first report.
    """
    for wanted in dict.fromkeys((language.split("-")[0], "en")):
        if story.language.split("-")[0] == wanted:
            break
        known = [covered for covered in coverage if covered.article.language.split("-")[0] == wanted]
        if known:
            best = min(known, key=lambda covered: (covered.feed.state is not None, covered.article.published))
            return Headline(title=best.article.title, language=best.article.language, outlet=best.feed.name)
    return Headline(title=story.title, language=story.language, outlet=None)
