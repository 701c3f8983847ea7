"""`story`, `actors`, `export`, `digest`: what was found."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifiers.actors import actors as known_actors
from classifiers.actors import name_of
from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table, say
from monitor.clock import utc_now
from monitor.errors import ConfigError, NotFoundError
from monitor.store import Store
from monitor.store.base import to_text

if TYPE_CHECKING:
    from monitor.editions import Ask


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (story, actors, export, digest):
        app.command()(command)


def _store(context: typer.Context) -> closing[Store]:
    return closing(Store(settings_of(context).db, read_only=True))


def story(
    context: typer.Context, id: Annotated[str, typer.Argument(help="Its id.")], as_json: AsJson = False
) -> None:
    """One story: who covered it, and who blames whom in it."""
    from reports.story_profile import profile
    from reports.story_report import report

    with _store(context) as store:
        found = store.story(id)
        coverage = store.coverage(found.id)
    about = profile(coverage)
    if as_json:
        articles = [asdict(row) for row in coverage]
        told = [asdict(one) | {"after": one.after.total_seconds()} for one in about.followers]
        echo_json(asdict(found) | {"profile": asdict(about) | {"followers": told}, "articles": articles})
        return
    say(found.title)
    say(f"about: {', '.join(one.name for one in about.actors) or '-'}")
    say(f"titles: {' · '.join(f'{one.language}: {one.title}' for one in about.titles)}")
    for gap in about.quiet:
        print(f"quiet: {gap.start:%m-%d %H:%M} to {gap.end:%m-%d %H:%M}")
    rows = [
        (f"{c.article.published:%m-%d %H:%M}", c.feed.state or "-", c.feed.name, c.article.title)
        for c in coverage
    ]
    echo_table(("time", "state", "outlet", "title"), rows)
    for line in report(found, coverage).lines:
        say(f"{line.text}\n    “{line.quote.frame.evidence}” ({line.quote.feed.name})")


def actors(context: typer.Context, as_json: AsJson = False) -> None:
    """The actors, and how often each blames and is blamed."""
    with _store(context) as store:
        frames = store.frames()
    blames = Counter(frame["blamer"] for frame in frames)
    blamed = Counter(frame["target"] for frame in frames)
    found = [
        {"id": id, "name": name_of(id), "kind": actor.kind, "blames": blames[id], "blamed": blamed[id]}
        for id, actor in sorted(
            known_actors().items(), key=lambda pair: (-blames[pair[0]] - blamed[pair[0]], pair[0])
        )
    ]
    if as_json:
        echo_json(found)
    else:
        echo_table(("id", "name", "kind", "blames", "blamed"), [tuple(row.values()) for row in found])


def export(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="frames or stories.")] = "frames",
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or plover.")] = "csv",
) -> None:
    """Everything found, for other tools."""
    from reports import export as exports

    with _store(context) as store:
        if what == "stories":
            rows = [
                asdict(row) | {"first": to_text(row.first), "last": to_text(row.last)}
                for row in store.stories(limit=-1)
            ]
        elif what == "frames":
            rows = store.frames()
        else:
            raise ConfigError(what, "cannot be exported", advice="Write frames or stories")
    if form == "jsonl":
        exports.write_jsonl(rows, sys.stdout)
    elif form == "csv":
        columns = tuple(rows[0]) if what == "stories" and rows else exports.COLUMNS
        exports.write_csv(rows, sys.stdout, columns)
    elif form == "plover" and what == "frames":
        exports.write_csv(exports.plover(rows), sys.stdout, exports.PLOVER_COLUMNS)
    else:
        raise ConfigError(form, f"is no format for {what}", advice="Write csv or jsonl (frames: plover too)")


def digest(
    context: typer.Context,
    day: Annotated[
        str | None, typer.Option("--date", help="The day, such as 2026-10-05; today by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for .eml, .html and .txt.")] = None,
    subscription: Annotated[
        str | None, typer.Option(help="As this subscription's reader gets it (id or address).")
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send what is due to the subscribers, or one mail with --to.")
    ] = False,
    to: Annotated[str | None, typer.Option(help="With --send: to this address alone.")] = None,
) -> None:
    """The digest of one day, as a mail and as pages; with --send, by mail."""
    if send and to is None:
        if day or out or subscription:
            advice = "Name a reader with --to, or leave out --date, --out and --subscription"
            raise ConfigError("--send", "sends what is due, as it is", advice=advice)
        _send_due(context)
        return
    from monitor.editions import Editions
    from reports.message import to_message, write

    settings, chosen = settings_of(context), _day(day)
    with _store(context) as store:
        ask = _ask(store, chosen, subscription)
        found, _ = Editions(store, settings.base_url).digest(ask)
    if send and to is not None:
        from monitor.posting import send_now
        from monitor.subscription import checked_address

        send_now(to_message(found, settings.mail_from, checked_address(to)), settings)
        typer.echo(f"{to}: {found.subject}")
    if out is not None or not send:
        typer.echo(str(write(found, out or Path(), settings.mail_from)))


def _day(text: str | None) -> date:
    try:
        chosen = date.fromisoformat(text) if text else utc_now().date()
        datetime.combine(chosen, time(), UTC) + timedelta(days=40)
        datetime.combine(chosen, time(), UTC) - timedelta(days=40)
    except (ValueError, OverflowError) as error:
        raise ConfigError(str(text), "is no day", advice="Write one such as 2026-10-05") from error
    return chosen


def _ask(store: Store, day: date, key: str | None) -> Ask:
    """What the digest is to tell: everything of a day in UTC, or what a subscriber asked for."""
    from monitor.due import due_moment
    from monitor.editions import ask_of, ask_of_day

    if key is None:
        return ask_of_day(day)
    found = store.subscriptions(address=key) if "@" in key else [store.subscription(key)]
    if not found:
        raise NotFoundError(key, "has no subscription", advice="`framewire subscriptions list` shows them")
    if due_moment(found[0].schedule, day) is None:
        raise ConfigError(day.isoformat(), f"is no day on which {found[0].address} gets a digest")
    return replace(ask_of(found[0], day), leave=False)


def _send_due(context: typer.Context) -> None:
    from monitor.posting import Post

    with closing(Store(settings_of(context).db)) as store:
        posted = Post(store, settings_of(context)).run()
    typer.echo(", ".join(f"{number} {what}" for what, number in asdict(posted).items()))
    raise typer.Exit(3 if posted.refused or posted.lost or posted.waiting else 0)
