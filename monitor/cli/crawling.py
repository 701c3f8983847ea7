"""`crawl`, `run`, `serve`, `demo`: the service at work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.app import settings_of
from monitor.cli.show import progress
from monitor.config import load_feeds
from monitor.pipeline import Tally
from monitor.wiring import open_service


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(crawl)
    app.command()(run)
    app.command()(serve)
    app.command()(demo)


def crawl(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Counts as one JSON object.")] = False,
) -> None:
    """One pass over the feeds that are due: fetch, extract, embed, cluster, read for blame."""
    settings = settings_of(context)
    feeds = load_feeds(settings.feeds)
    with open_service(settings) as service:
        service.store.sync_feeds(feeds)
        with progress() as report:
            tallies = service.crawl(report)
        counts = service.store.counts()
    if as_json:
        print(
            json.dumps(
                {"done": {n: t.done for n, t in tallies.items()}, "failed": _failed(tallies), "store": counts}
            )
        )
    else:
        _say(tallies, counts)
    raise typer.Exit(3 if any(t.failed for t in tallies.values()) else 0)


def run(
    context: typer.Context,
    web: Annotated[bool, typer.Option("--web", help="Serve the pages too.")] = False,
    host: Annotated[str, typer.Option(help="Address for --web.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port for --web.", min=1, max=65535)] = 8321,
) -> None:
    """The service: crawls what is due, again and again, until it is stopped."""
    from monitor.schedule import run_forever

    run_forever(settings_of(context), (host, port) if web else None)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8321,
) -> None:
    """The pages and the API over the database."""
    import uvicorn

    from reports.web.app import create_app

    settings = settings_of(context)
    typer.echo(f"Framewire serves {settings.db} at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
    uvicorn.run(create_app(settings.db, mail=settings.mails), host=host, port=port, log_level="warning")


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="Where database and digest go.")] = Path("demo"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the summary.")] = False,
) -> None:
    """The sample world, end to end: crawl over loopback HTTP, stories, blame frames, digest."""
    from monitor.demo import run_demo
    from monitor.demo_summary import summary_lines

    with progress() as report:
        result = run_demo(settings_of(context), folder, report)
    if as_json:
        print(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
        return
    for line in summary_lines(result):
        typer.echo(line)


def _failed(tallies: dict[str, Tally]) -> dict[str, int]:
    return {name: tally.failed for name, tally in tallies.items()}


def _say(tallies: dict[str, Tally], counts: dict[str, int]) -> None:
    for name, tally in tallies.items():
        for key, error in tally.errors[:20]:
            text = str(error)
            typer.echo(f"{name}: {text if key in text else f'{key}: {text}'}", err=True)
    typer.echo(", ".join(f"{count} {noun}" for noun, count in counts.items()))
