"""Who criticises which country in speeches to the UN Security Council, by the UNSCon labels.

Compared: the pairs (speech, criticised country). A speech is read as the speaker's own text, so our `blames` frames
whose blamer is the speaker or `OUTLET` count; blame that a speaker reports of others does not.
Not compared: negative evaluations without a country ("-NONE-"), which our frames cannot express; indirect ones stand
in a row of their own, since they criticise without charging ("we will vote against the draft"). Their labels are of
sentences, ours of documents: the sentence is checked only for matched pairs. No figure for this task is published
to our knowledge; Liang's is for English newspapers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifiers.blame import Reader
from classifiers.dataset import labelled_lines
from monitor.model import OUTLET, Text
from tests.bench.data import BLAME
from tests.bench.frames import LIANG
from tests.bench.naming import actor_of
from tests.bench.reader import shipped_reader
from tests.bench.result import SCORED, percent, published, result, score_sets, scored

GOLD = BLAME / "unscon_open.jsonl"
NEEDS = (GOLD,)
DIRECT = "Direct_NegEval"
_SMALL = re.compile(r"\b(?:Of|And|The)\b")

#: (speech, criticised actor)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One speech; `critical` are (label, criticised actor, sentence)."""

    id: str
    speaker: str | None
    text: str
    critical: tuple[tuple[str, str, str], ...]

    def targets(self, *, direct: bool = False) -> set[Pair]:
        """The pairs that are labelled; only those of direct criticism where that is asked for."""
        return {(self.id, actor) for label, actor, _ in self.critical if label == DIRECT or not direct}


def run(gold: Path = GOLD, reader: Reader | None = None) -> dict[str, Any]:
    """Read every speech and compare pairs."""
    reader = reader or shipped_reader()
    speeches = load(gold)
    found = {pair: evidence for speech in speeches for pair, evidence in criticised(reader, speech).items()}
    wanted = set().union(*(speech.targets() for speech in speeches))
    direct = set().union(*(speech.targets(direct=True) for speech in speeches))
    usual = _usual(speeches)
    rows = [
        scored("speaker criticises country", score_sets(found, wanted)),
        scored("… where it does so directly", score_sets(found, direct)),
        scored("baseline: everybody criticises the country most criticised", score_sets(usual, wanted)),
        published("Liang 2019, blame ties in newspapers", LIANG),
    ]
    place = _right_place(speeches, found)
    notes = [
        f"{len(speeches)} speeches, {sum(bool(speech.critical) for speech in speeches)} of them critical",
        f"evidence is a sentence with that label in {percent(place)} % of the matched pairs",
    ]
    return result(SCORED, rows, notes, evidence=place)


def load(path: Path) -> list[Speech]:
    """The speeches, their withheld (empty) sentences left out."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for _, row in labelled_lines(path, "id", "text"):
        groups.setdefault(row["id"].split("#")[0], []).append(row)
    return [_speech(id, rows) for id, rows in groups.items()]


def _speech(id: str, rows: list[dict[str, Any]]) -> Speech:
    speaker = _actor(rows[0]["speaker"])
    critical = [
        (row["neg"], actor, row["text"])
        for row in rows
        for actor in map(_actor, row["targets"])
        if row["text"] and actor and actor != speaker
    ]
    text = " ".join(row["text"] for row in rows if row["text"])
    return Speech(id=id, speaker=speaker, text=text, critical=tuple(critical))


def _actor(name: str) -> str | None:
    """Our id for `united_states_of_america` or `Republic Of Korea`."""
    words = name.replace("_", " ").title() if name.islower() else name
    return actor_of(_SMALL.sub(lambda word: word[0].lower(), words), "en")


def criticised(reader: Reader, speech: Speech) -> dict[Pair, str]:
    """Whom the speech blames in its own voice, with our evidence."""
    # Only the year is known, from ids such as UNSC_2014_SPV.7138_spch002.
    year = int(speech.id.split("_")[1])
    text = Text(
        id=speech.id,
        text=speech.text,
        language="en",
        date=datetime(year, 7, 1, tzinfo=UTC),
        outlet_state=speech.speaker,
    )
    return {
        (speech.id, frame.target): frame.evidence
        for frame in reversed(reader.read(text).frames)  # the strongest comes last and stays
        if frame.stance == "blames" and frame.blamer in (OUTLET, speech.speaker)
    }


def _usual(speeches: Iterable[Speech]) -> set[Pair]:
    """What somebody says who knows only which country is criticised most."""
    count = Counter(actor for speech in speeches for _, actor in speech.targets())
    return {
        (speech.id, actor)
        for actor, _ in count.most_common(1)
        for speech in speeches
        if speech.speaker != actor
    }


def _right_place(speeches: Iterable[Speech], found: dict[Pair, str]) -> float:
    flags = [
        any(actor == target and (evidence in said or said in evidence) for _, actor, said in speech.critical)
        for speech in speeches
        for (id, target), evidence in found.items()
        if id == speech.id and (id, target) in speech.targets()
    ]
    return sum(flags) / len(flags) if flags else 0.0
