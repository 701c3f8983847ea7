"""The mail round: each digest once, refusals tried again within the day or pausing, a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app as cli
from monitor.cli import reports as commands
from monitor.due import due_moment
from monitor.errors import MailServerError
from monitor.posting import Post, due_digests
from monitor.store import Store
from monitor.subscription import Query
from tests.fakes import NOON, StillClock, feed, frame, subscription
from tests.rows import POST, VOLNA, covered, keep, sample_stories
from tests.smtp_server import mail_server, mail_settings

TODAY = date(2026, 10, 5)


@pytest.fixture
def told(store):
    """A store with a story that was told an hour before noon."""
    when = NOON - timedelta(hours=6)
    rows = [
        covered("1", VOLNA, [frame("RUS", "USA")], title="Москва винит", published=when, first_seen=when),
        covered("2", POST, [frame("USA", "RUS")], title="Moscow blames", published=when, first_seen=when),
    ]
    keep(store, {"story": rows})
    return store


def readers(store, number, **parts):
    with store.write():
        for i in range(number):
            store.save_subscription(subscription(str(i), **parts))


def test_what_is_due_is_sent_once(told):
    readers(told, 5)
    with mail_server() as (inbox, port):
        assert Post(told, mail_settings(port), StillClock()).run().sent == 5
        assert Post(told, mail_settings(port), StillClock()).run().sent == 0
        assert sorted(inbox.addresses) == [f"reader{i}@reader.example" for i in range(5)]
        assert told.delivery(subscription("0").id, TODAY).state == "sent"


def test_the_mail_that_arrives_is_whole(told):
    readers(told, 1, token="secret")
    with mail_server() as (inbox, port):
        Post(told, mail_settings(port), StillClock()).run()
    (_, mail), *_ = inbox.accepted
    assert mail["Message-ID"] == f"<digest.2026-10-05.{subscription('0').id}@framewire.example>"
    assert mail["List-Unsubscribe"].startswith(
        "<https://framewire.example/unsubscribe/secret>, <mailto:wire@"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert "Moscow blames" in part
        assert "https://framewire.example/unsubscribe/secret" in part
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 1
    assert f"cid:{pictures[0]['Content-ID'].strip('<>')}" in html


def test_a_reader_gets_what_was_asked_for(told):
    readers(told, 1, query=Query(targets=("FRA",)), empty=False)
    told.save_subscription(subscription("x", query=Query(targets=("USA",)), language="ru", form="text"))
    with mail_server() as (inbox, port):
        posted = Post(told, mail_settings(port), StillClock()).run()
    assert (posted.sent, posted.skipped) == (1, 1)
    (address, mail), *_ = inbox.accepted
    assert address == "readerx@reader.example"
    assert mail.get_content_type() == "text/plain"
    assert mail["Subject"].strip() == "5 October 2026: Москва винит"
    assert told.delivery(subscription("0").id, TODAY).state == "skipped"


def test_a_refusal_for_now_is_tried_again_with_the_same_message_id(told):
    readers(told, 1)
    clock = StillClock()
    with mail_server() as (inbox, port):
        inbox.drop = {"reader0@reader.example": True}  # accepted by the server, but we never hear of it
        assert Post(told, mail_settings(port), clock).run().waiting == 1
        assert Post(told, mail_settings(port), clock).run().waiting == 0
        clock.skip(minutes=6)
        assert Post(told, mail_settings(port), clock).run().sent == 1
        assert len(inbox.accepted) == 2
        assert len({mail["Message-ID"] for _, mail in inbox.accepted}) == 1
    assert told.delivery(subscription("0").id, TODAY).attempts == 2


def test_refusals_end_with_the_day_and_the_next_digest_comes(told):
    readers(told, 1)
    clock = StillClock()
    with mail_server() as (inbox, port):
        inbox.rcpt = lambda _address: "451 4.7.1 come back later"
        lost = 0
        for _ in range(100):
            lost += Post(told, mail_settings(port), clock).run().lost
            clock.skip(minutes=10)
            if lost:
                break
        assert lost == 1
        delivery = told.delivery(subscription("0").id, TODAY)
        assert (delivery.state, delivery.attempts > 5) == ("lost", True)
        inbox.rcpt = lambda _address: None
        clock.now = NOON + timedelta(days=1)
        assert Post(told, mail_settings(port), clock).run().sent == 1


def test_a_refusal_for_good_pauses_the_subscription_and_says_why(told):
    readers(told, 2)
    with mail_server() as (inbox, port):
        inbox.rcpt = lambda address: "550 5.1.1 no such user" if address.startswith("reader0") else None
        posted = Post(told, mail_settings(port), StillClock()).run()
    assert (posted.refused, posted.sent) == (1, 1)
    paused = told.subscription(subscription("0").id)
    assert (paused.state, paused.reason) == ("paused", "the server answered 550 5.1.1 no such user")


def test_a_server_that_cannot_be_used_harms_no_subscription(told):
    readers(told, 3)
    with mail_server() as (_inbox, port):
        pass
    with pytest.raises(MailServerError):
        Post(told, mail_settings(port), StillClock()).run()
    assert told.last_deliveries() == {}
    assert {one.state for one in told.subscriptions()} == {"active"}


def test_who_leaves_during_a_round_gets_nothing_more(told):
    readers(told, 3)
    with mail_server() as (inbox, port):
        post = Post(told, mail_settings(port, smtp_connections=1), StillClock())
        first = min(subscription(str(i)).id for i in range(3))
        gone = max(subscription(str(i)).id for i in range(3))
        inbox.data = lambda _address: told_gone(told, gone)
        post.run()
        del first
    assert subscription_address(gone) not in inbox.addresses
    assert len(inbox.addresses) == 2


def told_gone(store: Store, gone: str) -> None:
    """The reader leaves while another's mail is on its way (from the web's process, with a store of its own)."""
    other = Store(store.path)
    with other.write():
        other.remove_subscription(gone)
    other.close()


def subscription_address(id: str) -> str:
    return next(one.address for one in map(subscription, "012") if one.id == id)


def test_new_readers_are_asked_and_the_forgotten_are_dropped(told):
    told.save_subscription(subscription("new", state="pending", created=NOON))
    told.save_subscription(subscription("old", state="pending", created=NOON - timedelta(days=3)))
    with mail_server() as (inbox, port):
        assert Post(told, mail_settings(port), StillClock()).run().asked == 1
        assert Post(told, mail_settings(port), StillClock()).run().asked == 0
    (address, mail), *_ = inbox.accepted
    assert address == "readernew@reader.example"
    assert "https://framewire.example/subscriptions/confirm/token-new" in mail.get_content()
    assert [one.token for one in told.subscriptions()] == ["token-new"]


def test_due_digests_are_those_of_the_active_whose_time_has_come():
    early, late = subscription("1"), subscription("2", schedule=replace(subscription().schedule, hour=13))
    paused = subscription("3", state="paused")
    assert [due.subscription for due in due_digests([early, late, paused], {}, NOON)] == [early]
    due = due_digests([early], {}, NOON)[0]
    assert (due.day, due.moment) == (TODAY, due_moment(early.schedule, TODAY))


KILLED = """
import sys
from monitor.posting import Post
from monitor.store import Store
from tests.fakes import StillClock
from tests.smtp_server import mail_settings
Post(Store(sys.argv[1]), mail_settings(int(sys.argv[2])), StillClock()).run()
"""


def test_a_kill_in_the_middle_loses_nobody_and_repeats_one_message_id_at_most(told):
    readers(told, 60)
    with mail_server() as (inbox, port):
        inbox.seconds = 0.02
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, told.path, str(port)],
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        )
        end = time.monotonic() + 60
        while len(inbox.accepted) < 20 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = len(inbox.accepted)
        inbox.seconds = 0
        Post(told, mail_settings(port), StillClock()).run()
        assert 20 <= before < 60
        counts = Counter(inbox.addresses)
        ids = {(address, mail["Message-ID"]) for address, mail in inbox.accepted}
    assert len(counts) == 60
    assert sum(counts.values()) <= 60 + 2  # at most what was under way on the two connections
    assert len(ids) == 60


@pytest.fixture
def run(tmp_path, monkeypatch):
    if not any(command.callback is commands.digest for command in cli.app.registered_commands):
        commands.register(cli.app)

    def call(db, *arguments, port=1):
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("SECURITY", "none")):
            monkeypatch.setenv(f"FRAMEWIRE_SMTP_{name}", value)
        monkeypatch.setenv("FRAMEWIRE_MAIL_FROM", "Wire <wire@framewire.example>")
        return CliRunner().invoke(cli.app, ["--db", str(db), "digest", *arguments])

    return call


def test_the_command_writes_a_preview_and_sends_one(store, run, tmp_path):
    keep(store, sample_stories())
    with mail_server() as (inbox, port):
        done = run(
            store.path,
            "--date",
            "2026-10-05",
            "--out",
            str(tmp_path / "o"),
            "--send",
            "--to",
            "me@r.example",
            port=port,
        )
        assert done.exit_code == 0, done.output
        assert inbox.addresses == ["me@r.example"]
    text = (tmp_path / "o" / "digest-2026-10-05.txt").read_text()
    assert "Russia → the Kurds" in text or "Russia → Kurds" in text
    page = (tmp_path / "o" / "digest-2026-10-05.html").read_text()
    assert "data:image/png;base64," in page
    assert "cid:" not in page


def test_the_command_sends_what_is_due(told, run):
    now = told.subscriptions()
    assert now == []
    with mail_server() as (inbox, port):
        done = run(told.path, "--send", port=port)
    assert done.exit_code == 0, done.output
    assert "0 sent" in done.output
    assert inbox.accepted == []


def test_the_command_previews_a_subscription(told, run, tmp_path):
    told.save_subscription(subscription("x", query=Query(targets=("FRA",))))
    done = run(
        told.path, "--date", "2026-10-05", "--out", str(tmp_path), "--subscription", "readerx@reader.example"
    )
    assert done.exit_code == 0, done.output
    assert "Nothing was told today" in (tmp_path / "digest-2026-10-05.txt").read_text()
    assert run(told.path, "--subscription", "nobody@reader.example").exit_code != 0
    assert run(told.path, "--send", "--date", "2026-10-05").exit_code != 0
    assert run(told.path, "--date", "2026-13-05").exit_code != 0
    assert run(told.path, "--date", "9999-12-31").exit_code != 0


def test_a_hostile_story_is_harmless_in_a_mail_that_travelled(store):
    from tests.rows import HOSTILE

    when = NOON - timedelta(hours=6)
    row = covered(
        "1",
        feed(HOSTILE),
        [frame("OUTLET", evidence=HOSTILE)],
        title=HOSTILE,
        published=when,
        first_seen=when,
    )
    keep(store, {"story": [row]})
    readers(store, 1)
    with mail_server() as (inbox, port):
        Post(store, mail_settings(port), StillClock()).run()
    (_, mail), *_ = inbox.accepted
    assert inbox.addresses == ["reader0@reader.example"]
    assert mail["Bcc"] is None
    assert len(mail["Subject"]) <= 160
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    for part in (html, mail.get_body(("plain",)).get_content(), mail["Subject"]):
        assert not {"\u202e", "\u2066"} & set(part)
