"""`stories`, `stories merge|split|lock|changes`: what was found, and what an analyst makes of it."""

from __future__ import annotations

import getpass
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table, say
from monitor.clock import utc_now
from monitor.errors import NotFoundError
from monitor.store import Store

stories_app = typer.Typer(help="The stories, largest first; or merge, split and lock them by hand.")

By = Annotated[str | None, typer.Option(help="Who says so; your user name by default.")]
Note = Annotated[str, typer.Option(help="Why, for those who read the changes.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(stories_app, name="stories")


@stories_app.callback(invoke_without_command=True)
def stories(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=1_000_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The stories, largest first; or merge, split and lock them by hand."""
    if context.invoked_subcommand is not None:
        return
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        found = store.stories(limit=limit)
    if as_json:
        echo_json([asdict(row) for row in found])
    else:
        rows = [(row.id, row.size, f"{row.first:%Y-%m-%d %H:%M}", row.language, row.title) for row in found]
        echo_table(("story", "articles", "first", "language", "title"), rows)


@stories_app.command()
def merge(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story that stays.")],
    others: Annotated[list[str], typer.Argument(help="Those that become part of it; their ids lead to it.")],
    by: By = None,
    note: Note = "",
) -> None:
    """Make one story of several; the result is locked."""
    with _writable(context) as store, store.write():
        for other in others:
            found = store.merge_stories(story, other, by=_who(by), at=utc_now(), note=note, hand=True)
    say(f"{found.id}: {found.size} articles · {found.title}")


@stories_app.command()
def split(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story.")],
    articles: Annotated[list[str], typer.Argument(help="The articles that get a story of their own.")],
    by: By = None,
    note: Note = "",
) -> None:
    """Move articles of a story into a new one; both are locked."""
    with _writable(context) as store:
        found = store.split_story(story, articles, by=_who(by), at=utc_now(), note=note, hand=True)
    say(f"{found.id}: {found.size} articles · {found.title}")


@stories_app.command()
def lock(
    context: typer.Context,
    story: Annotated[str, typer.Argument(help="The story.")],
    off: Annotated[bool, typer.Option("--off", help="Let the machine change it again.")] = False,
    by: By = None,
    note: Note = "",
) -> None:
    """Keep the machine from merging or splitting a story; new articles still join it."""
    with _writable(context) as store:
        found = store.lock_story(story, by=_who(by), at=utc_now(), note=note, locked=not off)
    say(f"{found.id}: {'locked' if found.locked else 'not locked'} · {found.title}")


@stories_app.command()
def changes(
    context: typer.Context,
    story: Annotated[str | None, typer.Argument(help="Only this story's.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=1_000_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What was merged, split and locked, by whom, newest first."""
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        found = store.story_changes(story, limit)
    if as_json:
        echo_json([asdict(row) for row in found])
        return
    rows = [
        (f"{row.at:%Y-%m-%d %H:%M}", row.by, row.action, row.story, row.other, len(row.articles), row.note)
        for row in found
    ]
    echo_table(("time", "by", "what", "story", "other", "articles", "note"), rows)


@stories_app.command("thread")
def show_thread(
    context: typer.Context, story: Annotated[str, typer.Argument(help="The story.")], as_json: AsJson = False
) -> None:
    """The stories that an event of weeks left: what this one continues, and what continues it."""
    from monitor.grouping import sketches
    from monitor.stages import shipped_means
    from reports.thread import LONGEST_GAP, thread

    with closing(Store(settings_of(context).db, read_only=True)) as store:
        found = store.story(story)
        model = store.vector_model(found.id) or ""
        span = found.first - LONGEST_GAP, found.last + LONGEST_GAP
        links = thread(found.id, sketches(store, model, shipped_means(model), span))
    if as_json:
        echo_json([asdict(link) for link in links])
        return
    rows = [
        (
            link.story.id,
            f"{link.story.first:%Y-%m-%d}",
            link.story.size,
            f"{link.likeness:.2f}",
            link.story.title,
        )
        for link in links
    ]
    echo_table(("story", "first", "articles", "likeness", "title"), rows)


def _writable(context: typer.Context) -> closing[Store]:
    """The database that is there: a mistyped path makes no new one."""
    path = settings_of(context).db
    if not path.exists():
        raise NotFoundError(
            str(path), "is not there", advice="Run `framewire crawl` first, or give another --db"
        )
    return closing(Store(path))


def _who(by: str | None) -> str:
    try:
        return by or getpass.getuser()
    except (OSError, KeyError):
        return "analyst"
