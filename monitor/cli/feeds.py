"""`feeds list|add|remove|resume|check|discover|import|export`: what is watched."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from classifiers.actors import actors
from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table, writer
from monitor.config import FeedsFile, load_feeds
from monitor.discover import FeedLink
from monitor.errors import ConfigError, NotFoundError, ParseError
from monitor.model import OUTLET_KINDS, Feed, FeedState
from monitor.opml import from_opml, to_opml
from monitor.settings import Settings
from monitor.store import Store
from monitor.urls import canonical_url

if TYPE_CHECKING:
    from monitor.ask import Asked

feeds_app = typer.Typer(no_args_is_help=True, help="What is watched: feeds.yaml and how its feeds are doing.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(feeds_app, name="feeds")


@feeds_app.command("list")
def list_feeds(context: typer.Context, as_json: AsJson = False) -> None:
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
    url: Annotated[str, typer.Argument(help="The feed's address, or that of a page that names it.")],
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
    file = _file(settings)
    found = _the_feed(url, settings) if check else FeedLink(url=url)
    feed = Feed(
        url=found.url, name=name or found.title or found.url, state=state, kind=kind, language=language
    )
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


@feeds_app.command("resume")
def resume_feed(
    context: typer.Context, url: Annotated[str, typer.Argument(help="The feed's address.")]
) -> None:
    """Ask a paused or failing feed again at the next crawl."""
    settings = settings_of(context)
    known = {canonical_url(feed.url): feed for feed in load_feeds(settings.feeds)}
    feed = known.get(canonical_url(url))
    if feed is None:
        advice = "`framewire feeds list` shows them"
        raise NotFoundError(url, f"is no feed of {settings.feeds}", advice=advice)
    with closing(Store(settings.db)) as store, store.write():
        store.resume_feed(feed.id)
    typer.echo(f"{feed.name} is asked at the next crawl")


@feeds_app.command("check")
def check_feeds(
    context: typer.Context,
    urls: Annotated[
        list[str] | None, typer.Argument(help="Addresses; all feeds of feeds.yaml by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask feeds once: status, redirects, robots.txt for their pages, last entry, mean interval. Nothing is kept."""
    from monitor.ask import ask_feeds

    settings = settings_of(context)
    asked = ask_feeds(urls or [feed.url for feed in load_feeds(settings.feeds)], settings)
    rows = [_checked(one) for one in asked]
    if as_json:
        echo_json(rows)
    else:
        shown = ("url", "status", "entries", "newest", "every", "pages", "note")
        echo_table(shown, [[_cell(row, name) for name in shown] for row in rows])
    failed = sum(not row["ok"] for row in rows)
    raise typer.Exit(3 if failed and failed < len(rows) else 1 if failed else 0)


@feeds_app.command("discover")
def discover_feeds(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A home page.")],
    as_json: AsJson = False,
) -> None:
    """The feeds that a page names, or that lie in the usual places of its site."""
    from monitor.ask import find_feeds

    links = find_feeds(url, settings_of(context))
    if as_json:
        echo_json(links)
    elif links:
        echo_table(("url", "title"), [(link.url, link.title) for link in links])
    if not links:
        typer.echo(f"{url} names no feed that can be read", err=True)
        raise typer.Exit(1)


@feeds_app.command("import")
def import_feeds(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(help="An OPML file of another reader.", exists=True, dir_okay=False)
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be added; write nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file; folders and categories become tags. Feeds that are there stay as they are."""
    settings = settings_of(context)
    file = _file(settings)
    found, wrong = from_opml(path.read_bytes(), str(path))
    known = {canonical_url(feed.url) for feed in file.feeds}
    new: dict[str, Feed] = {}
    for feed in found:
        new.setdefault(canonical_url(feed.url), feed)
    added = [feed for key, feed in new.items() if key not in known]
    if added and not dry_run:
        file.add(*added)
    for error in wrong:
        typer.echo(f"left out: {error}", err=True)
    word = "would be added" if dry_run else "added"
    typer.echo(
        f"{len(added)} feeds {word}, {len(found) - len(added)} were there already, {len(wrong)} left out"
    )
    raise typer.Exit(3 if wrong and found else 1 if wrong else 0)


@feeds_app.command("export")
def export_feeds(
    context: typer.Context,
    path: Annotated[Path | None, typer.Option("-o", "--out", help="Where to; stdout by default.")] = None,
) -> None:
    """Write the feeds of feeds.yaml as OPML; tags become folders and categories."""
    text = to_opml(load_feeds(settings_of(context).feeds))
    with writer(path) as out:
        out.write(text)


def _file(settings: Settings) -> FeedsFile:
    return FeedsFile(settings.feeds) if settings.feeds.exists() else FeedsFile.create(settings.feeds)


def _the_feed(url: str, settings: Settings) -> FeedLink:
    """The one feed behind an address; where a page names several, the choice is the user's."""
    from monitor.ask import find_feeds

    links = find_feeds(url, settings)
    if not links:
        advice = "Open it in a browser: does the site have a feed at all?"
        raise ParseError(url, "is no feed, and names none that can be read", advice=advice)
    if len(links) > 1:
        listed = ", ".join(link.url for link in links)
        raise ConfigError(url, f"names {len(links)} feeds", advice=f"Add one of {listed}")
    return links[0]


def _checked(asked: Asked) -> dict[str, Any]:
    """One row of `feeds check`."""
    fetched = asked.parsed.fetched if asked.parsed else None
    error = asked.error
    return {
        "url": asked.url,
        "ok": error is None,
        "status": fetched.status if fetched else getattr(error, "status", None),
        "redirects": fetched.redirects if fetched else (),
        "moved_to": fetched.moved_to if fetched else None,
        "entries": len(asked.parsed.entries) if asked.parsed else 0,
        "newest": asked.newest,
        "mean_interval": asked.mean_interval,
        "pages": asked.pages,
        "error": type(error).__name__ if error else None,
        "note": error.message if error else asked.parsed.warning if asked.parsed else None,
    }


def _cell(row: dict[str, Any], name: str) -> object:
    if name == "every":
        seconds = row["mean_interval"]
        return "-" if seconds is None else f"{seconds / 3600:.1f} h"
    if name == "note" and row["redirects"]:
        kind = "moved for good to" if row["moved_to"] == row["redirects"][-1] else "leads to"
        return f"{kind} {row['redirects'][-1]}. {row['note'] or ''}".strip()
    return "-" if row[name] is None else row[name]


def _health(state: FeedState | None) -> str:
    if state is None or state.last_checked is None:
        return "not asked yet"
    if state.paused:
        return f"paused: {state.last_error or 'by hand'}"
    if state.failures:
        return f"failing: {state.last_error}"
    return f"well, asked {state.last_checked:%Y-%m-%d %H:%M}"
