"""The clauses that teach the kinds of responsibility."""

from __future__ import annotations

from collections import Counter

import pytest

from classifiers.actors import LANGUAGES
from classifiers.clauses import clause_files, load_clauses
from monitor.errors import ClassifierError
from monitor.model import FRAME_KINDS


def test_every_language_has_clauses_of_every_kind():
    assert {path.stem for path in clause_files()} == set(LANGUAGES)
    for path in clause_files():
        counts = Counter(kind for kind, _ in load_clauses([path]))
        assert set(counts) == set(FRAME_KINDS), path.name
        assert min(counts.values()) >= 10, path.name


def test_no_clause_stands_twice():
    clauses = [clause for _, clause in load_clauses()]
    assert not [clause for clause, count in Counter(clauses).items() if count > 1]


@pytest.mark.parametrize(
    "line", ["aggresion\tcrossed the border", "aggression", "aggression\t ", "other\ta\tb"]
)
def test_a_wrong_line_is_named(tmp_path, line):
    (tmp_path / "en.tsv").write_text(f"other\ta matter of taste\n{line}\n")
    with pytest.raises(ClassifierError, match=r"en\.tsv:2"):
        load_clauses([tmp_path / "en.tsv"])
