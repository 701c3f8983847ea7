"""Writing in the browser: verdicts on frames, merging and splitting stories, feeds in feeds.yaml."""

from __future__ import annotations

import re

import pytest

from monitor.config import load_feeds
from monitor.discover import feed_links
from monitor.errors import ParseError
from monitor.model import make_id
from monitor.preview import FoundFeed
from monitor.store import Store
from reports.web.app import create_app
from tests.fakes import NOON, feed, frame
from tests.rows import HOSTILE, POST, VOLNA, covered, keep
from tests.test_sign_in import open_web, token_in

ONE = covered("1", VOLNA, [frame()])
TWO, THREE = covered("2", POST), covered("3", POST)
FIRST, SECOND = make_id("one"), make_id("two")
TEXT = """\
version: 1
# what we watch
feeds:
# the wire
- url: http://wire.example/feed.xml
  name: wire
  kind: agency    # sure of it

# the post
- url: http://post.example/feed.xml
  name: post
  kind: independent
"""
WIRE = feed("wire")


@pytest.fixture
def db(tmp_path):
    store = Store(tmp_path / "desk.db")
    keep(store, {"one": [ONE, TWO], "two": [THREE]})
    store.close()
    return tmp_path / "desk.db"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "feeds.yaml").write_text(TEXT)
    return tmp_path / "feeds.yaml"


def send(web, page: str, where: str, **fields):
    text = web.get(page).text
    seen = re.search(r'name="seen" value="([0-9a-f]*)"', text)
    data = {"token": token_in(text)} | ({"seen": seen[1]} if seen else {}) | fields
    return web.post(where, data=data)


def stored(db, ask):
    store = Store(db, read_only=True)
    try:
        return ask(store)
    finally:
        store.close()


def test_a_verdict_is_kept_and_shown_and_a_later_one_replaces_it(db):
    web, key = open_web(db), ONE.frame_ids[0]
    page = f"/article/{ONE.article.id}"
    answer = send(web, page, f"/frame/{key}/correction", verdict="wrong_actor", note="The <b>Kurds</b>")
    assert answer.headers["location"] == f"{page}?said={key}#k-{key}"
    text = web.get(answer.headers["location"]).text
    assert "wrong actor</strong>" in text
    assert "The &lt;b&gt;Kurds&lt;/b&gt;" in text
    assert "Kept." in text
    send(web, page, f"/frame/{key}/correction", verdict="right")
    assert [(row["verdict"], row["by"]) for row in stored(db, lambda s: s.corrections())] == [
        ("right", "local")
    ]
    assert send(web, page, f"/frame/{key}/correction", verdict="maybe").status_code == 422
    assert send(web, page, "/frame/nothing/correction", verdict="right").status_code == 404


def test_two_stories_are_merged_and_split_again(db):
    web = open_web(db)
    edit = f"/story/{FIRST}/edit"
    answer = send(web, edit, f"/story/{FIRST}/merge", address=f"http://desk.example/story/{SECOND}-words")
    assert answer.headers["location"] == f"/story/{FIRST}"
    assert web.get(f"/story/{SECOND}").headers["location"].startswith(f"/story/{FIRST}")
    assert "merged 1 report" in web.get(f"/story/{FIRST}").text
    answer = send(web, edit, f"/story/{FIRST}/split", article=THREE.article.id)
    assert answer.headers["location"] == f"/story/{SECOND}"  # it gets its address back
    assert stored(db, lambda s: s.story(FIRST)).size == 2


