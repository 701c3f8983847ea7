"""A text made ready for the network: sentences, tokens with places, mentions, and windows of sentences.

Training and reading share this file, so that they cannot see a text differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from classifiers.actors import Mention, day_of, finder
from classifiers.names import learned_mentions
from classifiers.sentences import Sentence, split
from monitor.model import Text

#: Tokens of one window, the two special ones included. News paragraphs of five sentences take 120 to 200.
WINDOW_TOKENS = 256
#: A longer sentence is cut for the network (its evidence stays whole).
SENTENCE_TOKENS = 160
#: The title is shown in every window, cut to this.
TITLE_TOKENS = 48
#: Sentences before a window's own that it may look back on: the speaker is often named there.
LOOK_BACK = 2
#: Tokens that these may take.
CONTEXT_TOKENS = 120
#: A text is read up to here; what follows is garbage or an archive, and time must stay bounded.
MAX_CHARACTERS = 40_000
BOS, EOS = 0, 2


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence with its tokens; the title is the first part where there is one."""

    sentence: Sentence
    ids: list[int]
    #: Place of each token in the document's `full` text.
    spans: list[tuple[int, int]]
    mentions: list[Mention]
    is_title: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Some parts as one token sequence. Only parts from `own` on are judged; earlier ones are context."""

    parts: list[int]
    own: list[bool]
    ids: list[int]
    #: Token range of each part.
    ranges: list[tuple[int, int]]
    #: Actor → (position of the part in `parts`, first token, token after the last) of each mention.
    entities: dict[str, list[tuple[int, int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`full` is title, a line break and text; all places are in it."""

    full: str
    shift: int
    language: str
    outlet_state: str | None
    parts: list[Part] = field(default_factory=list)

    def windows(self) -> Iterator[Window]:
        """Windows that cover every sentence once as their own."""
        title = [i for i, part in enumerate(self.parts) if part.is_title]
        body = [i for i, part in enumerate(self.parts) if not part.is_title]
        position = 0
        first = True
        while first or position < len(body):
            context = self._context(body[max(0, position - LOOK_BACK) : position])
            used = 2 + sum(min(len(self.parts[i].ids), TITLE_TOKENS) for i in title)
            used += sum(len(self.parts[i].ids) for i in context)
            own: list[int] = []
            while position < len(body) and (
                not own or used + len(self.parts[body[position]].ids) <= WINDOW_TOKENS
            ):
                own.append(body[position])
                used += len(self.parts[body[position]].ids)
                position += 1
            yield self._window(title, first, context, own)
            first = False

    def _context(self, before: list[int]) -> list[int]:
        """The sentences to look back on, nearest first to keep: they never crowd out the window's own."""
        kept: list[int] = []
        room = CONTEXT_TOKENS
        for index in reversed(before):
            room -= len(self.parts[index].ids)
            if room < 0:
                break
            kept.insert(0, index)
        return kept

    def _window(self, title: list[int], own_title: bool, context: list[int], own: list[int]) -> Window:
        ids = [BOS]
        ranges: list[tuple[int, int]] = []
        entities: dict[str, list[tuple[int, int, int]]] = {}
        indices = [*title, *context, *own]
        for place, index in enumerate(indices):
            part = self.parts[index]
            kept = part.ids[:TITLE_TOKENS] if part.is_title else part.ids
            start = len(ids)
            ids += kept
            ranges.append((start, len(ids)))
            for mention in part.mentions:
                span = tokens_of(part.spans[: len(kept)], mention.start, mention.end)
                if span:
                    entities.setdefault(mention.actor, []).append((place, start + span[0], start + span[1]))
        ids.append(EOS)
        flags = [own_title] * len(title) + [False] * len(context) + [True] * len(own)
        return Window(indices, flags, ids, ranges, entities)


def tokens_of(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """The range of tokens that overlap `start:end`, None where none does."""
    inside = [i for i, (first, last) in enumerate(spans) if first < end and last > start and last > first]
    return (inside[0], inside[-1] + 1) if inside else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is known of a text before tokens: `full` is title, a line break and text, places are in it."""

    full: str
    shift: int
    language: str
    outlet_state: str | None
    sentences: list[Sentence]
    mentions: list[Mention]


def analyse(text: Text, language: str, extra: Iterable[Mention] = ()) -> Analysis:
    """Sentences and mentions of a text; `extra` mentions (of `full`) fill what the finder left free."""
    title = text.title if text.title.strip() else ""
    full = _readable(f"{title}\n{text.text}" if title else text.text)
    shift = len(title) + 1 if title else 0
    body = [Sentence(s.start + shift, s.end + shift) for s in split(full[shift:], language)]
    mentions = finder(language).find(full, day_of(text.date))
    mentions = _fill(mentions, learned_mentions(full, mentions, language))
    return Analysis(
        full=full,
        shift=shift,
        language=language,
        outlet_state=text.outlet_state,
        sentences=[_trimmed(title), *body] if title else body,
        mentions=_fill(mentions, extra),
    )


def _readable(text: str) -> str:
    """The text as far as it is read, with half surrogates (which no tokenizer takes) as `?`: places stay."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _trimmed(title: str) -> Sentence:
    """The title as a sentence, without the space around it."""
    start = len(title) - len(title.lstrip())
    return Sentence(start, start + len(title.strip()))


def tokenize(analysis: Analysis, tokenizer: Tokenizer) -> Document:
    """The document of an analysis: every sentence as tokens, its mentions beside them."""
    full = analysis.full
    texts = [full[s.start : s.end] for s in analysis.sentences]
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    parts = []
    for index, (sentence, encoding) in enumerate(zip(analysis.sentences, encodings, strict=True)):
        spans = [(sentence.start + a, sentence.start + b) for a, b in encoding.offsets[:SENTENCE_TOKENS]]
        inside = [m for m in analysis.mentions if m.start >= sentence.start and m.end <= sentence.end]
        parts.append(
            Part(sentence, encoding.ids[:SENTENCE_TOKENS], spans, inside, bool(analysis.shift) and index == 0)
        )
    return Document(
        full=full,
        shift=analysis.shift,
        language=analysis.language,
        outlet_state=analysis.outlet_state,
        parts=parts,
    )


def _fill(mentions: list[Mention], more: Iterable[Mention]) -> list[Mention]:
    """`mentions` and those of `more` that touch none of them, in order."""
    taken = list(mentions)
    for mention in more:
        if all(mention.end <= other.start or mention.start >= other.end for other in taken):
            taken.append(mention)
    return sorted(taken, key=lambda mention: mention.start)
