"""Frames as CSV, JSON Lines and event rows."""

from __future__ import annotations

import csv
import io
import json

import pytest

from monitor.model import FRAME_KINDS
from reports.export import CAMEO, COLUMNS, PLOVER_COLUMNS, plover, write_csv, write_jsonl
from tests.fakes import frame
from tests.rows import POST, VOLNA, covered, keep


def rows(store, *frames, outlet=POST, **parts):
    keep(store, {"s": [covered("1", outlet, frames, **parts)]})
    return store.frames()


def as_csv(found, columns=COLUMNS) -> str:
    out = io.StringIO(newline="")
    write_csv(found, out, columns)
    return out.getvalue()


def test_csv_reads_back(store):
    said = 'Он сказал: "нет",\nи ушёл.'
    text = as_csv(rows(store, frame(evidence=said)))
    assert text.count("\r\n") == 2
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert tuple(row) == COLUMNS
    assert (row["evidence"], row["blamer"], row["outlet"]) == (said, "RUS", "post")
    assert row["published"] == "2026-10-05T12:00:00Z"


def test_csv_covers_every_column_of_the_store(store):
    assert set(rows(store, frame())[0]) == set(COLUMNS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(store, start):
    text = as_csv(rows(store, frame(evidence=f"{start}cmd|' /C calc'!A0"), title=f"{start}1+1"))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["evidence"].startswith(f"'{start}")
    assert row["title"] == f"'{start}1+1"
    assert float(row["score"]) == 0.8


def test_jsonl_is_one_object_a_line(store):
    out = io.StringIO()
    write_jsonl(rows(store, frame(evidence="=А\n\u2028б"), frame("SYR")), out)
    lines = out.getvalue().split("\n")
    assert len(lines) == 3
    assert {json.loads(line)["blamer"] for line in lines[:2]} == {"RUS", "SYR"}
    assert any(json.loads(line)["evidence"] == "=А\n\u2028б" for line in lines[:2])


def test_events_are_accusations_only(store):
    found = rows(
        store,
        frame(),
        frame("USA", "USA", stance="denies"),
        frame("GBR", "GBR", stance="accepts"),
        frame("SYR", kind="atrocity"),
    )
    events = {event["source"]: event for event in plover(found)}
    assert set(events) == {"RUS", "SYR"}
    assert all(tuple(event) == PLOVER_COLUMNS for event in events.values())
    assert (events["RUS"]["mode"], events["RUS"]["cameo"]) == ("disapprove", "111")
    assert (events["SYR"]["mode"], events["SYR"]["cameo"]) == ("allege", "1124")
    assert events["RUS"]["event"] == "ACCUSE"
    assert events["RUS"]["date"] == "2026-10-05"
    assert events["RUS"]["quote"] == "Text of 1."


@pytest.mark.parametrize(("outlet", "source"), [(VOLNA, "RUS"), (POST, "post")])
def test_an_outlets_own_voice_is_its_states_or_its_own(store, outlet, source):
    (event,) = plover(rows(store, frame("OUTLET"), outlet=outlet))
    assert event["source"] == source


def test_every_kind_has_its_code():
    assert set(CAMEO) == set(FRAME_KINDS)
    assert all(code.startswith("11") for code in CAMEO.values())
