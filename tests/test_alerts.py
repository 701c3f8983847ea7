"""Alerts: what is an event, that it is told once, by mail and by signed webhook, and tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from monitor.alert import Rule
from monitor.alerts import check_alerts
from monitor.cli import alerts as commands
from monitor.cli import app as cli
from monitor.errors import ConfigError, NotFoundError
from monitor.model import FeedState, make_id
from monitor.posting import Post
from monitor.subscription import Query
from monitor.webhooks import call_webhooks, new_secret
from reports.alert_events import feed_events, story_events
from reports.story_report import report
from tests.fakes import NOON, StillClock, feed, frame
from tests.rows import HOSTILE, POST, VOLNA, covered, keep, story_of
from tests.smtp_server import mail_server, mail_settings

HOUR = timedelta(hours=1)
OTHER = feed("other", language="en")


def rule(trigger="outlets", **parts):
    values = {
        "id": "rule",
        "name": "Watch",
        "trigger": trigger,
        "threshold": 2,
        "hours": 6,
        "address": "me@r.example",
        "created": NOON,
    }
    return Rule(**(values | parts))


def at(key, hours, outlet=POST, frames=(), **parts):
    when = NOON + hours * HOUR
    return covered(key, outlet, frames, published=when, first_seen=when, **parts)


def told(*rows, key="story"):
    return report(story_of(rows, key), rows)


def found(of, *stories, known=None, now=NOON):
    return story_events(of, stories, known, now)


def test_a_story_that_passes_enough_outlets_in_the_hours():
    story = told(at("1", -5, POST), at("2", -1, VOLNA))
    (event,) = found(rule(), story)
    assert event.subject == story.story.id
    assert "2 outlets in 6 hours" in event.title
    assert found(rule(threshold=3), story) == []
    assert found(rule(hours=2), story) == []
    assert found(rule(query=Query(words=("nothing",))), story) == []
    assert found(rule(), story, now=NOON + HOUR)[0].id == event.id


def test_an_actor_that_blames_a_new_target():
    of = rule("target", query=Query(actors=("RUS",)))
    story = told(
        at("1", -1, POST, [frame("RUS", "USA"), frame("USA", "RUS"), frame("RUS", "UKR", stance="denies")])
    )
    (event,) = found(of, story, known=set())
    assert event.subject == "RUS USA"
    assert event.evidence[0].line.startswith("Russia → United States")
    assert found(of, story, known={("RUS", "USA")}) == []
    assert found(of, story, known=None) == []
    assert len(found(of, story, told(at("2", -1, POST, [frame("RUS", "USA")]), key="b"), known=set())) == 1


def test_a_target_that_is_blamed_by_enough_states():
    of = rule("states", query=Query(targets=("IRN",)))
    story = told(at("1", -1, POST, [frame("FRA", "IRN"), frame("UN", "IRN"), frame("IRN", "IRN")]))
    assert found(of, story) == []
    other = told(at("2", -2, VOLNA, [frame("OUTLET", "IRN"), frame("USA", "CHN")]), key="b")
    (event,) = found(of, story, other)
    assert "Iran is blamed by 2 states: France and Russia" in event.title
    assert (
        found(replace(of, hours=1), story, told(at("2", -3, VOLNA, [frame("OUTLET", "IRN")]), key="b")) == []
    )


def test_a_watched_feed_that_falls_silent():
    quiet = FeedState(feed=VOLNA.id, last_new_entry=NOON - 9 * HOUR)
    of = rule("silence", query=Query(states=("RUS",)))
    (event,) = feed_events(of, [(VOLNA, quiet), (POST, replace(quiet, feed=POST.id))], NOON)
    assert "volna is silent since" in event.title
    assert feed_events(of, [(VOLNA, replace(quiet, last_new_entry=NOON - HOUR))], NOON) == []
    assert feed_events(of, [(VOLNA, replace(quiet, paused=True))], NOON) == []
    assert feed_events(of, [(VOLNA, FeedState(feed=VOLNA.id))], NOON) == []
    assert feed_events(of, [(VOLNA, quiet)], NOON + HOUR)[0].id == event.id
    again = replace(quiet, last_new_entry=NOON - 8 * HOUR)
    assert feed_events(of, [(VOLNA, again)], NOON)[0].id != event.id


def test_rules_and_events_are_kept(store):
    kept = rule(query=Query(actors=("RUS",), words=("dam",)), webhook="http://x.example/", secret="s")
    store.save_rule(kept)
    assert store.rules() == [kept]
    keep(store, {"story": [at("1", -1, POST, [frame("RUS", "USA")], title="The dam"), at("2", -1, VOLNA)]})
    assert check_alerts(store, NOON) == 1
    (event,) = store.events()
    assert event.evidence[0].quote == "Text of 1."
    assert [one.channel for one in store.sendings(event.id)] == ["mail", "webhook"]
    store.remove_rule("rule")
    assert store.rules() == store.events() == store.sendings(event.id) == []
    with pytest.raises(NotFoundError):
        store.rule("rule")


def test_one_mail_an_event_however_often_it_is_checked(store):
    store.save_rule(rule())
    keep(store, {"story": [at("1", -1), at("2", -1, VOLNA)]})
    clock = StillClock()
    with mail_server() as (inbox, port):
        for _ in range(5):
            check_alerts(store, clock())
            Post(store, mail_settings(port), clock).run()
            clock.skip(hours=1)
    assert inbox.addresses == ["me@r.example"]
    mail = inbox.accepted[0][1]
    assert mail["Subject"].strip().startswith("Alert: Title 1")
    assert mail["Message-ID"].startswith("<alert.")
    for kind in ("plain", "html"):
        assert f"https://framewire.example/story/{make_id('story')}" in mail.get_body((kind,)).get_content()


def test_a_recurring_event_is_quiet_for_the_quiet_time(store):
    store.save_rule(rule("states", threshold=1, hours=2, quiet_hours=10, query=Query(targets=("USA",))))
    keep(store, {str(i): [at(str(i), i, POST, [frame("RUS", "USA")])] for i in range(24)})
    raised = [hour for hour in range(24) if check_alerts(store, NOON + hour * HOUR)]
    assert raised == [0, 10, 20]


def test_a_refused_alert_is_tried_again(store):
    store.save_rule(rule())
    keep(store, {"story": [at("1", -1), at("2", -1, VOLNA)]})
    check_alerts(store, NOON)
    clock = StillClock()
    with mail_server() as (inbox, port):
        inbox.rcpt = lambda _address: "451 later"
        assert Post(store, mail_settings(port), clock).run().waiting == 1
        inbox.rcpt = lambda _address: None
        assert Post(store, mail_settings(port), clock).run().sent == 0
        clock.skip(minutes=6)
        assert Post(store, mail_settings(port), clock).run().sent == 1
    (sending,) = store.sendings(store.events()[0].id)
    assert (sending.state, sending.attempts) == ("sent", 2)


def test_a_hostile_story_is_harmless_in_an_alert(store):
    store.save_rule(rule(threshold=1, name=HOSTILE))
    row = at(
        "1", -1, feed(HOSTILE), [frame("OUTLET", evidence=HOSTILE)], title=HOSTILE, url="javascript:alert(1)"
    )
    keep(store, {"story": [row]})
    check_alerts(store, NOON)
    with mail_server() as (inbox, port):
        Post(store, mail_settings(port), StillClock()).run()
    assert inbox.addresses == ["me@r.example"]
    mail = inbox.accepted[0][1]
    assert mail["Bcc"] is None
    html = mail.get_body(("html",)).get_content()
    assert "<script" not in html
    assert 'href="javascript' not in html
    for part in (html, mail.get_body(("plain",)).get_content(), mail["Subject"]):
        assert not {"\u202e", "\u2066"} & set(part)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.calls, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hooked(store, receiver):
    secret = new_secret()
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    store.save_rule(rule(address=None, webhook=url, secret=secret))
    keep(store, {"story": [at("1", -1, POST, [frame("RUS", "USA")]), at("2", -1, VOLNA)]})
    assert check_alerts(store, NOON) == 1
    return secret


def test_a_webhook_gets_signed_json_once(store, receiver):
    secret = hooked(store, receiver)
    assert call_webhooks(store, "Framewire/test", StillClock(), "https://framewire.example") == 1
    assert call_webhooks(store, "Framewire/test", StillClock()) == 0
    ((headers, body),) = receiver.calls
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    sent = json.loads(body)
    assert sent["type"] == "alert.outlets"
    assert sent["data"]["url"].startswith("https://framewire.example/story/")
    assert sent["data"]["evidence"][0]["quote"] == "Text of 1."
    assert "secret" not in body.decode()


def test_a_webhook_that_fails_is_tried_again_with_the_same_id(store, receiver):
    hooked(store, receiver)
    receiver.answers = [503, 429]
    clock = StillClock()
    assert call_webhooks(store, "t", clock) == 0
    clock.skip(minutes=6)
    assert call_webhooks(store, "t", clock) == 0
    clock.skip(minutes=6)
    assert call_webhooks(store, "t", clock) == 0  # waits for fifteen minutes after the second refusal
    clock.skip(minutes=10)
    assert call_webhooks(store, "t", clock) == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
    assert len(receiver.calls) == 3


def test_a_webhook_that_says_no_is_not_asked_again(store, receiver):
    hooked(store, receiver)
    receiver.answers = [410]
    clock = StillClock()
    call_webhooks(store, "t", clock)
    clock.skip(hours=1)
    assert call_webhooks(store, "t", clock) == 0
    (sending,) = store.sendings(store.events()[0].id)
    assert (sending.state, sending.error) == ("lost", "answered 410")


def test_a_webhook_nobody_listens_at_waits(store, receiver):
    store.save_rule(rule(address=None, webhook="http://127.0.0.1:9/", secret=new_secret()))
    keep(store, {"story": [at("1", -1), at("2", -1, VOLNA)]})
    check_alerts(store, NOON)
    assert call_webhooks(store, "t", StillClock()) == 0
    assert store.sendings(store.events()[0].id)[0].state == "waiting"


@pytest.fixture
def run(tmp_path):
    if not any(group.name == "alerts" for group in cli.app.registered_groups):
        commands.register(cli.app)

    def call(*arguments: str):
        return CliRunner().invoke(
            cli.app, ["--db", str(tmp_path / "a.db"), "alerts", *arguments], env={"COLUMNS": "200"}
        )

    return call


def test_the_command_line_adds_lists_and_removes(run):
    added = run(
        "add",
        "Dam",
        "--when",
        "outlets",
        "--webhook",
        "https://x.example/h",
        "--word",
        "dam",
        "--threshold",
        "3",
    )
    assert added.exit_code == 0, added.output
    assert "whsec_" in added.output
    (shown,) = json.loads(run("list", "--json").output)
    assert (shown["threshold"], shown["query"]["words"]) == (3, ["dam"])
    assert "secret" not in shown
    assert "outlets ≥ 3 in 24 h" in run("list").output
    assert json.loads(run("events", "--json").output) == []
    assert run("remove", shown["id"]).exit_code == 0
    assert json.loads(run("list", "--json").output) == []


@pytest.mark.parametrize(
    "arguments",
    [("--when", "rain", "--mail", "a@b.example"), ("--when", "outlets"), ("--when", "outlets", "--webhook", "ftp://x"),
     ("--when", "states", "--mail", "a@b.example"), ("--when", "target", "--mail", "a@b.example"),
     ("--when", "outlets", "--mail", "a@b.example", "--actor", "XYZZY"),
     ("--when", "outlets", "--webhook", "http://x example/"), ("--when", "outlets", "--webhook", "http://x.example/\n")],
)  # fmt: skip
def test_an_alert_that_makes_no_sense_is_refused(run, arguments):
    assert isinstance(run("add", "x", *arguments).exception, ConfigError)


@pytest.mark.parametrize("option", ["--threshold", "--quiet"])
@pytest.mark.parametrize("number", ["999999999999999", "99999999999999999999"])
def test_a_number_that_no_clock_and_no_database_holds_is_refused(run, option, number):
    assert run("add", "x", "--when", "outlets", "--mail", "a@b.example", option, number).exit_code == 2


def test_the_name_of_an_alert_is_one_line(run):
    assert run("add", "Dam\r\nBcc: x@y.example", "--when", "outlets", "--mail", "a@b.example").exit_code == 0
    (shown,) = json.loads(run("list", "--json").output)
    assert shown["name"] == "Dam Bcc: x@y.example"
    assert isinstance(
        run("add", "\u202e\n", "--when", "outlets", "--mail", "a@b.example").exception, ConfigError
    )
