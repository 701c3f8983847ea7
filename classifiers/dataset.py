"""The labelled passages: loading, checking, and the changes that training makes to them.

A line is {id, lang, date, outlet_state, form, title?, text, frames}; a frame has blamer, target, stance, kind,
caveat, evidence and the words for each part (blamer_text, target_text, cue_text, issue_text), as in README.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifiers.actors import Mention, actors
from classifiers.clauses import clause_files
from classifiers.document import Analysis, analyse
from classifiers.sentences import Sentence
from monitor.errors import ClassifierError
from monitor.model import FRAME_KINDS, OUTLET, STANCES, Text

DATA = Path(__file__).with_name("data") / "blame"
#: The words that a frame names, by field.
SPANS = ("blamer_text", "target_text", "cue_text", "issue_text", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldFrame:
    """A labelled frame with places in the example's `full` text; a span is None where no words stand for it."""

    blamer: str
    target: str
    stance: str
    kind: str
    caveat: bool
    evidence: tuple[int, int]
    cue: tuple[int, int] | None
    issue: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An analysed passage and its frames."""

    id: str
    analysis: Analysis
    frames: tuple[GoldFrame, ...]
    #: (blamer, target) of which nobody said whether there is a frame: training looks away from them.
    unsure: frozenset[tuple[str, str]] = frozenset()


def load_rows(paths: Iterable[Path] | None = None) -> list[dict[str, Any]]:
    """All labelled lines of the files (default: the shipped ones), checked."""
    rows: list[dict[str, Any]] = []
    for path in sorted(DATA.glob("*.jsonl")) if paths is None else paths:
        for where, row in labelled_lines(path):
            if wrong := problems(row):
                raise ClassifierError(where, "; ".join(wrong), advice="See classifiers/data/README.md")
            rows.append(row)
    return rows


def labelled_lines(path: Path, *strings: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line of a labelled file with its place; ClassifierError where it is no object or lacks a string."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ClassifierError(str(path), f"cannot be read ({error})") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ClassifierError(where, "is no JSON object") from error
        if not isinstance(row, dict):
            raise ClassifierError(where, "is no JSON object")
        for key in strings:
            if not isinstance(row.get(key), str):
                raise ClassifierError(where, f"lacks {key}, a string")
        yield where, row


def checksum(paths: Iterable[Path] | None = None, extra: Iterable[dict[str, Any]] = ()) -> str:
    """SHA-256 over the files' bytes in the order of their names, and over the `extra` lines.

    The default is all that the shipped weights were trained on: passages and clauses.
    """
    digest = hashlib.sha256()
    for path in [*sorted(DATA.glob("*.jsonl")), *clause_files()] if paths is None else sorted(paths):
        digest.update(path.read_bytes())
    for row in extra:
        digest.update(json.dumps(row, sort_keys=True).encode())
    return digest.hexdigest()


def text_of(row: dict[str, Any]) -> Text:
    """The text that a line holds, as a reader takes it."""
    date = row.get("date")
    return Text(
        id=str(row.get("id", "")),
        text=row["text"],
        title=row.get("title") or "",
        language=row.get("lang"),
        date=datetime.fromisoformat(date[:10]).replace(tzinfo=UTC) if date else None,
        outlet_state=row.get("outlet_state"),
    )


def example_of(row: dict[str, Any]) -> Example:
    """The analysed passage; an actor that the finder misses throughout is named by the labelled words.

    Pronouns and "the ministry" do not become mentions where the actor is named elsewhere: a reader has none.
    """
    bare = analyse(text_of(row), row["lang"])
    frames = [_place(bare, frame) for frame in row["frames"]]
    named = {mention.actor for mention in bare.mentions}
    extra = [m for frame in row["frames"] for m in _mentions(bare, frame) if m.actor not in named]
    return Example(
        id=row["id"],
        analysis=analyse(text_of(row), row["lang"], extra),
        frames=tuple(frames),
        unsure=frozenset((blamer, target) for blamer, target, _ in row.get("unsure", ())),
    )


def problems(row: dict[str, Any]) -> list[str]:
    """What is wrong with a labelled line, in words; empty where nothing is."""
    found = [f"lacks {key}" for key in ("id", "lang", "text", "frames") if key not in row]
    found += [
        f"{key} is no string" for key in ("id", "lang", "text") if not isinstance(row.get(key, ""), str)
    ]
    if found:
        return found
    if not _are_objects(row["frames"]):
        return ["frames is no list of objects"]
    whole = f"{row.get('title') or ''}\n{row['text']}"
    seen = set()
    for frame in row["frames"]:
        for role in ("blamer", "target"):
            if frame.get(role) != OUTLET and frame.get(role) not in actors():
                found.append(f"unknown actor {frame.get(role)}")
        if frame.get("stance") not in STANCES or frame.get("kind") not in FRAME_KINDS:
            found.append(f"unknown stance or kind {frame.get('stance')}, {frame.get('kind')}")
        if not isinstance(frame.get("caveat"), bool) or not frame.get("evidence"):
            found.append("caveat must be true or false, evidence must be there")
        found += [f"{key} is not in the text" for key in SPANS if frame.get(key) and frame[key] not in whole]
        triple = (frame.get("blamer"), frame.get("target"), frame.get("stance"))
        if triple in seen:
            found.append(f"{triple} stands twice")
        seen.add(triple)
    found += [f"unsure holds {t}, which is no triple" for t in row.get("unsure", ()) if not _is_triple(t)]
    return found


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_triple(value: Any) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [str, str, str]


def _find(text: str, words: str, near: tuple[int, int] | None = None) -> tuple[int, int] | None:
    """Where `words` stand: inside `near` if they do, else the last place before it, else the first."""
    if not words:
        return None
    start = text.find(words, *near) if near else -1
    if start < 0 and near:
        start = text.rfind(words, 0, near[0])
    if start < 0:
        start = text.find(words)
    return (start, start + len(words)) if start >= 0 else None


def _place(analysis: Analysis, frame: dict[str, Any]) -> GoldFrame:
    evidence = _find(analysis.full, frame["evidence"])
    assert evidence is not None
    return GoldFrame(
        blamer=frame["blamer"],
        target=frame["target"],
        stance=frame["stance"],
        kind=frame["kind"],
        caveat=frame["caveat"],
        evidence=evidence,
        cue=_find(analysis.full, frame.get("cue_text", ""), evidence),
        issue=_find(analysis.full, frame.get("issue_text", ""), evidence),
    )


def _mentions(analysis: Analysis, frame: dict[str, Any]) -> list[Mention]:
    """The labelled words for blamer and target, where the finder has no mention of that actor inside them."""
    evidence = _find(analysis.full, frame["evidence"])
    found = []
    for role in ("blamer", "target"):
        span = _find(analysis.full, frame.get(f"{role}_text", ""), evidence)
        if span and frame[role] != OUTLET:
            known = [
                m
                for m in analysis.mentions
                if m.actor == frame[role] and m.start < span[1] and m.end > span[0]
            ]
            if not known:
                found.append(Mention(*span, frame[role], "names"))
    return found


# --- changes made in training -------------------------------------------------------------------------------


def join(examples: Sequence[Example]) -> Example:
    """One longer document of several: the title of the first, texts one after the other."""
    first = examples[0].analysis
    full, sentences, mentions, frames = (
        first.full,
        list(first.sentences),
        list(first.mentions),
        list(examples[0].frames),
    )
    for example in examples[1:]:
        analysis = example.analysis
        offset = len(full) + 1
        full = f"{full}\n{analysis.full}"
        sentences += [Sentence(s.start + offset, s.end + offset) for s in analysis.sentences]
        mentions += [replace(m, start=m.start + offset, end=m.end + offset) for m in analysis.mentions]
        frames += [_moved(frame, lambda place, by=offset: place + by) for frame in example.frames]
    analysis = replace(first, full=full, sentences=sentences, mentions=mentions)
    unsure = frozenset[tuple[str, str]]().union(*(example.unsure for example in examples))
    return Example(id=examples[0].id, analysis=analysis, frames=tuple(frames), unsure=unsure)


Surfaces = dict[tuple[str, str], list[tuple[str, str]]]


def surfaces(examples: Iterable[Example]) -> Surfaces:
    """(language, kind of mention) → (actor, words) as they occur in the examples."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for example in examples:
        analysis = example.analysis
        for mention in analysis.mentions:
            words = analysis.full[mention.start : mention.end]
            found.setdefault((analysis.language, mention.kind), set()).add((mention.actor, words))
    return {key: sorted(values) for key, values in found.items()}


