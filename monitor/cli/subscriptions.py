"""`subscriptions add|list|remove|pause|resume`: who gets the digest."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import asdict, replace
from typing import Annotated

import typer

from classifiers.actors import actors
from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table
from monitor.clock import utc_now
from monitor.errors import ConfigError, NotFoundError
from monitor.store import Store
from monitor.subscription import (
    QUERY_FIELDS,
    Query,
    Subscription,
    checked_address,
    checked_query,
    checked_schedule,
)

subscriptions_app = typer.Typer(
    no_args_is_help=True, help="Who gets the digest by mail, when, and about what."
)

Key = Annotated[str, typer.Argument(help="The subscription's id, its token, or the reader's address.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(subscriptions_app, name="subscriptions")


@subscriptions_app.command("add")
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The reader's mail address.")],
    zone: Annotated[str, typer.Option(help="The reader's time zone, such as Europe/Berlin.")] = "UTC",
    at: Annotated[str, typer.Option(help="When the mail comes, by the reader's clock.")] = "07:00",
    days: Annotated[str, typer.Option(help="daily, weekdays or weekly.")] = "daily",
    weekday: Annotated[int, typer.Option(help="For weekly: 0 is Monday.", min=0, max=6)] = 0,
    language: Annotated[str, typer.Option(help="Titles in this language come first.")] = "en",
    actor: Annotated[list[str] | None, typer.Option(help="Only stories in which it blames.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Only stories in which it is blamed.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of blame.")] = None,
    told_in: Annotated[list[str] | None, typer.Option(help="Only stories told in this language.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only stories its outlets told.")] = None,
    word: Annotated[list[str] | None, typer.Option(help="Only stories with this word.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Plain text alone, no HTML.")] = False,
    feeds: Annotated[bool, typer.Option("--feeds", help="Name broken and silent feeds.")] = False,
    skip_empty: Annotated[
        bool, typer.Option("--skip-empty", help="No mail on a day without stories.")
    ] = False,
) -> None:
    """Add a reader. What an option says twice or more means any of them; the mail comes from the next due time on."""
    now = utc_now()
    query = Query(
        actors=tuple(actor or ()),
        targets=tuple(target or ()),
        kinds=tuple(kind or ()),
        languages=tuple(told_in or ()),
        states=tuple(state or ()),
        words=tuple(word or ()),
    )
    added = Subscription(
        id=secrets.token_hex(8),
        address=checked_address(address),
        language=checked_query(Query(languages=(language,)), frozenset()).languages[0],
        schedule=checked_schedule(zone, at, days, weekday),
        query=checked_query(query, frozenset(actors())),
        form="text" if text else "both",
        feeds=feeds,
        empty=not skip_empty,
        created=now,
        since=now,
    )
    with closing(Store(settings_of(context).db)) as store, store.write():
        store.save_subscription(added)
    typer.echo(f"{added.id}: {added.address} gets the digest {schedule_words(added)}")


@subscriptions_app.command("list")
def list_subscriptions(context: typer.Context, as_json: AsJson = False) -> None:
    """The subscriptions, and what became of each one's last digest."""
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        found, last = store.subscriptions(), store.last_deliveries()
    if as_json:
        echo_json([_shown(one) | {"last": last.get(one.id)} for one in found])
        return
    rows = []
    for one in found:
        delivery = last.get(one.id)
        came = f"{delivery.day} {delivery.state} {delivery.error}".strip() if delivery else "-"
        state = f"{one.state}: {one.reason}" if one.reason else one.state
        rows.append((one.id, one.address, schedule_words(one), query_words(one.query), state, came))
    echo_table(("id", "address", "when", "about", "state", "last digest"), rows)


@subscriptions_app.command("remove")
def remove(context: typer.Context, key: Key) -> None:
    """Forget a subscription, and all of an address's if that is given."""
    with closing(Store(settings_of(context).db)) as store, store.write():
        found = _named(store, key)
        for one in found:
            store.remove_subscription(one.id)
    typer.echo(f"{found[0].address} gets no digest any more ({len(found)} removed)")


@subscriptions_app.command("pause")
def pause(context: typer.Context, key: Key) -> None:
    """Stop the mails of a subscription for now."""
    with closing(Store(settings_of(context).db)) as store, store.write():
        for one in _named(store, key):
            store.save_subscription(replace(one, state="paused", reason="by the operator"))
            typer.echo(f"{one.id}: {one.address} is paused")


@subscriptions_app.command("resume")
def resume(context: typer.Context, key: Key) -> None:
    """Send again, from the next due time on. A reader who never said yes must do so first."""
    with closing(Store(settings_of(context).db)) as store, store.write():
        for one in _named(store, key):
            if one.state == "pending":
                raise ConfigError(one.address, "has not confirmed", advice="The link is in the mail it got")
            store.save_subscription(replace(one, state="active", reason="", since=utc_now()))
            typer.echo(f"{one.id}: {one.address} gets the digest {schedule_words(one)}")


def schedule_words(one: Subscription) -> str:
    """`daily at 07:00 Europe/Berlin`."""
    plan = one.schedule
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    rhythm = {"daily": "daily", "weekdays": "on weekdays", "weekly": f"every {names[plan.weekday]}"}[
        plan.days
    ]
    return f"{rhythm} at {plan.hour:02}:{plan.minute:02} {plan.zone}"


def query_words(query: Query) -> str:
    """`actors RUS, words dam`, or `everything`."""
    parts = [f"{name} {' '.join(getattr(query, name))}" for name in QUERY_FIELDS if getattr(query, name)]
    return ", ".join(parts) or "everything"


def _named(store: Store, key: str) -> list[Subscription]:
    found = store.subscriptions(address=key) if "@" in key else [store.subscription(key)]
    if not found:
        raise NotFoundError(key, "has no subscription", advice="`framewire subscriptions list` shows them")
    return found


def _shown(one: Subscription) -> dict[str, object]:
    """Without the token: who has it can end the subscription."""
    return {name: value for name, value in asdict(one).items() if name != "token"}
