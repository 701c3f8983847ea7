"""`doctor`, `db backup|migrate`: is everything in its place."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.app import settings_of
from monitor.errors import ConfigError, FramewireError
from monitor.settings import Settings
from monitor.store import Store

db_app = typer.Typer(no_args_is_help=True, help="The database file.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(doctor)
    app.add_typer(db_app, name="db")


def doctor(context: typer.Context) -> None:
    """Check what Framewire stands on, and say what to do where something is missing."""
    settings = settings_of(context)
    checks = {
        "Python": _python,
        "SQLite": _sqlite,
        "feeds.yaml": lambda: _feeds(settings),
        "database": lambda: _database(settings),
        "encoder": _encoder,
        "frame reader": _reader,
    }
    failed = 0
    for name, check in checks.items():
        try:
            typer.echo(f"ok    {name}: {check()}")
        except FramewireError as error:
            failed += 1
            typer.echo(f"wrong {name}: {error}")
    raise typer.Exit(1 if failed else 0)


@db_app.command("backup")
def backup(
    context: typer.Context, path: Annotated[Path, typer.Argument(help="Where the copy goes.")]
) -> None:
    """A consistent copy of the database while the service runs."""
    if path.exists():
        raise ConfigError(str(path), "is there already", advice="Name a new file")
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        store.backup(path)
    typer.echo(str(path))


@db_app.command("migrate")
def migrate(context: typer.Context) -> None:
    """Bring the database to the newest form (every command that writes does so too)."""
    Store(settings_of(context).db).close()
    typer.echo(f"{settings_of(context).db} is up to date")


def _python() -> str:
    return sys.version.split()[0]


def _sqlite() -> str:
    return sqlite3.sqlite_version


def _feeds(settings: Settings) -> str:
    from monitor.config import load_feeds

    return f"{len(load_feeds(settings.feeds))} feeds in {settings.feeds}"


def _database(settings: Settings) -> str:
    with closing(Store(settings.db, read_only=True)) as store:
        counts = store.counts()
    return ", ".join(f"{count} {noun}" for noun, count in counts.items())


def _encoder() -> str:
    from classifiers.encoder import DEFAULT, cache_folder, open_encoder, verify

    open_encoder()
    path = cache_folder() / f"{DEFAULT}.onnx"
    if not verify(path):
        raise ConfigError(str(path), "is not the file that was built", advice="Delete it; it is rebuilt")
    return f"{DEFAULT} in {path}"


def _reader() -> str:
    from classifiers.blame import BlameReader

    reader = BlameReader()
    return f"{reader.name}, {reader.layers} layers"