def swap_actors(example: Example, inventory: Surfaces, chance: float, rng: random.Random) -> Example:
    """The same passage about other actors: with `chance` each actor is replaced throughout.

    The new words come from other passages, of the same kind and, where there are some, with the same last
    letter, which keeps most cases and adjective endings right.
    """
    analysis = example.analysis
    present = {mention.actor for mention in analysis.mentions}
    every = sorted({actor for values in inventory.values() for actor, _ in values})
    new: dict[str, str] = {}
    for actor in sorted(present):
        if rng.random() < chance:
            choices = [other for other in every if other not in present and other not in new.values()]
            new[actor] = rng.choice(choices)
    pieces: list[tuple[int, int, str, str]] = []
    for mention in analysis.mentions:
        if mention.actor in new:
            words = _surface(analysis, mention, new[mention.actor], inventory, rng)
            if words is None:
                del new[mention.actor]
            else:
                pieces.append((mention.start, mention.end, words, mention.actor))
    return _rewrite(example, [piece for piece in pieces if piece[3] in new], new)


def _surface(
    analysis: Analysis, mention: Mention, actor: str, inventory: Surfaces, rng: random.Random
) -> str | None:
    old = analysis.full[mention.start : mention.end]
    known = [words for other, words in inventory.get((analysis.language, mention.kind), []) if other == actor]
    known = known or [
        words for other, words in inventory.get((analysis.language, "names"), []) if other == actor
    ]
    if not known:
        return None
    alike = [words for words in known if words[-1] == old[-1] and words[0].isupper() == old[0].isupper()]
    return rng.choice(alike or known)


