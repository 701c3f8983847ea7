"""How good a reader is: its frames against labelled ones, by the rules of DESIGN.md ("What a blame frame is").

A frame is right when document, blamer, target and stance are right. Everything else is measured beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from classifiers.actors import Mention, day_of, finder
from classifiers.blame import Reader
from classifiers.dataset import labelled_lines, text_of
from monitor.errors import ClassifierError
from monitor.model import OUTLET, Frame, Reading

#: What a frame of a gold file is scored by.
_FRAME_KEYS = ("blamer", "target", "stance", "kind", "caveat", "evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 from counts."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of found frames that are right; 1 where none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of labelled frames that were found; 1 where there are none."""
        return self.right / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        total = self.found + self.gold
        return 2 * self.right / total if total else 1.0

    def row(self) -> dict[str, float | int]:
        """For JSON."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
        } | asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All measures of one reader on one set."""

    reader: str
    documents: int
    micro: Score
    without_stance: Score
    roles_only: Score
    by_language: dict[str, Score]
    by_stance: dict[str, Score]
    kind: float
    caveat: float
    evidence: float
    #: Share of documents without a labelled frame that got one.
    false_alarms: float
    #: Share of labelled frames whose two actors were both recognised: the ceiling of recall.
    actors_found: float
    #: Mean score and share right in each tenth of the score that has frames.
    reliability: list[tuple[float, float, int]]
    errors: list[dict[str, Any]] = field(repr=False)

    def summary(self) -> dict[str, Any]:
        """Everything but the errors, for JSON."""
        return {
            "reader": self.reader,
            "documents": self.documents,
            "micro": self.micro.row(),
            "without_stance": self.without_stance.row(),
            "roles_only": self.roles_only.row(),
            "by_language": {name: score.row() for name, score in sorted(self.by_language.items())},
            "by_stance": {name: score.row() for name, score in sorted(self.by_stance.items())},
            "kind": round(self.kind, 4),
            "caveat": round(self.caveat, 4),
            "evidence": round(self.evidence, 4),
            "false_alarms": round(self.false_alarms, 4),
            "actors_found": round(self.actors_found, 4),
            "reliability": [[round(a, 3), round(b, 3), n] for a, b, n in self.reliability],
        }


def load_gold(path: Path) -> list[dict[str, Any]]:
    """The lines of a gold file; ClassifierError where one cannot be scored."""
    rows = []
    for where, row in labelled_lines(path, "text", "lang"):
        try:
            text_of(row)
            whole = all(set(_FRAME_KEYS) <= frame.keys() for frame in row["frames"]) and "id" in row
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ClassifierError(where, f"is no labelled passage ({error!r})") from error
        if not whole:
            raise ClassifierError(where, f"lacks an id, or a frame lacks one of {', '.join(_FRAME_KEYS)}")
        rows.append(row)
    return rows


def evaluate(reader: Reader, gold: Sequence[dict[str, Any]]) -> Evaluation:
    """Read every document and score it."""
    texts = [text_of(row) for row in gold]
    return score_readings(reader.name, gold, reader.read_many(texts))


