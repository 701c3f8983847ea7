"""`users list|add|remove`: who may write in the browser."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from monitor.cli.app import settings_of
from monitor.cli.show import AsJson, echo_json, echo_table
from monitor.clock import utc_now
from monitor.passwords import check_name, hash_secret
from monitor.store import Store

users_app = typer.Typer(no_args_is_help=True, help="Who may write in the browser.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(users_app, name="users")


@users_app.command("list")
def list_users(context: typer.Context, as_json: AsJson = False) -> None:
    """The users, and since when."""
    with closing(Store(settings_of(context).db, read_only=True)) as store:
        users = store.users()
    if as_json:
        echo_json([{"name": name, "since": since} for name, since in users])
    else:
        echo_table(("name", "since"), users)


@users_app.command("add")
def add_user(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            confirmation_prompt=True,
            hide_input=True,
            envvar="FRAMEWIRE_PASSWORD",
            help="Asked for; or in FRAMEWIRE_PASSWORD, so that it stands in no list of processes.",
        ),
    ],
) -> None:
    """Give somebody a sign-in, or another password; from then on writing in the browser needs one."""
    settings = settings_of(context)
    check_name(name)
    secret = hash_secret(password)
    with closing(Store(settings.db)) as store, store.write():
        store.save_user(name, secret, utc_now())
    typer.echo(f"{name} may sign in at /sign-in and write")


@users_app.command("remove")
def remove_user(
    context: typer.Context, name: Annotated[str, typer.Argument(help="The user's name.")]
) -> None:
    """Take a sign-in away, and end its sessions."""
    with closing(Store(settings_of(context).db)) as store, store.write():
        store.remove_user(name)
    typer.echo(f"{name} may no longer sign in")
