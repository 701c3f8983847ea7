"""Who blames whom: the blame lines of a story, and its matrix of blamers and targets.

    frames ─▶ Quote (a frame with its article and outlet)
           ─▶ Line  (blamer → target · stance · kind, with all its quotes)
           ─▶ Cell  (blamer, target: the lines between the two) ─▶ Matrix

Nothing is left out: every frame is a quote of exactly one line, and every line is in exactly one cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.actors import name_of
from monitor.model import OUTLET, Article, Feed, Frame, FrameKind, Stance
from reports.words import DOUBT, STANCE_WORDS, count, upper_first

if TYPE_CHECKING:
    from monitor.store import Coverage


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """One side of a blame line: an actor, or the outlets of a state (or one outlet) in their own voice."""

    #: The actor's id, `RUS outlet` for the outlets of a state, else the outlet's name.
    key: str
    name: str
    #: The actor behind it; None for an outlet that speaks for no state.
    actor: str | None
    #: True where an outlet speaks in its own voice.
    outlet: bool

    @property
    def label(self) -> str:
        """The name, with the voice said where it is the outlet's own."""
        return f"{self.name} (outlet)" if self.outlet else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A frame with where it stands."""

    id: str
    frame: Frame
    article: Article
    feed: Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Blamer → target · stance, as said in one or more articles; the best quote first."""

    blamer: Party
    target: Party
    stance: Stance
    quotes: tuple[Quote, ...]

    @property
    def kind(self) -> FrameKind:
        """The kind that most quotes have, by their scores: outlets that name it differently carry one charge."""
        weights: dict[FrameKind, float] = {}
        for quote in self.quotes:
            weights[quote.frame.kind] = weights.get(quote.frame.kind, 0.0) + quote.frame.score
        return max(weights, key=lambda kind: (weights[kind], kind))

    @property
    def quote(self) -> Quote:
        """The quote to show."""
        return self.quotes[0]

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that carry it, in the order of the quotes."""
        return tuple(dict.fromkeys(quote.feed.name for quote in self.quotes))

    @property
    def doubted(self) -> int:
        """How many of the quotes stand in a text that casts doubt on the claim."""
        return sum(quote.frame.caveat for quote in self.quotes)

    @property
    def doubt(self) -> str:
        """Whose text casts doubt on the claim, in words; empty where none does."""
        number = self.doubted - self.quote.frame.caveat
        others = count(number, "other report")
        if self.quote.frame.caveat:
            return f"{DOUBT}, and so {'does' if number == 1 else 'do'} {others}" if number else DOUBT
        return f"{others} {'doubts' if number == 1 else 'doubt'} this" if number else ""

    @property
    def strength(self) -> float:
        """How many outlets are likely to say it: the sum of each outlet's best score."""
        best: dict[str, float] = {}
        for quote in self.quotes:
            best[quote.feed.id] = max(best.get(quote.feed.id, 0.0), quote.frame.score)
        return sum(best.values())

    @property
    def pair(self) -> str:
        """`Russia → the Kurds`."""
        target = "itself" if self.target == self.blamer else self.target.label
        return f"{upper_first(self.blamer.label)} → {target}"

    @property
    def words(self) -> str:
        """`negligence`, or `denies · negligence` where it is no accusation."""
        return self.kind if self.stance == "blames" else f"{STANCE_WORDS[self.stance]} · {self.kind}"

    @property
    def text(self) -> str:
        """The line as one piece of text."""
        return f"{self.pair} · {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one party says of another: its lines, strongest first."""

    blamer: Party
    target: Party
    lines: tuple[Line, ...]

    @property
    def counts(self) -> dict[tuple[Stance, FrameKind], int]:
        """Articles by stance and kind."""
        found = Counter((line.stance, quote.frame.kind) for line in self.lines for quote in line.quotes)
        return dict(found.most_common())

    @property
    def total(self) -> int:
        """Frames in the cell."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Cells by blamer and target; rows and columns with most frames come first."""

    blamers: tuple[Party, ...]
    targets: tuple[Party, ...]
    #: Strongest first.
    cells: tuple[Cell, ...]

    def cell(self, blamer: Party, target: Party) -> Cell | None:
        """The cell of a pair; None where nothing was said."""
        return next((cell for cell in self.cells if (cell.blamer, cell.target) == (blamer, target)), None)


def blame_lines(coverage: Iterable[Coverage]) -> tuple[Line, ...]:
    """The distinct lines of some articles, strongest first."""
    found: dict[tuple[Party, Party, Stance], list[Quote]] = {}
    for covered in coverage:
        for frame, key in zip(covered.frames, covered.frame_ids, strict=True):
            quote = Quote(id=key, frame=frame, article=covered.article, feed=covered.feed)
            pair = blamer_of(frame, covered.feed), actor_party(frame.target)
            found.setdefault((*pair, frame.stance), []).append(quote)
    lines = [
        Line(blamer=blamer, target=target, stance=stance, quotes=_best_first(quotes))
        for (blamer, target, stance), quotes in found.items()
    ]
    return tuple(sorted(lines, key=_rank))


def matrix(lines: Sequence[Line]) -> Matrix:
    """The matrix of some lines."""
    pairs: dict[tuple[Party, Party], list[Line]] = {}
    for line in lines:
        pairs.setdefault((line.blamer, line.target), []).append(line)
    cells = [Cell(blamer=blamer, target=target, lines=tuple(own)) for (blamer, target), own in pairs.items()]
    return Matrix(
        blamers=_by_weight((cell.blamer, cell.total) for cell in cells),
        targets=_by_weight((cell.target, cell.total) for cell in cells),
        cells=tuple(sorted(cells, key=lambda cell: -sum(line.strength for line in cell.lines))),
    )


def blamer_of(frame: Frame, feed: Feed) -> Party:
    """Who accuses: an actor, or the outlet that speaks for itself."""
    if frame.blamer != OUTLET:
        return actor_party(frame.blamer)
    if feed.state:
        return Party(key=f"{feed.state} outlet", name=name_of(feed.state), actor=feed.state, outlet=True)
    return Party(key=feed.name, name=feed.name, actor=None, outlet=True)


def actor_party(actor: str) -> Party:
    """The party of an actor."""
    return Party(key=actor, name=name_of(actor), actor=actor, outlet=False)


def _best_first(quotes: list[Quote]) -> tuple[Quote, ...]:
    return tuple(sorted(quotes, key=lambda quote: (-quote.frame.score, quote.article.published, quote.id)))


def _rank(line: Line) -> tuple[float, float, str, str, str]:
    return -line.strength, -line.quote.frame.score, line.blamer.key, line.target.key, line.stance


def _by_weight(weights: Iterable[tuple[Party, int]]) -> tuple[Party, ...]:
    totals: dict[Party, int] = {}
    for party, weight in weights:
        totals[party] = totals.get(party, 0) + weight
    return tuple(sorted(totals, key=lambda party: (-totals[party], party.key)))