def test_what_cannot_be_merged_or_split_is_said(db):
    web, edit = open_web(db), f"/story/{FIRST}/edit"
    for fields in ({}, {"address": "nonsense"}, {"other": FIRST}, {"other": "0" * 16}):
        answer = send(web, edit, f"/story/{FIRST}/merge", **fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    for articles in ([], [ONE.article.id, TWO.article.id], [THREE.article.id]):
        assert send(web, edit, f"/story/{FIRST}/split", article=articles).status_code == 422
    assert stored(db, lambda s: s.story_changes()) == []


def test_a_story_is_locked_and_unlocked(db):
    web, edit = open_web(db), f"/story/{FIRST}/edit"
    send(web, edit, f"/story/{FIRST}/lock", locked="yes")
    assert stored(db, lambda s: s.story(FIRST)).locked
    send(web, edit, f"/story/{FIRST}/lock", locked="no")
    assert not stored(db, lambda s: s.story(FIRST)).locked


def test_a_home_page_shows_its_feeds_to_choose_from(db, path):
    asked = []

    def look(url):
        asked.append(url)
        found = {"entries": 2, "newest": NOON, "language": "ar", "samples": (HOSTILE,)}
        return [FoundFeed(url="http://new.example/rss", title="New", **found)]

    web = open_web(db, feeds=path, look=look)
    text = send(web, "/feeds/add", "/feeds/find", address="new.example").text
    assert asked == ["https://new.example"]
    assert "2 entries" in text
    assert 'lang="ar" dir="rtl"' in text
    assert "<script" not in text
    fields = {"url": "http://new.example/rss", "name": "New", "state": "RUS", "kind": "state_media"}
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', text)[1]
    answer = web.post("/feeds/add", data=fields | {"token": token_in(text), "seen": seen, "interval": "2h"})
    assert answer.headers["location"] == "/feeds?done=added"
    added = load_feeds(path)[-1]
    assert (added.name, added.state, added.kind, added.interval) == ("New", "RUS", "state_media", 7200)
    assert path.read_text().startswith(TEXT)
    assert "New" in web.get("/feeds?done=added").text


def test_an_address_without_feeds_says_why(db, path):
    def look(url):
        raise ParseError(url, "is no feed, and names none")

    answer = send(
        open_web(db, feeds=path, look=look), "/feeds/add", "/feeds/find", address="http://x.example/"
    )
    assert answer.status_code == 422
    assert "names none" in answer.text


def test_changing_a_feed_keeps_comments_and_other_keys(db, path):
    web = open_web(db, feeds=path)
    edit = f"/feeds/{WIRE.id}/edit"
    fields = {"name": "Wire", "kind": "agency", "interval": "1h", "state": "", "language": "", "tags": "a b"}
    assert send(web, edit, edit, **fields).headers["location"] == "/feeds?done=changed"
    changed = load_feeds(path)[0]
    assert (changed.name, changed.interval, changed.tags) == ("Wire", 3600, ("a", "b"))
    text = path.read_text()
    assert all(
        comment in text
        for comment in ("# what we watch", "# the wire", "# sure of it", "\n# the post\n- url")
    )
    send(web, edit, edit, **(fields | {"name": "wire", "interval": "30m", "tags": ""}))
    assert load_feeds(path)[0] == WIRE.__class__(url=WIRE.url, name="wire", kind="agency")


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "ZZZ"), ("interval", "1m"), ("kind", "blog"), ("name", ""), ("language", "<i>")],
)
def test_a_wrong_value_is_explained_and_nothing_is_written(db, path, field, value):
    web, edit = open_web(db, feeds=path), f"/feeds/{WIRE.id}/edit"
    answer = send(web, edit, edit, **({"name": "wire", "kind": "agency", "interval": "30m"} | {field: value}))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert path.read_text() == TEXT


def test_pausing_resuming_and_removing(db, path):
    web, edit = open_web(db, feeds=path), f"/feeds/{WIRE.id}/edit"
    send(web, edit, f"/feeds/{WIRE.id}/pause", enabled="no")
    assert not load_feeds(path)[0].enabled
    send(web, edit, f"/feeds/{WIRE.id}/pause", enabled="yes")
    assert load_feeds(path)[0].enabled
    assert send(web, edit, f"/feeds/{WIRE.id}/remove").status_code == 422
    send(web, edit, f"/feeds/{WIRE.id}/remove", sure="yes")
    assert [one.name for one in load_feeds(path)] == ["post"]
    assert web.get(edit).status_code == 404


def test_a_file_changed_underneath_is_not_overwritten(db, path):
    web, edit = open_web(db, feeds=path), f"/feeds/{WIRE.id}/edit"
    text = web.get(edit).text
    form = {"token": token_in(text), "seen": re.search(r'name="seen" value="([0-9a-f]+)"', text)[1]}
    path.write_text(TEXT + "# somebody else was here\n")
    for action in ("edit", "pause", "remove"):
        fields = {"name": "x", "kind": "agency", "enabled": "no", "sure": "yes"}
        answer = web.post(f"/feeds/{WIRE.id}/{action}", data=form | fields)
        assert answer.status_code == 409
        assert "changed by somebody else" in answer.text
    assert web.post("/feeds/add", data=form | {"url": "http://n.example/", "name": "n"}).status_code == 409
    assert path.read_text().endswith("here\n")


def test_a_server_without_the_file_changes_no_feeds(db):
    assert open_web(db).get("/feeds/add").status_code == 404
    assert create_app(db).state.desk.feeds is None


def test_a_page_names_its_feeds():
    html = """<base href="/news/"><link rel="alternate" type="application/rss+xml" href="rss.xml">
    <link rel="alternate" hreflang="de" href="/de"><link rel=alternate type="application/atom+xml; charset=x" href="//b.example/a">
    <a href="/feed">x</a><link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">"""
    found = [link.url for link in feed_links(html, "https://a.example/")]
    assert found == ["https://a.example/news/rss.xml", "https://b.example/a"]
    assert feed_links("<p", "https://a.example/") == ()


def test_a_file_that_cannot_be_written_is_said_and_stays(db, path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "feeds.yaml.tmp")

    monkeypatch.setattr("monitor.config._write", refuse)
    web = open_web(db, feeds=path)
    answer = send(web, f"/feeds/{WIRE.id}/edit", f"/feeds/{WIRE.id}/edit", name="Other", kind="agency")
    assert answer.status_code == 422
    assert "cannot be written (Permission denied)" in answer.text
    assert path.read_text() == TEXT


def test_asking_for_the_forms_of_a_story_makes_no_database(tmp_path):
    web = open_web(tmp_path / "none.db")
    assert web.get(f"/story/{FIRST}/edit").status_code == 503
    assert not (tmp_path / "none.db").exists()
