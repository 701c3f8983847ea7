"""How commands show things: JSON, tables, and progress that is a bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from monitor.errors import ConfigError
from monitor.pipeline import Progress as Report
from reports.words import printable

#: The option of every command that lists something.
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
#: What a stage does, for people.
_LABELS = {
    "feeds": "Asking feeds",
    "pages": "Fetching pages",
    "copies": "Comparing texts",
    "vectors": "Embedding articles",
    "stories": "Grouping stories",
    "readings": "Reading for blame",
}


def echo_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def echo_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; nothing in it is taken for markup, or for a command to the terminal."""
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    Console().print(table)


def say(text: str) -> None:
    """Lines on stdout that may hold an outlet's words; nothing in them is a command to the terminal."""
    print(printable(text))


@contextmanager
def writer(path: Path | None) -> Iterator[IO[str]]:
    """The file to write to, or stdout where none is named."""
    if path is None:
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(path), f"cannot be written ({error.strerror})") from error
    with file:
        yield file


@contextmanager
def progress() -> Iterator[Report]:
    """A callback for stages: bars on a terminal, a line now and then elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, seen: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_LABELS.get(stage, stage), total=seen)
            bars.update(tasks[stage], completed=done, total=seen)

        yield report


def _lines() -> Report:
    said: dict[str, int] = {}

    def report(stage: str, done: int, seen: int) -> None:
        step = max(1, seen // 4)
        if done == seen or done - said.get(stage, 0) >= step:
            said[stage] = done
            print(f"{_LABELS.get(stage, stage)}: {done} of {seen}", file=sys.stderr)

    return report
