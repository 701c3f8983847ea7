"""Searches through HTTP: the form, wrong searches, pages, ETags, feeds, tables for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from monitor.store import Store
from reports.web.app import create_app
from tests.fakes import feed, frame
from tests.rows import HOSTILE, covered, keep

LISTS = ("stories", "articles", "frames")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Iterator[TestClient]:
    path = tmp_path_factory.mktemp("lists") / "hostile.db"
    store = Store(path)
    bad = feed("=cmd|' /C calc'!A0", language='"><script>')
    said = frame("OUTLET", evidence="=1+1 <b> \x0b" + HOSTILE)
    keep(store, {"s": [covered("1", bad, [said], title="@SUM(A1)\x00 <script>" + HOSTILE)]})
    store.close()
    with TestClient(create_app(path)) as client:
        yield client


def test_the_form_leads_to_the_address_of_its_search(world):
    answer = world.get(
        "/?q=-lang:de+ceasefire&lang=tr&actor=USA&kind=&last=&state=&outlet=", follow_redirects=False
    )
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {
        "q": ["-lang:de ceasefire lang:tr actor:USA"]
    }
    cleared = world.get("/?q=lang:tr+kind:other&lang=&kind=", follow_redirects=False)
    assert cleared.headers["location"] == "/"


def test_the_page_shows_what_is_searched_for(world):
    text = world.get("/?q=lang:tr").text
    assert 'value="lang:tr"' in text
    assert '<option value="tr" selected>Turkish</option>' in text
    assert 0 < text.count('class="story"') < 9
    assert 'href="/feed/stories.atom?q=lang%3Atr"' in text
    assert 'class="spark"' in world.get("/").text
    assert "No story meets this search" in world.get("/?q=lang:fy").text


@pytest.mark.parametrize("path", ["/", "/api/v1/stories", "/api/v1/frames", "/feed/stories.atom"])
def test_a_wrong_search_is_explained(world, path):
    answer = world.get(path, params={"q": "lang:nl colour:red"})
    assert answer.status_code == 422
    assert "there is no field" in answer.text
    if path == "/":
        assert "<mark>colour:</mark>red" in answer.text
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "characters 9–15" in answer.json()["detail"]


@given(text=st.text(max_size=60) | st.text(alphabet='ab"-:*, ()langORk\x00', max_size=30))
@settings(max_examples=20, deadline=None)
def test_no_search_is_a_500(world, text):
    for path in ("/", "/api/v1/frames"):
        assert world.get(f"{path}?q={quote(text)}").status_code in (200, 422)
    assert world.get(f"/?lang={quote(text)}&actor={quote(text)}", follow_redirects=False).status_code in (
        303,
        422,
    )
    assert world.get(f"/api/v1/articles?cursor={quote(text)}").status_code in (200, 422)


@pytest.mark.parametrize(
    "cursor",
    ["W10", "WzFd", "bnVsbA", "W1tdXQ", "WzFlOTk5LCJhIl0", "é", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OSwiYSJd"],
)
@pytest.mark.parametrize("name", LISTS)
def test_a_forged_cursor_is_a_problem(world, name, cursor):
    answer = world.get(f"/api/v1/{name}", params={"cursor": cursor})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("name", LISTS)
def test_the_links_lead_through_the_whole_list(world, name):
    whole = world.get(f"/api/v1/{name}?limit=1000").json()[name]
    seen, path = [], f"/api/v1/{name}?limit=7"
    while path:
        answer = world.get(path)
        seen.extend(answer.json()[name])
        path = answer.links.get("next", {}).get("url")
    assert seen == whole
    assert len(whole) > 7


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/v1/{name}" for name in (*LISTS, "actors", "feeds", "search")),
        "/feed/stories.atom",
        "/feed/actor/RUS.json",
    ],
)
def test_what_the_reader_has_is_not_sent_again(world, path):
    first = world.get(path)
    assert first.status_code == 200
    again = world.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert world.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/feed/stories.atom", "/feed/stories.atom?q=actor:RUS", "/feed/actor/rus.atom"]
)
def test_atom_is_well_made(world, path):
    answer = world.get(path)
    read = feedparser.parse(io.BytesIO(answer.content))
    assert not read.bozo
    assert read.version == "atom10"
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert len(read.entries) == len({one.id for one in read.entries}) > 3
    assert [one.updated for one in read.entries] == sorted(
        (one.updated for one in read.entries), reverse=True
    )
    assert world.get(urlsplit(read.entries[0].link).path).status_code == 200


def test_hostile_text_leaves_feeds_whole(hostile):
    read = feedparser.parse(io.BytesIO(hostile.get("/feed/stories.atom").content))
    assert not read.bozo
    assert len(read.entries) == 1
    fed = hostile.get("/feed/stories.json").json()
    assert fed["version"] == "https://jsonfeed.org/version/1.1"
    assert "\u202e" not in json.dumps(fed, ensure_ascii=False)


def test_an_actors_feed_is_of_its_stories(world):
    assert world.get("/feed/actor/ISL.json").json()["items"] == []
    assert world.get("/feed/actor/ZZZ.atom").status_code == 404
    ids = {item["id"] for item in world.get("/feed/actor/KURDS.json").json()["items"]}
    asked = world.get("/api/v1/stories?q=actor:KURDS&limit=100").json()["stories"]
    assert {one.rsplit("/", 1)[1] for one in ids} == {one["id"] for one in asked}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_there_for_other_programs(world, name):
    path = f"/api/v1/{name}?q=target:USA&limit=1000"
    rows = world.get(path).json()[name]
    table = list(csv.DictReader(io.StringIO(world.get(f"{path}&format=csv").text, newline="")))
    lines = [json.loads(line) for line in world.get(f"{path}&format=jsonl").text.splitlines()]
    assert lines == rows
    assert [row["id"] for row in table] == [row["id"] for row in rows]
    assert 0 < len(rows) < len(world.get(f"/api/v1/{name}?limit=1000").json()[name])


def test_events_have_one_row_a_charge(world):
    text = world.get("/api/v1/frames?q=target:USA+stance:blames&limit=1000&format=plover").text
    events = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {event["target"] for event in events} == {"USA"}
    assert all(event["event"] == "ACCUSE" and event["cameo"].startswith("11") for event in events)


@pytest.mark.parametrize("name", LISTS)
def test_no_cell_of_a_table_is_a_formula(hostile, name):
    text = hostile.get(f"/api/v1/{name}?format=csv").text
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert any(cell.startswith("'") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_openapi_document_names_every_list(world):
    paths = world.get("/api/v1/openapi.json").json()["paths"]
    assert {f"/api/v1/{name}" for name in (*LISTS, "actors", "feeds", "search", "stories/{key}")} == set(
        paths
    )


def test_about_says_how_well_frames_are_found(world):
    text = world.get("/about").text
    assert "How well it works" in text
    assert "F1 0." in text
