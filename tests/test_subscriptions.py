"""Subscriptions: what may stand in one, how they are kept, and the command line over them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from classifiers.actors import actors
from monitor.cli import app as cli
from monitor.cli import subscriptions as commands
from monitor.errors import ConfigError, NotFoundError
from monitor.store import Store
from monitor.subscription import (
    Delivery,
    Query,
    Schedule,
    checked_address,
    checked_query,
    checked_schedule,
)
from tests.fakes import NOON, subscription

FULL = Query(
    actors=("RUS",),
    targets=("USA", "UKR"),
    kinds=("aggression",),
    languages=("ru",),
    states=("FRA",),
    words=("дамба",),
)


@pytest.mark.parametrize(
    "text",
    ["", "nobody", "a@", "@b.example", "a@b@c.example", "A <a@b.example>", "a b@c.example", "a@b .example",
     "a@b.example\r\nBcc: x@y.example", "a@b.example, c@d.example", "a@b..example", "a\u202e@b.example", "a" * 300 + "@b.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ConfigError):
        checked_address(text)


@pytest.mark.parametrize("text", ["a@b.example", " a.b+news@mail.b.example ", "o'neill@localhost"])
def test_an_address_stays_as_it_is(text):
    assert checked_address(text) == text.strip()


def test_a_schedule_is_read_from_words():
    assert checked_schedule("Asia/Tokyo", "7", "weekly", 3) == Schedule(
        zone="Asia/Tokyo", hour=7, days="weekly", weekday=3
    )
    assert checked_schedule("UTC", "23:05", "daily").minute == 5


@pytest.mark.parametrize(
    ("zone", "at", "days"),
    [("Mars/Base", "7", "daily"), ("../etc/passwd", "7", "daily"), ("UTC", "24", "daily"), ("UTC", "7:60", "daily"),
     ("UTC", "", "daily"), ("UTC", "7", "hourly")],
)  # fmt: skip
def test_a_schedule_that_cannot_be_is_refused(zone, at, days):
    with pytest.raises(ConfigError):
        checked_schedule(zone, at, days)


def test_a_query_takes_ids_in_any_case_and_refuses_unknown_ones():
    known = frozenset(actors())
    assert checked_query(
        Query(actors=("rus",), kinds=("Atrocity",), words=("  a   b ", " ")), known
    ) == Query(actors=("RUS",), kinds=("atrocity",), words=("a b",))
    for wrong in (
        Query(actors=("NOBODY",)),
        Query(targets=("",)),
        Query(kinds=("rudeness",)),
        Query(languages=("<b>",)),
        Query(words=("x" * 500,)),
    ):
        with pytest.raises(ConfigError):
            checked_query(wrong, known)


def test_a_subscription_comes_back_as_it_was_kept(store):
    kept = subscription(
        query=FULL, form="text", feeds=True, empty=False, state="pending", asked=NOON,
        schedule=Schedule(zone="Asia/Beirut", hour=0, minute=30, days="weekly", weekday=6),
    )  # fmt: skip
    store.save_subscription(kept)
    assert store.subscription(kept.id) == store.subscription(kept.token) == kept
    assert store.subscriptions(address="READER1@reader.example") == [kept]
    assert store.subscriptions(state="active") == []


def test_one_that_is_not_there_is_not_found(store):
    with pytest.raises(NotFoundError):
        store.subscription("nobody")


def test_deliveries_are_kept_by_local_day(store):
    day = date(2026, 10, 5)
    waiting = Delivery(
        subscription="a",
        day=day,
        state="waiting",
        at=NOON,
        retry_at=NOON + timedelta(minutes=5),
        error="451 later",
    )
    store.save_delivery(waiting)
    assert store.delivery("a", day) == waiting
    sent = replace(waiting, state="sent", attempts=2, retry_at=None, error="")
    store.save_delivery(sent)
    store.save_delivery(replace(sent, day=date(2026, 10, 4)))
    assert store.delivery("a", day) == sent
    assert store.delivery("a", date(2026, 10, 6)) is None
    assert set(store.deliveries(day)) == {("a", day)}
    assert store.last_deliveries() == {"a": sent}


def test_who_leaves_is_forgotten(store):
    gone, stays = subscription("1"), subscription("2")
    for one in (gone, stays):
        store.save_subscription(one)
        store.save_delivery(Delivery(subscription=one.id, day=date(2026, 10, 5), state="sent", at=NOON))
    store.remove_subscription(gone.id)
    assert store.subscriptions() == [stays]
    assert list(store.last_deliveries()) == [stays.id]


def test_those_whom_nobody_confirmed_are_forgotten(store):
    store.save_subscription(subscription("1", state="pending", created=NOON - timedelta(days=3)))
    store.save_subscription(subscription("2", state="pending", created=NOON))
    store.save_subscription(subscription("3", created=NOON - timedelta(days=300)))
    assert [one.token for one in store.unasked()] == ["token-1", "token-2"]
    assert store.forget_unconfirmed(NOON - timedelta(days=2)) == 1
    assert [one.token for one in store.subscriptions()] == ["token-3", "token-2"]


@pytest.fixture
def run(tmp_path):
    if not any(group.name == "subscriptions" for group in cli.app.registered_groups):
        commands.register(cli.app)
    db = tmp_path / "cli.db"

    def call(*arguments: str):
        return CliRunner().invoke(
            cli.app, ["--db", str(db), "subscriptions", *arguments], env={"COLUMNS": "200"}
        )

    return call


def test_the_command_line_adds_pauses_resumes_and_removes(run, tmp_path):
    added = run(
        "add", "a@reader.example", "--zone", "Europe/Berlin", "--at", "6:30", "--days", "weekdays", "--actor", "RUS",
        "--target", "usa", "--word", "dam", "--feeds", "--text",
    )  # fmt: skip
    assert added.exit_code == 0, added.output
    assert "on weekdays at 06:30 Europe/Berlin" in added.output
    shown = json.loads(run("list", "--json").output)
    assert shown[0]["query"]["targets"] == ["USA"]
    assert (shown[0]["form"], shown[0]["feeds"], shown[0]["state"]) == ("text", True, "active")
    assert "token" not in shown[0]
    key = shown[0]["id"]
    assert run("pause", key).exit_code == 0
    assert "paused: by the operator" in run("list").output
    before = Store(tmp_path / "cli.db")
    since = before.subscription(key).since
    before.close()
    assert run("resume", key).exit_code == 0
    after = Store(tmp_path / "cli.db")
    assert after.subscription(key).state == "active"
    assert after.subscription(key).since >= since
    after.close()
    assert "1 removed" in run("remove", "A@reader.example").output
    assert json.loads(run("list", "--json").output) == []


def test_one_who_has_not_confirmed_cannot_be_resumed(run, tmp_path):
    store = Store(tmp_path / "cli.db")
    store.save_subscription(subscription(state="pending"))
    store.close()
    assert isinstance(run("resume", "reader1@reader.example").exception, ConfigError)


@pytest.mark.parametrize(
    "arguments",
    [("add", "nobody"), ("add", "a@b.example", "--zone", "Nowhere"), ("add", "a@b.example", "--actor", "XYZZY"),
     ("remove", "a@b.example"), ("pause", "nothing")],
)  # fmt: skip
def test_what_is_wrong_is_said(run, arguments):
    done = run(*arguments)
    assert isinstance(done.exception, ConfigError | NotFoundError)
