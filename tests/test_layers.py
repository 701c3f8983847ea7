"""The layers hold: import-linter's contracts, and what the README and the packages promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_contracts_are_kept():
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_readme_names_every_command():
    helped = subprocess.run(
        [sys.executable, "-m", "monitor", "--help"],
        capture_output=True,
        text=True,
        env={"NO_COLOR": "1", "COLUMNS": "120"},
    )
    commands = set(re.findall(r"^[│ ]+([a-z]+) {2,}", helped.stdout, re.MULTILINE))
    assert len(commands) > 10
    readme = (ROOT / "README.md").read_text()
    assert {name for name in commands if not re.search(rf"\b{name}\b", readme)} == set()


def test_the_sql_is_in_the_store_alone():
    statement = re.compile(r"[\"']\s*(?:select|insert|update|delete)\s+(?:\*|into|from|\w+)")
    found = [
        str(path.relative_to(ROOT))
        for package in ("monitor", "classifiers", "reports")
        for path in (ROOT / package).rglob("*.py")
        if "store" not in path.parts and statement.search(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("package", ["monitor", "classifiers", "reports"])
def test_files_stay_short(package):
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / package).rglob("*.py")
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