def _rewrite(example: Example, pieces: list[tuple[int, int, str, str]], new: dict[str, str]) -> Example:
    analysis = example.analysis
    full, at = [], 0
    marks: list[tuple[int, int, int]] = []  # old start, old end, growth after it
    for start, end, words, _ in sorted(pieces):
        full += [analysis.full[at:start], words]
        marks.append((start, end, len(words) - (end - start)))
        at = end
    full.append(analysis.full[at:])

    def moved(place: int) -> int:
        shift = 0
        for start, end, growth in marks:
            if place >= end:
                shift += growth
            elif place > start:
                return start + shift
        return place + shift

    mentions = [
        replace(m, start=moved(m.start), end=moved(m.end), actor=new.get(m.actor, m.actor))
        for m in analysis.mentions
    ]
    changed = replace(
        analysis,
        full="".join(full),
        shift=moved(analysis.shift) if analysis.shift else 0,
        sentences=[Sentence(moved(s.start), moved(s.end)) for s in analysis.sentences],
        mentions=mentions,
        outlet_state=new.get(analysis.outlet_state or "", analysis.outlet_state),
    )
    frames = [
        replace(_moved(f, moved), blamer=new.get(f.blamer, f.blamer), target=new.get(f.target, f.target))
        for f in example.frames
    ]
    unsure = frozenset((new.get(b, b), new.get(t, t)) for b, t in example.unsure)
    return Example(id=example.id, analysis=changed, frames=tuple(frames), unsure=unsure)


def _moved(frame: GoldFrame, move: Any) -> GoldFrame:
    def span(old: tuple[int, int] | None) -> tuple[int, int] | None:
        return (move(old[0]), move(old[1])) if old else None

    evidence = span(frame.evidence)
    assert evidence is not None
    return replace(frame, evidence=evidence, cue=span(frame.cue), issue=span(frame.issue))
