"""Runs the benches whose data are there: `python -m tests.bench [NAME...]`, or `make bench`.

Each prints one table and writes `bench-results/NAME.json`. A bench is a module of this package with `NEEDS` (the
paths it reads) and `run() -> dict`, made by `result.result`.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import tests.bench
from monitor.cli.show import echo_table
from monitor.errors import FramewireError

RESULTS = Path(__file__).parents[2] / "bench-results"


def benches() -> dict[str, ModuleType]:
    """Every bench by name; helpers and training scripts have no `NEEDS`."""
    names = [info.name for info in iter_modules(tests.bench.__path__) if not info.name.startswith("_")]
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "NEEDS")}


def main(names: Sequence[str], folder: Path = RESULTS) -> int:
    """Run the named benches, or all; 0 all ran, 2 a name is unknown, 3 some were left out."""
    known = benches()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No bench is called {', '.join(unknown)}. There are: {', '.join(known)}", file=sys.stderr)
        return 2
    left_out: dict[str, str] = {}
    for name in names or known:
        reason = run_one(name, known[name], folder)
        if reason:
            left_out[name] = reason
    for name, reason in left_out.items():
        print(f"Left out: {name}, because {reason}")
    # Without the public data most benches cannot run: that is no failure unless they were asked for by name.
    return 3 if left_out and names else 0


def run_one(name: str, bench: ModuleType, folder: Path) -> str | None:
    """Run, print and write one bench; the reason where it cannot run."""
    missing = [str(path) for path in bench.NEEDS if not path.exists()]
    if missing:
        return f"{', '.join(missing)} is not there"
    try:
        found = bench.run()
    except FramewireError as error:
        return str(error)
    show(name, bench.__doc__ or "", found)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"bench": name, **machine(), **found}, ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return None


def show(name: str, doc: str, found: Mapping[str, Any]) -> None:
    """The bench's first line, its table, its notes."""
    print(f"\n{name}: {doc.strip().splitlines()[0]}\n")
    echo_table(found["columns"], found["rows"])
    for note in found["notes"]:
        print(f"- {note}")


def machine() -> dict[str, Any]:
    """What a number must be read beside: a busy machine is a slow one."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