def score_readings(name: str, gold: Sequence[dict[str, Any]], readings: Sequence[Reading]) -> Evaluation:
    """Score readings that are already there."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    matched: list[tuple[Frame, dict[str, Any]]] = []
    scores: list[tuple[float, bool]] = []
    errors: list[dict[str, Any]] = []
    silent, alarms, reachable = 0, 0, 0
    for row, reading in zip(gold, readings, strict=True):
        wanted = {(f["blamer"], f["target"], f["stance"]): f for f in row["frames"]}
        found = {(f.blamer, f.target, f.stance): f for f in reading.frames}
        right = wanted.keys() & found.keys()
        _count(counts, "micro", wanted, found)
        _count(counts, f"language {row['lang']}", wanted, found)
        _count(counts, "pairs", {key[:2] for key in wanted}, {key[:2] for key in found})
        for stance in {key[2] for key in wanted} | {key[2] for key in found}:
            _count(counts, f"stance {stance}", _of(wanted, stance), _of(found, stance))
        _count_roles(counts, wanted, found)
        matched += [(found[key], wanted[key]) for key in sorted(right)]
        scores += [(frame.score, key in right) for key, frame in found.items()]
        silent += not wanted
        alarms += not wanted and bool(found)
        known = _known_actors(row, reading.language)
        reachable += sum({key[0], key[1]} <= known for key in wanted)
        errors += _errors(row, wanted, found, known)
    return Evaluation(
        reader=name,
        documents=len(gold),
        micro=_score(counts["micro"]),
        without_stance=_score(counts["pairs"]),
        roles_only=_score(counts["roles"]),
        by_language={k.split()[1]: _score(v) for k, v in counts.items() if k.startswith("language ")},
        by_stance={k.split()[1]: _score(v) for k, v in counts.items() if k.startswith("stance ")},
        kind=_share([frame.kind == row["kind"] for frame, row in matched]),
        caveat=_share([frame.caveat == row["caveat"] for frame, row in matched]),
        evidence=_share([_overlap(frame.evidence, row["evidence"]) for frame, row in matched]),
        false_alarms=alarms / silent if silent else 0.0,
        actors_found=reachable / max(1, counts["micro"]["gold"]),
        reliability=_reliability(scores),
        errors=errors,
    )


def _count(counts: dict[str, Counter[str]], name: str, wanted: Any, found: Any) -> None:
    wanted, found = set(wanted), set(found)
    counts[name].update(right=len(wanted & found), found=len(found), gold=len(wanted))


def _of(frames: Any, stance: str) -> set[tuple[str, str, str]]:
    return {key for key in frames if key[2] == stance}


def _count_roles(counts: dict[str, Counter[str]], wanted: dict[Any, Any], found: dict[Any, Frame]) -> None:
    """Without the link to actors: a frame is right when the evidence and the stance are."""
    free = list(found.values())
    right = 0
    for key, row in wanted.items():
        match = next((f for f in free if f.stance == key[2] and _overlap(f.evidence, row["evidence"])), None)
        if match:
            free.remove(match)
            right += 1
    counts["roles"].update(right=right, found=len(found), gold=len(wanted))


def _score(counter: Counter[str]) -> Score:
    return Score(right=counter["right"], found=counter["found"], gold=counter["gold"])


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _overlap(left: str, right: str) -> bool:
    return left in right or right in left or _longest_common(left, right) >= 0.5 * min(len(left), len(right))


def _longest_common(left: str, right: str) -> int:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, left, right, autojunk=False).find_longest_match().size


def _known_actors(row: dict[str, Any], language: str) -> set[str]:
    whole = f"{row.get('title') or ''}\n{row['text']}"
    mentions: list[Mention] = finder(language).find(whole, day_of(text_of(row).date))
    return {mention.actor for mention in mentions} | {OUTLET, row.get("outlet_state") or OUTLET}


def _errors(
    row: dict[str, Any], wanted: dict[Any, Any], found: dict[Any, Frame], known: set[str]
) -> list[dict[str, Any]]:
    """Missed and wrong frames of one document, with what a person needs to see why."""
    about = {"id": row["id"], "lang": row["lang"], "title": row.get("title"), "text": row["text"]}
    missed = [
        {
            **about,
            "error": "missed" if {key[0], key[1]} <= known else "missed, actor unknown",
            "frame": list(key),
            "evidence": frame["evidence"],
        }
        for key, frame in wanted.items()
        if key not in found
    ]
    wrong = [
        {**about, "error": "wrong", "frame": list(key), "evidence": frame.evidence, "score": frame.score}
        for key, frame in found.items()
        if key not in wanted
    ]
    return missed + wrong


def _reliability(scores: list[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, right in scores:
        bins[min(9, int(score * 10))].append((score, right))
    return [
        (sum(s for s, _ in rows) / len(rows), sum(r for _, r in rows) / len(rows), len(rows))
        for _, rows in sorted(bins.items())
    ]
