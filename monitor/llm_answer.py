"""What a language model answered, checked: nothing becomes a frame that the text does not show.

    bytes → Completion → content → Claims → known actors? possible roles? quote in the text? → Frames

The checks look at the text and our tables alone, so whatever an article tells the model to answer, they hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from monitor.model import OUTLET, Frame, FrameKind, Place, Stance, Text

#: A quote needs this many letters or digits: a comma is in every text and shows nothing.
SHORTEST = 4
#: A longer quote points at nothing any more (a sentence of ours ends at 600).
LONGEST = 1200
#: Claims of one answer that are looked at; the richest labelled documents have about ten.
MOST = 60
#: Of several kinds the gravest counts, in this order; then the surest (DESIGN.md, "What a blame frame is").
_GRAVEST: tuple[FrameKind, ...] = ("atrocity", "terrorism", "aggression", "repression")
#: Marks that models set their own way. One for one, so that places stay.
_ALIKE = str.maketrans(
    dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‐‑–—", "-")
)


class Claim(BaseModel):
    """One blame frame of the article; the model is given this class as its JSON schema."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    quote: str = Field(
        description="The sentence that shows the blame, copied from title or text character by character"
    )
    blamer: str = Field(description="Id of the actor the accusation is attributed to, or OUTLET")
    target: str = Field(description="Id of the one actor held responsible; never OUTLET")
    stance: Stance
    kind: FrameKind
    issue: str = Field(description="What the target is held responsible for, copied from the text")
    cue: str = Field(description="The words inside the quote that place, deny or accept the blame")
    caveat: bool = Field(description="Whether the text itself casts doubt on the claim")
    confidence: float = Field(description="From 0 to 1: how sure blamer, target and stance are right")

    @field_validator("confidence")
    @classmethod
    def _share(cls, value: float) -> float:
        if not 0 <= value <= 1:  # NaN fails too
            raise ValueError("lies outside 0 to 1")
        return value


class _Answer(BaseModel):
    frames: list[JsonValue]


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)


class Completion(BaseModel):
    """A chat completion, as far as we read it."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None

    @property
    def content(self) -> str:
        """What the model wrote."""
        return self.choices[0].message.content or ""

    @property
    def cut(self) -> bool:
        """Whether it ran out of tokens."""
        return self.choices[0].finish_reason == "length"

    @property
    def declined(self) -> bool:
        """Whether the model, or a filter before it, would not answer."""
        return bool(self.choices[0].message.refusal) or self.choices[0].finish_reason == "content_filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The frames that stood up to the text, strongest first, and why the others did not."""

    frames: tuple[Frame, ...]
    refused: Counter[str]


def check(content: str, text: Text, known: Collection[str]) -> Checked:
    """The frames of an answer; `known` are the ids that may stand in one. ValueError where it has no such form."""
    frames: list[Frame] = []
    refused: Counter[str] = Counter()
    for item in _Answer.model_validate_json(content).frames[:MOST]:
        try:
            claim = Claim.model_validate(item)
        except ValidationError:
            refused["form"] += 1
            continue
        found = find_quote(text, claim.quote)
        if reason := _objection(claim, known):
            refused[reason] += 1
        elif found is None:
            refused["quote"] += 1
        else:
            frames.append(_frame(claim, text, *found))
    return Checked(frames=merged(frames), refused=refused)


def find_quote(text: Text, quote: str) -> tuple[Place, int, int] | None:
    """Where the quote stands, white space and the shape of quotation marks and dashes aside; None where it does not."""
    if sum(map(str.isalnum, quote)) < SHORTEST or len(quote) > LONGEST:
        return None
    words = re.compile(r"\s+".join(map(re.escape, quote.translate(_ALIKE).split())))
    places: tuple[tuple[Place, str], ...] = (("text", text.text), ("title", text.title))
    for place, whole in places:
        if match := words.search(whole.translate(_ALIKE)):
            return place, *match.span()
    return None


def merged(frames: Iterable[Frame]) -> tuple[Frame, ...]:
    """Each (blamer, target, stance) once: the surest, with the gravest kind and any caveat of its doubles."""
    best: dict[tuple[str, str, str], Frame] = {}
    for frame in sorted(frames, key=lambda frame: -frame.score):
        key = (frame.blamer, frame.target, frame.stance)
        first = best.setdefault(key, frame)
        kind = min(first.kind, frame.kind, key=_gravity)
        best[key] = replace(first, kind=kind, caveat=first.caveat or frame.caveat)
    return tuple(best.values())


def _gravity(kind: FrameKind) -> int:
    return _GRAVEST.index(kind) if kind in _GRAVEST else len(_GRAVEST)


def _objection(claim: Claim, known: Collection[str]) -> str | None:
    """Why a claim cannot be, by its actors alone: nobody blames itself, and only the guilty accept."""
    if claim.target == OUTLET:
        return "roles"
    if claim.target not in known or (claim.blamer not in known and claim.blamer != OUTLET):
        return "actor"
    own = claim.blamer == claim.target
    return "roles" if (claim.stance == "blames" and own) or (claim.stance == "accepts" and not own) else None


def _frame(claim: Claim, text: Text, place: Place, start: int, end: int) -> Frame:
    evidence = (text.title if place == "title" else text.text)[start:end]
    issue = find_quote(text, claim.issue)
    return Frame(
        blamer=claim.blamer,
        target=claim.target,
        stance=claim.stance,
        kind=claim.kind,
        # Words that are not the text's are dropped, as if none had been found.
        issue=(text.title if issue[0] == "title" else text.text)[issue[1] : issue[2]] if issue else evidence,
        evidence=evidence,
        place=place,
        start=start,
        end=end,
        caveat=claim.caveat,
        score=round(claim.confidence, 3),
        cues=(claim.cue,) if claim.cue.strip() and claim.cue in evidence else (),
    )
