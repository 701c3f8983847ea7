"""`feeds list|add|remove|check`: what is watched."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from classifiers.actors import actors
from monitor.cli.app import settings_of
from monitor.cli.show import echo_json, echo_table
from monitor.config import FeedsFile, load_feeds
from monitor.decide import Parsed
from monitor.errors import ConfigError, FramewireError
from monitor.model import OUTLET_KINDS, Feed, FeedState
from monitor.store import Store

feeds_app = typer.Typer(no_args_is_help=True, help="What is watched: feeds.yaml and how its feeds are doing.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(feeds_app, name="feeds")


@feeds_app.command("list")
def list_feeds(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The feeds of feeds.yaml with their health."""
    settings = settings_of(context)
    feeds = load_feeds(settings.feeds)
    states: dict[str, FeedState] = {}
    if settings.db.exists():
        with closing(Store(settings.db, read_only=True)) as store:
            states = store.feed_states()
    if as_json:
        empty = FeedState(feed="")
        echo_json([asdict(feed) | {"health": states.get(feed.id, empty)} for feed in feeds])
        return
    rows = [
        (
            feed.name,
            feed.state or "-",
            feed.kind,
            feed.language or "-",
            _health(states.get(feed.id)),
            feed.url,
        )
        for feed in feeds
    ]
    echo_table(("name", "state", "kind", "language", "health", "url"), rows)


@feeds_app.command("add")
def add_feed(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The feed's address.")],
    name: Annotated[str | None, typer.Option(help="The outlet's name; the feed's title by default.")] = None,
    state: Annotated[str | None, typer.Option(help="The state it speaks for, such as RUS.")] = None,
    kind: Annotated[
        str, typer.Option(help="state_media, government, public, independent, exile or agency.")
    ] = "independent",
    language: Annotated[str | None, typer.Option(help="Its language, such as ru.")] = None,
    check: Annotated[bool, typer.Option(help="Ask the feed once before it is added.")] = True,
) -> None:
    """Add a feed to feeds.yaml (made if it is not there)."""
    settings = settings_of(context)
    if kind not in OUTLET_KINDS:
        raise ConfigError(kind, "is no kind of outlet", advice=f"Write one of {', '.join(OUTLET_KINDS)}")
    if state is not None and state not in actors():
        raise ConfigError(state, "is no state", advice="Write an ISO 3166-1 alpha-3 code such as RUS")
    title = _ask(context, url).title if check else ""
    file = FeedsFile(settings.feeds) if settings.feeds.exists() else FeedsFile.create(settings.feeds)
    feed = Feed(url=url, name=name or title or url, state=state, kind=kind, language=language)
    file.add(feed)
    typer.echo(f"{settings.feeds} now watches {feed.name} ({len(file.feeds)} feeds)")


@feeds_app.command("remove")
def remove_feed(
    context: typer.Context, url: Annotated[str, typer.Argument(help="The feed's address.")]
) -> None:
    """Take a feed out of feeds.yaml; what it brought stays in the store."""
    settings = settings_of(context)
    file = FeedsFile(settings.feeds)
    file.remove(url)
    typer.echo(f"{settings.feeds} no longer watches {url} ({len(file.feeds)} feeds)")


@feeds_app.command("check")
def check_feeds(
    context: typer.Context,
    urls: Annotated[
        list[str] | None, typer.Argument(help="Addresses; all feeds of feeds.yaml by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Ask feeds once and say what they answer; nothing is kept."""
    settings = settings_of(context)
    rows, failed = [], 0
    for url in urls or [feed.url for feed in load_feeds(settings.feeds)]:
        try:
            found = _ask(context, url)
            newest = max((e.published for e in found.entries if e.published), default=None)
            rows.append(
                {
                    "url": url,
                    "ok": True,
                    "entries": len(found.entries),
                    "newest": newest,
                    "note": found.warning,
                }
            )
        except FramewireError as error:
            failed += 1
            rows.append({"url": url, "ok": False, "entries": 0, "newest": None, "note": error.message})
    if as_json:
        echo_json(rows)
    else:
        echo_table(("url", "ok", "entries", "newest", "note"), [tuple(row.values()) for row in rows])
    raise typer.Exit(3 if failed and failed < len(rows) else 1 if failed else 0)


def _ask(context: typer.Context, url: str) -> Parsed:
    from monitor.ask import ask_feed

    return ask_feed(url, settings_of(context))


def _health(state: FeedState | None) -> str:
    if state is None or state.last_checked is None:
        return "not asked yet"
    if state.paused:
        return f"paused: {state.last_error or 'by hand'}"
    if state.failures:
        return f"failing: {state.last_error}"
    return f"well, asked {state.last_checked:%Y-%m-%d %H:%M}"
