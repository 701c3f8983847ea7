"""Subscribing with a confirmation by mail, and leaving with one click."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from reports.web.app import create_app
from tests.fakes import NOON, subscription
from tests.test_web import Page

FORM = {"address": "new@reader.example", "zone": "Europe/Berlin", "at": "06:30", "days": "weekdays", "actors": "rus, usa",
        "kinds": "", "words": "Nile dam, Damm", "feeds": "1"}  # fmt: skip


@pytest.fixture
def web(store):
    with TestClient(create_app(Path(store.path), mail=True)) as client:
        yield client


def test_a_request_waits_for_the_readers_yes(web, store):
    answer = web.post("/subscribe", data=FORM)
    assert answer.status_code == 200
    assert "new@reader.example" in answer.text
    (kept,) = store.subscriptions()
    assert (kept.state, kept.asked, kept.schedule.zone, kept.schedule.minute) == (
        "pending",
        None,
        "Europe/Berlin",
        30,
    )
    assert kept.query.actors == ("RUS", "USA")
    assert kept.query.words == ("Nile dam", "Damm")
    assert kept.feeds


def test_a_get_confirms_nothing_and_the_button_does(web, store):
    store.save_subscription(subscription("1", state="pending"))
    shown = web.get("/subscriptions/confirm/token-1")
    assert Page(shown.text).all("form")[0]["action"] == "/subscriptions/confirm/token-1"
    assert store.subscription("token-1").state == "pending"
    assert web.post("/subscriptions/confirm/token-1").status_code == 200
    after = store.subscription("token-1")
    assert after.state == "active"
    assert after.since > NOON.replace(year=2025)
    assert web.post("/subscriptions/confirm/token-1").status_code == 200
    assert store.subscription("token-1").since == after.since


def test_a_paused_one_is_not_woken_by_an_old_link(web, store):
    store.save_subscription(subscription("1", state="paused", reason="550"))
    web.post("/subscriptions/confirm/token-1")
    assert store.subscription("token-1").state == "paused"


def test_a_get_does_not_unsubscribe_and_the_one_click_post_does(web, store):
    store.save_subscription(subscription("1"))
    store.save_subscription(subscription("2"))
    assert Page(web.get("/unsubscribe/token-1").text).all("form")[0]["action"] == "/unsubscribe/token-1"
    assert len(store.subscriptions()) == 2
    done = web.post("/unsubscribe/token-1", data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert [one.token for one in store.subscriptions()] == ["token-2"]
    again = web.post("/unsubscribe/token-1", files={"List-Unsubscribe": (None, "One-Click")})
    assert (again.status_code, again.text) == (200, done.text)


def test_the_id_of_a_subscription_opens_nothing(web, store):
    store.save_subscription(subscription("1"))
    web.post(f"/unsubscribe/{subscription('1').id}")
    assert len(store.subscriptions()) == 1
    assert web.get(f"/subscriptions/confirm/{subscription('1').id}").status_code == 404


def test_the_page_does_not_say_who_is_subscribed(web, store):
    store.save_subscription(subscription("1", address="old@reader.example"))
    known = web.post("/subscribe", data=FORM | {"address": "old@reader.example"}).text
    unknown = web.post("/subscribe", data=FORM).text
    assert known.replace("old@", "new@") == unknown


def test_nobodys_mailbox_is_filled(web, store):
    for _ in range(5):
        assert web.post("/subscribe", data=FORM).status_code == 200
    assert len(store.subscriptions()) == 1


def test_requests_that_wait_are_bounded(web, store):
    with store.write():
        for i in range(200):
            store.save_subscription(subscription(str(i), state="pending"))
    assert web.post("/subscribe", data=FORM).status_code == 503


@pytest.mark.parametrize(
    "wrong",
    [{"address": "x"}, {"zone": "Nowhere"}, {"at": "25:00"}, {"days": "hourly"}, {"actors": "XYZZY"}, {"language": "<b>"}],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_what_was_written(web, store, wrong):
    answer = web.post("/subscribe", data=FORM | {"words": '"><script>alert(1)</script>'} | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script" not in answer.text
    Page(answer.text)
    assert store.subscriptions() == []


def test_a_form_that_is_too_large_is_refused(web):
    assert web.post("/subscribe", data={"address": "x" * 30_000}).status_code == 413
    assert web.post("/subscribe", content="&" * 5000).status_code == 413


def test_without_a_mail_server_the_page_says_so(store):
    with TestClient(create_app(Path(store.path))) as web:
        assert "sends no mail" in web.get("/subscribe").text
        web.post("/subscribe", data=FORM)
        assert store.subscriptions() == []


def test_without_a_database_a_link_is_unknown(tmp_path):
    with TestClient(create_app(tmp_path / "none.db")) as web:
        assert web.get("/subscriptions/confirm/x").status_code == 404
        assert web.post("/unsubscribe/x").status_code == 404
        assert not (tmp_path / "none.db").exists()
