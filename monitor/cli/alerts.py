"""`alerts add|list|remove|events`: what is told at once."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from classifiers.actors import actors
from monitor.alert import TRIGGERS, Rule
from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table
from monitor.cli.subscriptions import query_words
from monitor.clock import utc_now
from monitor.errors import ConfigError
from monitor.store import Store
from monitor.subscription import Query, checked_address, checked_query
from monitor.urls import is_web_address
from reports.words import clean

alerts_app = typer.Typer(no_args_is_help=True, help="What is told at once, by mail or webhook.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(alerts_app, name="alerts")


@alerts_app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the mails call it.")],
    when: Annotated[str, typer.Option(help="outlets, target, states or silence.")],
    mail: Annotated[str | None, typer.Option(help="Tell this address.")] = None,
    webhook: Annotated[str | None, typer.Option(help="Tell this address by signed JSON.")] = None,
    threshold: Annotated[int, typer.Option(help="So many outlets or states.", min=1, max=10_000)] = 5,
    hours: Annotated[int, typer.Option(help="Within so many hours.", min=1, max=720)] = 24,
    quiet: Annotated[
        int, typer.Option(help="Hours without a word on the same subject.", min=0, max=8784)
    ] = 24,
    actor: Annotated[list[str] | None, typer.Option(help="Who blames.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Who is blamed.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Of what kind.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="In which language.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="By outlets of which state.")] = None,
    word: Annotated[
        list[str] | None, typer.Option(help="With which word; for silence, in the feed's name.")
    ] = None,
) -> None:
    """Add an alert: a story passes N outlets in H hours (outlets), an actor blames a new target (target),
    a target is blamed by N states in H hours (states), or a feed brings nothing for H hours (silence).
    """
    trigger = next((known for known in TRIGGERS if known == when), None)
    if trigger is None:
        raise ConfigError(when, "is nothing to watch for", advice=f"Write one of {', '.join(TRIGGERS)}")
    if mail is None and webhook is None:
        raise ConfigError(name, "would tell nobody", advice="Give --mail or --webhook")
    name = clean(name)
    if not name:
        raise ConfigError("NAME", "is empty", advice="Say what the mails call it")
    if webhook is not None and not (is_web_address(webhook) and webhook.isprintable() and " " not in webhook):
        raise ConfigError(webhook[:80], "is no http(s) address")
    query = Query(
        actors=tuple(actor or ()),
        targets=tuple(target or ()),
        kinds=tuple(kind or ()),
        languages=tuple(language or ()),
        states=tuple(state or ()),
        words=tuple(word or ()),
    )
    if trigger == "states" and not query.targets:
        raise ConfigError(name, "names no target", advice="Give --target")
    if trigger == "target" and not query.actors:
        raise ConfigError(name, "names no actor", advice="Give --actor")
    from monitor.webhooks import new_secret

    rule = Rule(
        id=secrets.token_hex(8),
        name=name,
        trigger=trigger,
        threshold=threshold,
        hours=hours,
        quiet_hours=quiet,
        query=checked_query(query, frozenset(actors())),
        address=checked_address(mail) if mail else None,
        webhook=webhook,
        secret=new_secret() if webhook else None,
        created=utc_now(),
    )
    with closing(Store(settings_of(context).db)) as store, store.write():
        store.save_rule(rule)
    typer.echo(f"{rule.id}: {name}")
    if rule.secret:
        typer.echo(f"The receiver checks signatures with {rule.secret} (it is not shown again)")


@alerts_app.command("list")
def list_alerts(context: typer.Context, as_json: AsJson = False) -> None:
    """The alerts."""
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        rules = store.rules()
    if as_json:
        echo_json(
            [{name: value for name, value in asdict(rule).items() if name != "secret"} for rule in rules]
        )
        return
    rows = [
        (
            rule.id,
            rule.name,
            f"{rule.trigger} ≥ {rule.threshold} in {rule.hours} h",
            query_words(rule.query),
            ", ".join(filter(None, (rule.address, rule.webhook))),
        )
        for rule in rules
    ]
    echo_table(("id", "name", "when", "about", "tells"), rows)


@alerts_app.command("remove")
def remove(context: typer.Context, id: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Forget an alert and what it found."""
    with closing(Store(settings_of(context).db)) as store, store.write():
        rule = store.rule(id)
        store.remove_rule(rule.id)
    typer.echo(f"{rule.name} is removed")


@alerts_app.command("events")
def events(context: typer.Context, as_json: AsJson = False) -> None:
    """What the alerts found, and what became of telling it."""
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        found = [(event, store.sendings(event.id)) for event in store.events()]
    if as_json:
        echo_json([asdict(event) | {"id": event.id, "sendings": told} for event, told in found])
        return
    rows = [
        (
            f"{event.at:%Y-%m-%d %H:%M}",
            event.title,
            ", ".join(f"{one.channel} {one.state} {one.error}".strip() for one in told),
        )
        for event, told in found
    ]
    echo_table(("at", "what", "told"), rows)
