"""`analyse`, `cluster`, `extract`: texts in, results out, no database."""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from classifiers.actors import name_of
from monitor.cli.app import settings_of
from monitor.cli.show import writer
from monitor.dates import parse_date
from monitor.errors import ConfigError, ExtractError, FramewireError
from monitor.model import Frame, Reading, Text
from monitor.settings import Settings

if TYPE_CHECKING:
    from classifiers.blame import Reader

T = TypeVar("T")
#: Lines read, worked on and written together: few enough to stream.
_BATCH = 64
#: What a line may hold under each key.
_OPTIONAL = (str, type(None))
_KINDS: dict[str, tuple[type, ...]] = {
    "id": (str, int, float),
    "text": _OPTIONAL,
    "title": _OPTIONAL,
    "lang": _OPTIONAL,
    "date": (*_OPTIONAL, int),
    "outlet_state": _OPTIONAL,
}
_HALF = re.compile("[\ud800-\udfff]")
#: Bytes of a page that are read, unpacked.
_PAGE_BYTES = 50_000_000
#: Seconds that one page may take.
_PAGE_SECONDS = 20.0

Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write here instead of stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(analyse)
    app.command("cluster")(cluster_documents)
    app.command("extract")(extract_pages)


def analyse(
    files: Annotated[list[str] | None, typer.Argument(help="Text files, or - for stdin.")] = None,
    language: Annotated[
        str | None, typer.Option("--lang", help="The texts' language; found out by default.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="When they were written: decides who held office.")] = None,
    outlet_state: Annotated[str | None, typer.Option(help="The state their outlet speaks for.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Lines of {id, text, title?, lang?, date?, outlet_state?}.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of sentences.")] = False,
    output: Output = None,
) -> None:
    """Find who blames whom in texts."""
    from classifiers.blame import BlameReader

    reader = BlameReader(progress=lambda line: print(line, file=sys.stderr))
    names = files or ["-"]
    if jsonl:
        _analyse_lines(reader, names, output)
        return
    when = _when(date)
    texts = [
        Text(id=name, text=_read_text(name), language=language, date=when, outlet_state=outlet_state)
        for name in names
    ]
    readings = reader.read_many(texts)
    results = [_as_line(text.id, reading) for text, reading in zip(texts, readings, strict=True)]
    if as_json or output:
        with writer(output) as out:
            print(
                json.dumps(results[0] if len(results) == 1 else results, ensure_ascii=False, indent=2),
                file=out,
            )
        return
    for text, reading in zip(texts, readings, strict=True):
        _say(text.id, reading)


def _analyse_lines(reader: Reader, names: list[str], output: Path | None) -> None:
    with writer(output) as out:
        for batch in _batches(line for name in names for line in _text_lines(name)):
            for text, reading in zip(batch, reader.read_many(batch), strict=True):
                print(json.dumps(_as_line(text.id, reading), ensure_ascii=False), file=out)


def cluster_documents(
    file: Annotated[str, typer.Argument(help="Lines of {id, date?, title, text?, lang?}; - for stdin.")],
    output: Output = None,
) -> None:
    """Put documents into stories: one pass in the given order, no look-ahead."""
    from classifiers.encoder import open_encoder
    from classifiers.language import identify
    from monitor.cluster import Centres, Clusterer
    from monitor.embed import make_item, opening_of
    from monitor.stages import shipped_means

    encoder = open_encoder(progress=lambda line: print(line, file=sys.stderr))
    clusterer = Clusterer(Centres(shipped_means(encoder.name)))
    last = datetime(2000, 1, 1, tzinfo=UTC)
    with writer(output) as out:
        for batch in _batches(_json_lines(file)):
            openings = [opening_of(str(row.get("title") or ""), str(row.get("text") or "")) for row in batch]
            for row, opening, vector in zip(batch, openings, encoder.embed(openings), strict=True):
                # A document without a date is taken to be as old as the one before it.
                last = _when(row.get("date")) or last
                language = identify(opening, row.get("lang"))
                item = make_item(str(row["id"]), opening, language, last, vector)
                print(json.dumps({"id": row["id"], "story": clusterer.assign(item)}), file=out)


def extract_pages(
    context: typer.Context,
    pages: Annotated[list[Path] | None, typer.Argument(help="HTML files, .html or .html.gz.")] = None,
    output: Output = None,
    again: Annotated[
        bool, typer.Option("--again", help="Instead: pages kept in the database that an older version read.")
    ] = False,
    every: Annotated[bool, typer.Option("--every", help="With --again: all kept pages.")] = False,
) -> None:
    """Find the article in pages."""
    from monitor.executors import ProcessExecutor

    if again == bool(pages):
        raise typer.BadParameter("name pages, or use --again for the pages kept in the database")
    if again or not pages:
        _extract_kept(settings_of(context), every)
        return
    failed = 0
    # A worker of its own, because a page over which the HTML parser hangs costs the process.
    with writer(output) as out, ProcessExecutor(1) as worker:
        for page in pages:
            try:
                found = worker.submit(_extracted, page).result()
                print(json.dumps(found, ensure_ascii=False), file=out)
            except FramewireError as error:
                failed += 1
                print(f"framewire: {error if error.key else f'{page}: {error}'}", file=sys.stderr)
    raise typer.Exit(3 if failed and failed < len(pages) else 1 if failed else 0)


def _extract_kept(settings: Settings, every: bool) -> None:
    from monitor.again import extract_again
    from monitor.executors import ProcessExecutor
    from monitor.store import Store

    errors: list[FramewireError] = []
    with closing(Store(settings.db)) as store, ProcessExecutor(1) as worker:
        read, changed = extract_again(
            store, worker, settings.extract_seconds, every=every, failed=errors.append
        )
    for error in errors:
        print(f"framewire: {error}", file=sys.stderr)
    print(f"{read} pages read again, {changed} articles changed")
    raise typer.Exit((3 if read else 1) if errors else 0)


def _extracted(page: Path) -> dict[str, Any]:
    from classifiers.language import identify
    from monitor.decode import decode
    from monitor.extract import read_page
    from monitor.time_limit import time_limit

    try:
        with gzip.open(page) if page.suffix == ".gz" else page.open("rb") as file:
            body = file.read(_PAGE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ExtractError(str(page), f"cannot be read ({error})") from error
    if len(body) > _PAGE_BYTES:
        raise ExtractError(str(page), f"is larger than {_PAGE_BYTES:,} bytes")
    with time_limit(_PAGE_SECONDS, str(page)):
        found = read_page(decode(body))
    if not found.text and not found.title:
        raise ExtractError(str(page), "holds no article")
    return {
        "file": str(page),
        "title": found.title,
        "text": found.text,
        "date": found.published.date().isoformat() if found.published else None,
        "author": found.author,
        "lang": identify(f"{found.title}\n{found.text}", found.language),
        "url": found.url,
    }


def _as_line(id: str, reading: Reading) -> dict[str, Any]:
    return {"id": id, "lang": reading.language, "frames": [_as_dict(frame) for frame in reading.frames]}


def _as_dict(frame: Frame) -> dict[str, Any]:
    row = asdict(frame)
    row["in"] = row.pop("place")
    return row


def _say(name: str, reading: Reading) -> None:
    print(f"{name} ({reading.language}): {len(reading.frames)} blame frames")
    for frame in reading.frames:
        doubt = ", the text doubts it" if frame.caveat else ""
        verb = {"blames": "blames", "denies": "denies that blame lies with", "accepts": "accepts blame:"}[
            frame.stance
        ]
        print(
            f"  {name_of(frame.blamer)} {verb} {name_of(frame.target)} · {frame.kind} ({frame.score:.2f}{doubt})"
        )
        print(f"    “{frame.evidence}”")


def _text_lines(name: str) -> Iterator[Text]:
    for row in _json_lines(name):
        yield Text(
            id=str(row["id"]),
            text=str(row.get("text") or ""),
            title=str(row.get("title") or ""),
            language=row.get("lang"),
            date=_when(row.get("date")),
            outlet_state=row.get("outlet_state"),
        )


def _json_lines(name: str) -> Iterator[dict[str, Any]]:
    with _reader(name) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ConfigError(f"{name}:{number}", f"is no JSON ({error})") from error
            if not isinstance(row, dict) or "id" not in row:
                raise ConfigError(
                    f"{name}:{number}", "lacks an id", advice="A line is one JSON object with an id"
                )
            yield _checked(row, f"{name}:{number}")


def _checked(row: dict[str, Any], where: str) -> dict[str, Any]:
    """The row, if its values are of the kinds they must be; half surrogates, which no file takes, are replaced."""
    for key, kinds in _KINDS.items():
        value = row.get(key)
        if isinstance(value, bool) or not isinstance(value, kinds):
            shown = json.dumps(value)[:40]
            raise ConfigError(where, f"has {shown} for {key}", advice=f"Write {key} as a string")
        if isinstance(value, str):
            row[key] = _HALF.sub("\ufffd", value)
    try:
        _when(row.get("date"))
    except ConfigError as error:
        raise ConfigError(where, f"has {error.key!r} for date", advice=error.advice) from error
    return row


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _when(text: Any) -> datetime | None:
    if not text:
        return None
    found = parse_date(str(text))
    if found is None:
        raise ConfigError(str(text), "is no date", advice="Write one such as 2018-10-19")
    return found


def _read_text(name: str) -> str:
    from monitor.decode import decode, is_binary

    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ConfigError(name, f"cannot be read ({error.strerror})") from error
    if is_binary(body):
        raise ConfigError(name, "is no text", advice="Convert it to plain text first")
    return decode(body)


@contextmanager
def _reader(name: str) -> Iterator[IO[str]]:
    try:
        if name == "-":
            yield sys.stdin
            return
        with Path(name).open(encoding="utf-8-sig") as file:
            yield file
    except OSError as error:
        raise ConfigError(name, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        advice = "Lines of JSON are written in UTF-8"
        raise ConfigError(name, f"cannot be read ({error})", advice=advice) from error
