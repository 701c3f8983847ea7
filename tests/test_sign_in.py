"""Who may write: sign-in, sessions, tokens on forms, the machine itself, closed reading."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from monitor.errors import ConfigError
from monitor.passwords import LIMITS, WINDOW, check_name, failure_keys, hash_secret, verify_secret
from monitor.store import Store
from reports.web.app import create_app
from reports.web.desk import Desk
from tests.fakes import NOON, StillClock, frame
from tests.rows import VOLNA, covered, keep
from tests.test_cli import one_line, run

SECRET = "four plain words here"
ROW = covered("1", VOLNA, [frame()])
HASH = hash_secret(SECRET)
HOME = "http://127.0.0.1:8321"


@pytest.fixture
def db(tmp_path):
    store = Store(tmp_path / "desk.db")
    keep(store, {"s": [ROW]})
    store.close()
    return tmp_path / "desk.db"


def add_user(db, name: str = "alice") -> None:
    store = Store(db)
    with store.write():
        store.save_user(name, HASH, NOON)
    store.close()


def open_web(db, base: str = HOME, peer: str = "127.0.0.1", **parts) -> TestClient:
    desk = Desk(**({"loopback": True} | parts))
    return TestClient(create_app(db, desk), base_url=base, client=(peer, 5000), follow_redirects=False)


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', text)
    assert found
    return found[1]


def sign_in(web: TestClient, password: str = SECRET, name: str = "alice", **more: str):
    token = token_in(web.get("/sign-in").text)
    return web.post("/sign-in", data={"token": token, "name": name, "password": password} | more)


def test_at_the_machine_itself_a_first_run_needs_no_set_up(db):
    text = open_web(db).get(f"/article/{ROW.article.id}").text
    assert 'value="wrong_actor"' in text
    assert "because nobody was given a sign-in yet" in text


@pytest.mark.parametrize(
    ("base", "peer", "headers", "loopback"),
    [
        ("http://rebound.example:8321", "127.0.0.1", {}, True),
        (HOME, "192.0.2.7", {}, True),
        (HOME, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, True),
        (HOME, "127.0.0.1", {}, False),
    ],
)
def test_elsewhere_nobody_writes_without_a_sign_in(db, base, peer, headers, loopback):
    web = open_web(db, base, peer, loopback=loopback)
    assert "wrong_actor" not in web.get(f"/article/{ROW.article.id}", headers=headers).text
    answer = web.get("/feeds/add", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/feeds/add")


def test_the_first_user_ends_writing_without_a_sign_in(db):
    add_user(db)
    assert "wrong_actor" not in open_web(db).get(f"/article/{ROW.article.id}").text


def test_signing_in_and_out(db):
    add_user(db)
    web = open_web(db)
    answer = sign_in(web, next=f"/article/{ROW.article.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/article/{ROW.article.id}")
    text = web.get(answer.headers["location"]).text
    assert "alice" in text
    assert "wrong_actor" in text
    kept = dict(web.cookies)
    assert web.post("/sign-out", data={"token": token_in(text)}).status_code == 303
    web.cookies.update(kept)  # the session is gone, not only its cookie
    assert "wrong_actor" not in web.get(f"/article/{ROW.article.id}").text


def test_cookies_are_out_of_reach(db):
    add_user(db)
    plain = sign_in(open_web(db)).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    secure = sign_in(open_web(db, "https://desk.example", "192.0.2.7")).headers["set-cookie"]
    assert secure.startswith("__Host-framewire=")
    assert "Secure" in secure.split("; ")


def test_a_password_does_not_travel_in_the_open(db):
    add_user(db)
    web = open_web(db, "http://desk.example", "192.0.2.7")
    assert "must not travel in the open" in web.get("/sign-in").text


def test_a_session_ends_by_itself(db):
    add_user(db)
    clock = StillClock()
    web = open_web(db, now=clock)
    sign_in(web)
    assert "Sign out" in web.get("/").text
    clock.skip(days=15)
    assert "Sign out" not in web.get("/").text


def test_a_wrong_password_says_no_more_than_an_unknown_name(db):
    add_user(db)
    web = open_web(db)
    wrong, unknown = sign_in(web, "something else"), sign_in(web, name="nobody")
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert "do not fit together" in wrong.text
    assert "do not fit together" in unknown.text


def test_the_door_closes_after_some_failures_and_opens_again(db):
    add_user(db)
    clock = StillClock()
    web = open_web(db, now=clock)
    for _ in range(LIMITS["pair"]):
        assert sign_in(web, "something else").status_code == 403
    assert sign_in(web).status_code == 429
    clock.skip(seconds=WINDOW.total_seconds() + 1)
    assert sign_in(web).status_code == 303


def test_one_network_of_ipv6_is_one_place():
    assert failure_keys("a", "2001:db8::1") == failure_keys("A", "2001:db8::ffff")
    assert failure_keys("a", "192.0.2.1") != failure_keys("a", "192.0.2.2")


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_signing_in_leads_to_our_own_pages_only(db, where):
    add_user(db)
    assert sign_in(open_web(db), next=where).headers["location"] == "/"


def test_a_form_without_its_token_changes_nothing(db):
    web = open_web(db)
    path = f"/frame/{ROW.frame_ids[0]}/correction"
    page = web.get(f"/article/{ROW.article.id}")
    right = {"token": token_in(page.text), "verdict": "right"}
    assert web.post(path, data={"verdict": "right"}).status_code == 403
    assert web.post(path, data=right | {"token": "0" * 64}).status_code == 403
    assert web.post(path, data=right, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert web.post(path, json=right).status_code == 415
    assert web.post(path, data=right | {"note": "x" * 300_000}).status_code == 413
    assert open_web(db).post(path, data=right).status_code == 403  # another browser's token
    store = Store(db)
    assert store.corrections() == []
    store.close()


def test_closed_reading_shows_nothing_but_the_sign_in(db):
    add_user(db)
    web = open_web(db, closed=True)
    answer = web.get("/story/x?lanes=kind")
    assert answer.headers["location"] == "/sign-in?next=/story/x%3Flanes%3Dkind"
    assert web.get("/api/v1/stories").status_code == 401
    assert web.get("/api/v1/stories").headers["content-type"] == "application/problem+json"
    assert web.get("/healthz").status_code == web.get("/static/framewire.css").status_code == 200
    sign_in(web)
    assert web.get("/api/v1/stories").status_code == 200


def test_secrets_are_hashed_and_checked():
    assert HASH.startswith("$argon2id$")
    assert verify_secret(HASH, SECRET)
    assert not verify_secret(HASH, "x")
    assert not verify_secret(None, SECRET)
    with pytest.raises(ConfigError, match="characters"):
        hash_secret("short")
    with pytest.raises(ConfigError, match="cannot be"):
        check_name("a b<")


def test_the_command_line_gives_and_takes_sign_ins(db, monkeypatch):
    monkeypatch.setenv("FRAMEWIRE_PASSWORD", SECRET)
    assert "may sign in" in run("--db", db, "users", "add", "bob").stdout
    assert SECRET not in run("--db", db, "users", "list", "--json").stdout
    assert sign_in(open_web(db), name="bob").status_code == 303
    assert run("--db", db, "users", "remove", "bob").returncode == 0
    assert "bob" in one_line(run("--db", db, "users", "remove", "bob"))
    monkeypatch.setenv("FRAMEWIRE_PASSWORD", "short")
    assert "characters" in one_line(run("--db", db, "users", "add", "bob"))


@pytest.mark.parametrize(
    "host", ["a{b.evil.example", "[::1", "a:b", "127.0.0.1:99999:1", "", "evil.example:65536"]
)
def test_a_name_that_is_none_is_not_this_machine(db, host):
    web = open_web(db)
    assert web.get("/feeds/add", headers={"Host": host}).status_code == 303
    assert 'value="wrong_actor"' not in web.get(f"/article/{ROW.article.id}", headers={"Host": host}).text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8321", "127.0.0.1", "[::1]:8321"])
def test_the_names_of_this_machine(db, host):
    text = open_web(db).get(f"/article/{ROW.article.id}", headers={"Host": host}).text
    assert 'value="wrong_actor"' in text
