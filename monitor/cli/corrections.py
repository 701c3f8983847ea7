"""`corrections export`: what analysts said of frames, to train on."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.app import settings_of
from monitor.cli.show import writer
from monitor.store import Store

corrections_app = typer.Typer(no_args_is_help=True, help="What analysts said of frames.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(corrections_app, name="corrections")


@corrections_app.command("export")
def export(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of stdout.")
    ] = None,
) -> None:
    """Corrected articles as labelled lines, for `train --with-corrections`."""
    from classifiers.corrections import to_rows

    with closing(Store(settings_of(context).db, read_only=True)) as store:
        rows = to_rows(store.corrections(), store.unjudged())
    with writer(output) as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if output is not None:
        typer.echo(f"{len(rows)} articles", err=True)
