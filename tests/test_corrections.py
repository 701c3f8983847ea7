"""An analyst's words on frames, from the store to the rows that training takes."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from classifiers.corrections import to_rows
from classifiers.dataset import checksum, example_of, join, load_rows, problems, surfaces, swap_actors
from classifiers.select import Triple
from monitor.model import Correction, Reading
from monitor.store import frame_id
from tests.fakes import NOON, article, entry, feed, frame
from tests.test_cli import one_line, run

BLAME = "The Kremlin blamed Washington for the collapse of the talks."
DENIAL = "London denied that it had known of the plan."
TEXT = f"{BLAME} {DENIAL}"
OUTLET_FEED = feed(state="RUS")
RIGHT = frame(evidence=BLAME, issue="the collapse of the talks", kind="obstruction", end=len(BLAME))
OTHER = frame(
    "GBR", "GBR", stance="denies", evidence=DENIAL, issue=DENIAL, start=len(BLAME) + 1, end=len(TEXT)
)


def word(verdict: str, of: Any = RIGHT, key: str = "a", **parts: Any) -> dict[str, Any]:
    """A row as the store gives it."""
    names = ("blamer", "target", "stance", "kind", "evidence", "issue", "caveat")
    values = {name: getattr(of, name) for name in names} | {"verdict": verdict, "article": key}
    about = {"title": "Talks end", "text": TEXT, "language": "en", "published": "2026-10-05T12:00:00Z"}
    return values | about | {"outlet_state": "RUS", "caveat": int(of.caveat)} | parts


# --- the conversion ---------------------------------------------------------------------------------------------


def test_a_right_frame_is_a_labelled_frame():
    (row,) = to_rows([word("right")])
    assert row == {
        "id": "correction-a",
        "lang": "en",
        "date": "2026-10-05",
        "outlet_state": "RUS",
        "form": "correction",
        "title": "Talks end",
        "text": TEXT,
        "frames": [
            {
                "blamer": "RUS",
                "target": "USA",
                "stance": "blames",
                "kind": "obstruction",
                "caveat": False,
                "blamer_text": "",
                "target_text": "",
                "cue_text": "",
                "issue_text": "the collapse of the talks",
                "evidence": BLAME,
            }
        ],
        "unsure": [],
    }
    assert problems(row) == []


def test_a_wrong_frame_is_a_passage_without_it():
    (row,) = to_rows([word("wrong")])
    assert (row["text"], row["frames"], row["unsure"]) == (TEXT, [], [])


def test_one_line_an_article():
    rows = to_rows([word("right"), word("right", key="b"), word("wrong", OTHER)])
    assert [(row["id"], len(row["frames"])) for row in rows] == [("correction-a", 1), ("correction-b", 1)]


def test_a_wrong_actor_is_left_out():
    assert to_rows([word("wrong_actor")]) == []
    (row,) = to_rows([word("wrong_actor"), word("right", OTHER)])
    assert [f["blamer"] for f in row["frames"]] == ["GBR"]
    assert row["unsure"] == [["RUS", "USA", "blames"]]


def test_the_last_word_counts():
    assert to_rows([word("right"), word("wrong")])[0]["frames"] == []
    assert len(to_rows([word("wrong"), word("right")])[0]["frames"]) == 1
    assert to_rows([word("right"), word("wrong_actor")]) == []


def test_what_nobody_judged_is_no_counterexample():
    others = [word("", OTHER), word("", RIGHT), word("", OTHER, key="elsewhere")]
    (row,) = to_rows([word("right")], others)
    assert row["unsure"] == [["GBR", "GBR", "denies"]]
    assert example_of(row).unsure == {("GBR", "GBR")}


@pytest.mark.parametrize("parts", [{"text": "The page was rewritten.", "title": ""}, {"blamer": "ATLANTIS"}])
def test_a_frame_that_the_text_no_longer_shows_is_not_learned(parts):
    assert to_rows([word("right", **parts)]) == []
    (row,) = to_rows(
        [word("right", **parts), word("wrong", OTHER, **{k: v for k, v in parts.items() if k != "blamer"})]
    )
    assert (row["frames"], len(row["unsure"])) == ([], 1)


def test_a_frame_past_what_a_reader_reads_is_not_learned():
    assert to_rows([word("right", text="So it went on. " * 3000 + TEXT)]) == []


def test_an_issue_of_other_words_is_left_empty():
    (row,) = to_rows([word("right", issue="wrecking peace")])
    assert row["frames"][0]["issue_text"] == ""


def test_rows_are_examples_that_training_can_change():
    (row,) = to_rows([word("right")], [word("", OTHER)])
    example = example_of(row)
    (gold,) = example.frames
    assert example.analysis.full[slice(*gold.evidence)] == BLAME
    changed = swap_actors(example, surfaces([example, *_others()]), 1.0, _Dice())
    assert {changed.frames[0].blamer, changed.frames[0].target}.isdisjoint({"RUS", "USA"})
    assert changed.unsure.isdisjoint({("GBR", "GBR")})
    assert join([example_of(to_rows([word("wrong")])[0]), example]).unsure == {("GBR", "GBR")}


def _others():
    text = "Ankara, Paris, Tokyo and Berlin sent envoys; Turkey, France, Japan and Germany will host them."
    return [example_of({"id": "o", "lang": "en", "text": text, "frames": []})]


class _Dice:
    """Always falls the same way."""

    def random(self) -> float:
        return 0.0

    def choice(self, values: Any) -> Any:
        named = [value for value in values if value in ("TUR", "FRA", "JPN", "DEU")]
        return (named or values)[0]


# --- from the store to a file -----------------------------------------------------------------------------------


@pytest.fixture
def corrected(store):
    """A store with one article whose two frames have a word of one analyst and none."""
    own = article("a", text=TEXT, feed=OUTLET_FEED.id)
    store.sync_feeds([OUTLET_FEED])
    with store.write():
        store.save_entries([entry("a")])
        store.save_article(own, entry("a").id, "test", NOON)
        store.save_reading(own, Reading(classifier="c", language="en", frames=(RIGHT, OTHER)), NOON)
        correct(store, own.id, RIGHT, "right")
    return store, own.id


def correct(store, key: str, of: Any, verdict: Any, later: int = 0, by: str = "me") -> None:
    at = NOON + timedelta(minutes=later)
    store.save_correction(Correction(frame=frame_id(key, "c", of), verdict=verdict, by=by, at=at))


def test_export_writes_the_training_format(corrected, tmp_path):
    store, key = corrected
    done = run("--db", store.path, "corrections", "export", "-o", tmp_path / "c.jsonl")
    assert done.returncode == 0, done.stderr
    (row,) = load_rows([tmp_path / "c.jsonl"])
    assert (row["id"], row["outlet_state"], row["text"]) == (f"correction-{key}", "RUS", TEXT)
    assert [f["evidence"] for f in row["frames"]] == [BLAME]
    assert row["unsure"] == [["GBR", "GBR", "denies"]]
    assert run("--db", store.path, "corrections", "export").stdout == (tmp_path / "c.jsonl").read_text()


def test_a_later_word_of_another_analyst_counts(corrected):
    store, key = corrected
    with store.write():
        correct(store, key, OTHER, "right", later=1)
        correct(store, key, RIGHT, "wrong", later=2, by="you")
    (row,) = to_rows(store.corrections(), store.unjudged())
    assert [f["blamer"] for f in row["frames"]] == ["GBR"]
    assert row["unsure"] == []


def test_a_store_without_corrections_gives_no_line(store):
    assert to_rows(store.corrections(), store.unjudged()) == []


def test_a_file_that_cannot_be_written_is_named_in_one_line(corrected, tmp_path):
    done = run("--db", corrected[0].path, "corrections", "export", "-o", tmp_path / "none" / "c.jsonl")
    assert done.returncode == 2
    assert "c.jsonl" in one_line(done)


# --- into training ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ['{"id": "a"}', "7", "{"])
def test_train_names_the_line_that_is_wrong(tmp_path, line):
    (tmp_path / "c.jsonl").write_text(f"{line}\n")
    done = run("train", "--with-corrections", tmp_path / "c.jsonl")
    assert done.returncode == 1
    assert "c.jsonl:1" in one_line(done)


@pytest.mark.parametrize("unsure", [[["RUS", "USA"]], [7], "RUS", [["RUS", "USA", 1]]])
def test_unsure_must_hold_triples(unsure):
    (row,) = to_rows([word("right")])
    assert problems(row | {"unsure": unsure})


def test_the_checksum_says_that_there_were_corrections():
    rows = to_rows([word("right")])
    assert checksum() == checksum(extra=[])
    assert len({checksum(), checksum(extra=rows), checksum(extra=to_rows([word("wrong")]))}) == 3


@pytest.fixture
def train_run(monkeypatch):
    """`classifiers.train_run` without torch: what it hands to training is kept in `given`."""
    given: list[Any] = []

    def train(examples: Any, plan: Any, say: Any, start: Any) -> None:
        given.extend(examples)

    parts = {"train": train, "save": lambda *_: None, "Plan": SimpleNamespace, "Say": Any}
    monkeypatch.setitem(sys.modules, "classifiers.train", SimpleNamespace(**parts))
    monkeypatch.delitem(sys.modules, "classifiers.train_run", raising=False)
    module = importlib.import_module("classifiers.train_run")
    yield module, given
    sys.modules.pop("classifiers.train_run", None)


def test_corrections_are_learned_from_and_never_held_out(train_run, monkeypatch, tmp_path):
    module, given = train_run
    shipped = [{"id": f"p{i}", "lang": "en", "text": "Rain.", "frames": []} for i in range(40)]
    extra = [row | {"id": f"correction-{i}"} for i in range(40) for row in to_rows([word("right")])]
    assert any(module.is_held_out(row["id"]) for row in extra)
    held: list[Any] = []
    judged = Triple(sentence=0, blamer="RUS", target="USA", stance="blames", score=0.9)
    monkeypatch.setattr(module, "load_rows", lambda: shipped)
    monkeypatch.setattr(module, "BlameReader", lambda **_: None)
    monkeypatch.setattr(
        module,
        "judge_examples",
        lambda _, examples: (held.extend(examples), [([judged], {("RUS", "USA", "blames")})])[1],
    )
    about = module.make_weights(
        tmp_path, SimpleNamespace(layers=8, __slots__=("layers",)), lambda _: None, extra
    )
    assert {e.id for e in given} >= {row["id"] for row in extra}
    assert {e.id for e in held} == {row["id"] for row in shipped if module.is_held_out(row["id"])}
    assert (about["corrections"], about["data_sha256"]) == (40, checksum(extra=extra))
    plain = module.make_weights(tmp_path, SimpleNamespace(layers=8, __slots__=("layers",)), lambda _: None)
    assert (plain["corrections"], plain["data_sha256"]) == (0, checksum())
    assert plain["version"] != about["version"]


def test_lines_are_json_of_their_own(corrected):
    for line in run("--db", corrected[0].path, "corrections", "export").stdout.splitlines():
        assert problems(json.loads(line)) == []
