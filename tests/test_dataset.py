"""The labelled passages: enough, whole, spread over languages; and the changes training makes to them."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from classifiers.actors import LANGUAGES
from classifiers.dataset import example_of, join, load_rows, problems, surfaces, swap_actors
from monitor.errors import ClassifierError


@pytest.fixture(scope="module")
def rows():
    return load_rows()


@pytest.fixture(scope="module")
def examples(rows):
    return [example_of(row) for row in rows if row["lang"] in ("en", "ru", "ar")][::4]


def test_there_are_enough_in_every_language(rows):
    count = Counter(row["lang"] for row in rows)
    assert set(count) == set(LANGUAGES)
    assert min(count.values()) >= 80
    assert len(rows) >= 2800
    assert len({row["id"] for row in rows}) == len(rows)


def test_about_half_have_no_frame(rows):
    assert 0.45 < sum(not row["frames"] for row in rows) / len(rows) < 0.6


def test_every_stance_and_kind_is_there(rows):
    frames = [frame for row in rows for frame in row["frames"]]
    assert min(Counter(f["stance"] for f in frames).values()) >= 100
    assert len(Counter(f["kind"] for f in frames)) == 12


def test_labelled_actors_are_recognised(rows):
    """Both actors of nearly every labelled frame are found, so that the reader can find it at all."""
    from classifiers.dataset import text_of
    from classifiers.document import analyse

    found = total = 0
    for row in rows[::5]:
        known = {m.actor for m in analyse(text_of(row), row["lang"]).mentions} | {
            "OUTLET",
            row["outlet_state"],
        }
        total += len(row["frames"])
        found += sum({f["blamer"], f["target"]} <= known for f in row["frames"])
    assert found / total >= 0.95


def test_a_broken_line_names_itself(tmp_path):
    (tmp_path / "x.jsonl").write_text(
        '{"id": "a", "lang": "en", "text": "x", "frames": [{"blamer": "XXX"}]}\n'
    )
    with pytest.raises(ClassifierError, match=r"x\.jsonl:1: .*unknown actor XXX"):
        load_rows([tmp_path / "x.jsonl"])
    for line in ("[]", "[" * 100_000, '{"id": "a", "lang": "en", "text": 5, "frames": []}'):
        (tmp_path / "x.jsonl").write_text(line)
        with pytest.raises(ClassifierError, match=r"x\.jsonl:1"):
            load_rows([tmp_path / "x.jsonl"])
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ClassifierError, match="cannot be read"):
        load_rows([tmp_path / "x.jsonl"])
    assert problems({"id": "a", "lang": "en", "text": "x", "frames": ["x"]})
    assert problems({"id": "a"}) == ["lacks lang", "lacks text", "lacks frames"]


def texts(example):
    full = example.analysis.full
    return [tuple(full[a:b] for a, b in filter(None, (f.evidence, f.cue, f.issue))) for f in example.frames]


def test_joined_passages_keep_their_frames(examples):
    left, right = [e for e in examples if e.frames and e.analysis.language == "en"][:2]
    both = join([left, right])
    assert texts(both) == texts(left) + texts(right)
    mentions = [both.analysis.full[m.start : m.end] for m in both.analysis.mentions]
    assert mentions == [e.analysis.full[m.start : m.end] for e in (left, right) for m in e.analysis.mentions]


def test_swapped_actors_move_with_their_words(examples):
    inventory = surfaces(examples)
    rng = random.Random(3)
    changed = 0
    for example in examples:
        new = swap_actors(example, inventory, 0.5, rng)
        changed += new.analysis.full != example.analysis.full
        ends = [s.end for s in new.analysis.sentences]
        assert max(ends, default=0) <= len(new.analysis.full)
        for frame in new.frames:
            a, b = frame.evidence
            assert any(s.start < b and s.end > a for s in new.analysis.sentences)
        known = {w for values in inventory.values() for _, w in values}
        assert {new.analysis.full[m.start : m.end] for m in new.analysis.mentions} <= known
    assert changed > len(examples) / 3


def test_no_chance_no_change(examples):
    rng = random.Random(3)
    assert swap_actors(examples[0], surfaces(examples), 0.0, rng).analysis.full == examples[0].analysis.full
