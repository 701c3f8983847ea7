"""The app: global options, the commands' registration, and how errors end a run."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from monitor import __version__
from monitor.errors import ConfigError, FramewireError, NotFoundError
from monitor.settings import Settings

app = typer.Typer(
    name="framewire",
    help="Watches news feeds, groups the coverage of one event, and shows who blames whom, for what, in whose words.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"framewire {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    db: Annotated[Path | None, typer.Option("--db", help="The database (FRAMEWIRE_DB).")] = None,
    feeds: Annotated[Path | None, typer.Option("--feeds", help="feeds.yaml (FRAMEWIRE_FEEDS).")] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")] = False,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    given = {name: value for name, value in (("db", db), ("feeds", feeds)) if value is not None}
    try:
        context.obj = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"FRAMEWIRE_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigError("settings", wrong) from error
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
    )


def settings_of(context: typer.Context) -> Settings:
    """The settings of this run."""
    settings = context.find_object(Settings)
    assert settings is not None
    return settings


def main() -> None:
    """Run; one clear line instead of a traceback for every error that is ours."""
    from monitor.cli import (
        alerts,
        corrections,
        crawling,
        databases,
        evaluating,
        feeds,
        reports,
        stories,
        subscriptions,
        texts,
        users,
    )

    for module in (
        crawling,
        feeds,
        stories,
        reports,
        subscriptions,
        alerts,
        texts,
        corrections,
        users,
        evaluating,
        databases,
    ):
        module.register(app)
    try:
        app(standalone_mode=True)
    except FramewireError as error:
        typer.echo(f"framewire: {_one_line(str(error))}", err=True)
        sys.exit(2 if isinstance(error, ConfigError | NotFoundError) else 1)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong. Point stdout elsewhere for the exit flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except UnicodeEncodeError as error:
        # An argument or a variable whose bytes are no UTF-8 has come to where only text goes.
        if not any("\udc80" <= sign <= "\udcff" for sign in error.object):
            raise
        typer.echo(f"framewire: {error.object[:80]!a} is no text: it is not UTF-8", err=True)
        sys.exit(2)
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(f"framewire: {error.filename}: cannot be used ({error.strerror})", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("framewire: stopped", err=True)
        sys.exit(130)


def _one_line(text: str) -> str:
    """What somebody else wrote may stand in an error: line ends and controls are shown, not acted on."""
    joiners = "\u200c\u200d"  # Persian and Hindi are written with them
    shown = (sign if sign.isprintable() or sign in joiners else ascii(sign)[1:-1] for sign in text)
    return "".join(shown)
