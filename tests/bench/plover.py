"""Which of the event records of the CAMEO manual accuse: PLOVER's DISAPPROVE (today's ACCUSE) against our frames.

Compared, given source and target: does the text hold a `blames` frame from the one to the other, yes or no, for
records with both. Compared, end to end: all dyads that we find in all texts against the DISAPPROVE dyads.
Not compared: records within one state (a government and its rebels share a code) and actors that are no actor of
ours ("a human rights group"). A record has one event only: a text coded PROTEST, DEMAND or REJECT may well accuse
too, so our precision here is a lower bound; and a DISAPPROVE that only complains or sues is no blame frame.
The published figures are for this question on other, larger sets; twenty keywords are run here as well, on the
same records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.actors import actors
from classifiers.blame import Reader
from monitor.model import Text
from tests.bench.data import BLAME
from tests.bench.frames import LIANG
from tests.bench.naming import group_in
from tests.bench.reader import shipped_reader
from tests.bench.result import SCORED, published, result, score_sets, scored

GOLD = BLAME / "plover_gsr" / "gold_standard_records" / "PLOVER_GSR_CAMEO.txt"
NEEDS = (GOLD,)
EVENTS = frozenset({"DISAPPROVE", "ACCUSE"})
#: F1 of ACCUSE where source and target are given.
ZERO_SHOT, KEYWORDS = 83.0, 56.0
#: Twenty stems of our own for the peer that only looks for words.
_STEMS = re.compile(
    r"(?i)\b(?:accus|blam|condemn|denounc|critici|charg|complain|alleg|protest|faulted|deplor|decr[iy]|rebuk|"
    r"reproach|indict|slam|lambast|guilty|suing|culprit)"
)
#: Codes of the records that ISO does not know.
_CODES = {"JAP": "JPN", "ITL": "ITA", "VTN": "VNM"}

#: (record, source, target)
Dyad = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event record with the dyads that have two actors of ours."""

    id: str
    text: str
    accuses: bool
    dyads: frozenset[Dyad]


def run(gold: Path = GOLD, reader: Reader | None = None) -> dict[str, Any]:
    """Read every record's text and compare dyads."""
    reader = reader or shipped_reader()
    records = load(gold)
    found = {dyad for record in records for dyad in accused(reader, record)}
    given = {dyad for record in records for dyad in record.dyads}
    wanted = {dyad for record in records if record.accuses for dyad in record.dyads}
    words = {dyad for record in records if _STEMS.search(record.text) for dyad in record.dyads}
    rows = [
        scored("ACCUSE given source and target", score_sets(found & given, wanted)),
        scored("twenty keywords, the same records", score_sets(words, wanted)),
        scored("dyads end to end", score_sets(found, wanted)),
        published("zero-shot PLOVER, given source and target", ZERO_SHOT),
        published("twenty keywords, given source and target", KEYWORDS),
        published("Liang 2019, end to end, newspapers", LIANG),
    ]
    return result(SCORED, rows, _notes(records))


def _notes(records: list[Record]) -> list[str]:
    accusing = [record for record in records if record.accuses]
    usable = sum(bool(record.dyads) for record in accusing)
    dyads = sum(len(record.dyads) for record in records)
    return [
        f"{len(records)} records with {dyads} dyads of ours",
        f"{usable} of {len(accusing)} DISAPPROVE records name two different actors of ours: few, so a step of one "
        "record moves recall by several points",
    ]


def load(path: Path) -> list[Record]:
    """The event records; the file's own documentation record is none."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [_record(row) for row in rows if row.get("text")]


def _record(row: dict[str, Any]) -> Record:
    dyads = {
        (row["id"], source, target)
        for source in _actors(row.get("source"))
        for target in _actors(row.get("target"))
        if source != target
    }
    return Record(id=row["id"], text=row["text"], accuses=row["event"] in EVENTS, dyads=frozenset(dyads))


def _actors(entries: Any) -> Iterable[str]:
    """Our ids of a record's actors: its state code, or the organisation that its words name."""
    for entry in entries if isinstance(entries, list) else []:
        code = _CODES.get(entry.get("code", ""), entry.get("code", ""))
        actor = code if code in actors() else group_in(entry.get("actorText", ""), "en")
        if actor:
            yield actor


def accused(reader: Reader, record: Record) -> set[Dyad]:
    """Our blame in the record's text; its date is a placeholder, so every office-holder counts."""
    reading = reader.read(Text(id=record.id, text=record.text, language="en"))
    return {(record.id, f.blamer, f.target) for f in reading.frames if f.stance == "blames"}
