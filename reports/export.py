"""Frames for other programs: CSV, JSON Lines, and PLOVER-like event rows. Takes rows of `Store.frames` and `Store.find_frames`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

from monitor.model import OUTLET, FrameKind

Row = Mapping[str, Any]

COLUMNS = (
    "id",
    "published",
    "story",
    "article",
    "url",
    "title",
    "language",
    "outlet",
    "outlet_state",
    "outlet_kind",
    "blamer",
    "target",
    "stance",
    "kind",
    "issue",
    "evidence",
    "place",
    "start",
    "end",
    "caveat",
    "score",
    "cues",
    "classifier",
)
PLOVER_COLUMNS = ("source", "target", "event", "mode", "cameo", "date", "story", "url", "quote")
#: The CAMEO column of BLAME.md.
CAMEO: dict[FrameKind, str] = {
    "negligence": "111",
    "aggression": "1123",
    "atrocity": "1124",
    "terrorism": "1123",
    "repression": "1122",
    "subversion": "1125",
    "deception": "112",
    "violation": "112",
    "obstruction": "111",
    "coercion": "111",
    "corruption": "1121",
    "other": "112",
}
#: A spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(rows: Iterable[Row], out: TextIO, columns: tuple[str, ...] = COLUMNS) -> None:
    """Write rows as CSV (RFC 4180) that no spreadsheet runs; open `out` with newline=''."""
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])


def write_jsonl(rows: Iterable[Row], out: TextIO) -> None:
    """Write rows as JSON, one a line."""
    for row in rows:
        out.write(json.dumps(dict(row), ensure_ascii=False) + "\n")


def plover(rows: Iterable[Row]) -> Iterator[dict[str, str]]:
    """ACCUSE events, for frames that blame: a denial or an admission accuses nobody.

    CAMEO 111 (criticize or denounce) is PLOVER's mode disapprove, 112 and below it (accuse) is allege.
    """
    for row in rows:
        if row["stance"] != "blames":
            continue
        code = CAMEO[row["kind"]]
        yield {
            "source": row["blamer"] if row["blamer"] != OUTLET else row["outlet_state"] or row["outlet"],
            "target": row["target"],
            "event": "ACCUSE",
            "mode": "disapprove" if code == "111" else "allege",
            "cameo": code,
            "date": row["published"][:10],
            "story": row["story"] or "",
            "url": row["url"],
            "quote": row["evidence"],
        }


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
