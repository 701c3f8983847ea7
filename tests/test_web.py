"""The pages and the API over a real database, through HTTP."""

from __future__ import annotations

import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from monitor.model import FeedState, make_id
from monitor.store import Store
from reports.highlight import paragraphs
from reports.web.app import create_app
from tests.fakes import NOON, feed, frame
from tests.rows import HOSTILE, POST, VOLNA, covered, keep, sample_stories, story_of

ENCLAVE = make_id("tell-safra-enclave")
VOID = frozenset("area base br col hr img input link meta source".split())


class Page(HTMLParser):
    """A page's elements; fails where tags do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.found if found == tag]

    def values(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.found if attrs.get(name)]


@pytest.fixture
def client(tmp_path):
    """Makes a client over a database with some stories."""

    def make(stories, states=()) -> TestClient:
        store = Store(tmp_path / "some.db")
        keep(store, stories)
        with store.write():
            for state in states:
                store.save_feed_state(state)
        store.close()
        return TestClient(create_app(tmp_path / "some.db"))

    return make


def some_article(world: TestClient, language: str) -> str:
    articles = world.get(f"/api/v1/stories/{ENCLAVE}").json()["articles"]
    return next(row["id"] for row in articles if row["language"] == language)


@pytest.mark.parametrize("path", ["/", "/story", "/article", "/actor/RUS", "/about", "/feeds", "/nothing"])
def test_pages_are_well_made(world, path):
    path = {"/story": f"/story/{ENCLAVE}", "/article": f"/article/{some_article(world, 'ar')}"}.get(
        path, path
    )
    answer = world.get(path)
    page = Page(answer.text)
    assert [attrs["lang"] for attrs in page.all("html")] == ["en"]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert len(page.all("nav")) >= 1
    assert ("a", {"class": "skip", "href": "#main"}) in page.found
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= set(ids)
    assert page.all("script") == page.all("style") == page.values("style") == []
    assert not [name for _, attrs in page.found for name in attrs if name.startswith("on")]


def test_every_answer_carries_the_safe_headers(world):
    for path in (
        "/",
        "/nothing",
        "/static/framewire.css",
        "/api/v1/stories",
        "/api/v1/stories/x",
        "/healthz",
    ):
        headers = world.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_first_page_lists_stories_with_their_two_strongest_lines(world):
    text = world.get("/").text
    assert "Russia&#39;s president faults Kurds and US over IS hostages in eastern Syria" in text
    assert "Президент России: боевики удерживают" in text
    assert text.count('class="story"') == 8
    assert 8 < text.count('class="teaser"') <= 16
    assert "No blame was found in these reports." in text
    assert f'href="/story/{ENCLAVE}-' in text


def test_stories_come_in_pages(client):
    stories = {str(i): [covered(str(i), POST, url=f"http://post.example/{i}")] for i in range(45)}
    web = client(stories)
    seen, path = [], "/"
    while path:
        page = Page(web.get(path).text)
        seen.append([one["href"] for one in page.all("a") if (one.get("href") or "").startswith("/story/")])
        path = next((one["href"] for one in page.all("a") if one.get("rel") == "next"), None)
    assert [len(set(links)) for links in seen] == [20, 20, 5]
    assert len(set().union(*seen)) == 45
    assert web.get("/?cursor=x").status_code == 422


def test_a_storys_quotes_are_reached_from_its_matrix(world):
    text = world.get(f"/story/{ENCLAVE}").text
    page = Page(text)
    cells = [one["href"] for one in page.all("a") if (one.get("href") or "").startswith("#c-")]
    assert len(cells) > 10
    quotes = [one for one in page.values("id") if one.startswith("q-")]
    frames = sum(len(row.frames) for row in sample_stories()["tell-safra-enclave"])
    assert len(quotes) == frames
    assert 'lang="ru" dir="ltr"' in text
    assert 'lang="ar" dir="rtl"' in text
    assert "denies: negligence" in text
    assert "the text itself doubts this" in text


def test_the_words_in_a_storys_address_do_not_matter(world):
    one, two = world.get(f"/story/{ENCLAVE}"), world.get(f"/story/{ENCLAVE}-any-words")
    assert one.status_code == two.status_code == 200
    assert one.text == two.text


def test_a_merged_story_leads_to_the_other(client, tmp_path):
    web = client({"one": [covered("1", POST)], "two": [covered("2", POST)]})
    connection = sqlite3.connect(tmp_path / "some.db")
    with connection:
        connection.execute(
            "update stories set merged_into = ? where id = ?", [make_id("one"), make_id("two")]
        )
    connection.close()
    answer = web.get(f"/story/{make_id('two')}", follow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/story/{make_id('one')}-title-1"


def test_an_article_shows_the_words_in_place(world):
    row = next(row for row in sample_stories()["tell-safra-enclave"] if row.article.language == "ar")
    text = world.get(f"/article/{row.article.id}").text
    for said in row.frames:
        assert re.search(rf"<mark[^>]*>{re.escape(said.evidence)}<a", text)
    assert 'class="body" lang="ar" dir="rtl"' in text
    assert f'href="/story/{ENCLAVE}"' in text


def test_highlighting_handles_overlaps_titles_and_changed_texts():
    text = "One two three.\n\nFour five."
    spans = [
        frame(evidence="One two", start=0, end=7),
        frame(evidence="two three.", start=4, end=14),
        frame(evidence="Four", start=3, end=7),
        frame(evidence="gone", start=0, end=4),
        frame(evidence="One", start=0, end=3, place="title"),
        frame(evidence="three.\n\nFour", start=8, end=20),
    ]
    first, second = paragraphs(text, spans, "text")
    assert [(piece.text, piece.frames) for piece in first] == [
        ("One ", (1,)),
        ("two", (1, 2)),
        (" ", (2,)),
        ("three.", (2, 6)),
    ]
    assert [(piece.text, piece.frames) for piece in second] == [("Four", (3, 6)), (" five.", ())]
    assert "".join(piece.text for one in (first, second) for piece in one) == "One two three.Four five."
    assert paragraphs("One", spans, "title")[0][0].frames == (5,)
    assert paragraphs("", spans, "text") == []


def test_words_that_left_the_text_are_said_to_have(client):
    web = client({"s": [covered("1", POST, [frame(evidence="was here once")])]})
    text = web.get(f"/article/{covered('1').article.id}").text
    assert "These words no longer stand in the text" in text
    assert "was here once" in text


def test_an_actor_has_whom_it_blames_and_who_blames_it(world):
    text = world.get("/actor/USA").text
    blames, blamed = text.index("Whom it blames</h2>"), text.index("Who blames it</h2>")
    assert "United States</a>" in text[blames:blamed]
    assert "Russia</a>" in text[blamed:]
    assert "Denials and admissions" in text
    assert "Whom its outlets blame" in world.get("/actor/TUR").text
    assert world.get("/actor/usa").status_code == 200
    assert "No report blames it" in world.get("/actor/ISL").text
    assert world.get("/actor/OUTLET").status_code == world.get("/actor/ZZZ").status_code == 404


def test_the_feeds_show_their_health(client):
    feeds = [feed(name) for name in ("good", "bad", "paused", "new")]
    states = [
        FeedState(feed=feeds[0].id, last_checked=NOON, last_success=NOON, last_new_entry=NOON),
        FeedState(
            feed=feeds[1].id, last_checked=NOON, last_success=NOON, failures=2.0, last_error="<b>503</b>"
        ),
        FeedState(feed=feeds[2].id, last_checked=NOON, paused=True),
    ]
    rows = [covered(one.name, one) for one in feeds]
    text = client({"s": rows}, states).get("/feeds").text
    for word in ("healthy", "failing", "paused", "not asked yet", "Nothing came since 5 Oct 2026, 12:00 UTC"):
        assert word in text
    assert "&lt;b&gt;503&lt;/b&gt;" in text


def test_hostile_text_is_harmless_on_every_page(client):
    bad = feed(HOSTILE[:200], language='"><script>')
    said = frame("OUTLET", evidence=HOSTILE, caveat=True)
    row = covered(
        "1",
        bad,
        [said, frame("RUS<i>")],
        title=HOSTILE,
        text=HOSTILE + "\n" + HOSTILE,
        url="javascript:alert(1)",
    )
    web = client({"s": [row]})
    for path in ("/", f"/story/{make_id('s')}", f"/article/{row.article.id}", "/actor/USA", "/feeds"):
        answer = web.get(path)
        assert answer.status_code == 200
        Page(answer.text)
        assert "<script" not in answer.text
        assert "RUS<i>" not in answer.text
        assert 'href="javascript' not in answer.text
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", answer.text)
    assert len(web.get("/").text) < 20_000


def test_outside_links_tell_nothing_and_are_web_addresses(world):
    page = Page(world.get(f"/story/{ENCLAVE}").text)
    outside = [one for one in page.all("a") if "://" in (one.get("href") or "")]
    assert len(outside) > 30
    assert all(one["rel"] == "noopener noreferrer nofollow" for one in outside)
    assert all(one["href"].startswith("http") for one in outside)


@pytest.mark.parametrize(
    "path", ["/nothing", "/story/x", "/article/x", "/actor/x", "/story/%00", "/story/../../etc"]
)
def test_what_is_not_there_is_a_friendly_404(world, path):
    answer = world.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("path", ["/api/v1/stories/x", "/api/v1/nothing"])
def test_the_api_says_what_is_wrong_as_a_problem(world, path):
    answer = world.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code == 404
    assert set(problem) == {"type", "title", "status", "detail"}


def test_wrong_parameters_are_problems_too(world):
    for query in ("?limit=0", "?limit=x", "?since=yesterday"):
        answer = world.get(f"/api/v1/stories{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert query[1:6].rstrip("=") in answer.json()["detail"]
    assert world.post("/api/v1/stories").status_code == 405


def test_the_api_gives_stories_lines_and_frames(world):
    stories = world.get("/api/v1/stories?limit=3&order=largest").json()["stories"]
    assert len(stories) == 3
    assert stories[0]["id"] == ENCLAVE
    assert stories[0]["reports"] == 12
    assert {"RUS", "USA", "TUR", "SYR"} <= set(stories[0]["states"])
    assert len(stories[0]["lines"]) == 2
    story = world.get(f"/api/v1/stories/{ENCLAVE}").json()
    assert len(story["articles"]) == 12
    lines = {(line["blamer"], line["target"], line["stance"], line["kind"]) for line in story["lines"]}
    assert ("RUS", "KURDS", "blames", "negligence") in lines
    assert ("RUS outlet", "USA", "blames", "violation") in lines
    assert ("USA", "USA", "denies", "negligence") in lines
    frames = world.get("/api/v1/frames?actor=KURDS&limit=5").json()["frames"]
    assert len(frames) == 5
    assert all("KURDS" in (row["blamer"], row["target"]) for row in frames)
    assert (
        world.get("/api/v1/stories?order=largest&until=2026-10-06T00:00:00Z").json()["stories"][0]["id"]
        == ENCLAVE
    )
    assert world.get("/api/v1/openapi.json").json()["info"]["title"] == "Framewire"


def test_health_is_the_process_and_readiness_the_database(world, tmp_path):
    assert world.get("/healthz").json() == {"status": "ok"}
    assert world.get("/readyz").json()["rows"]["stories"] == 8
    missing = TestClient(create_app(tmp_path / "none.db"))
    assert missing.get("/healthz").status_code == 200
    assert missing.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/", "/feeds"])
def test_an_empty_or_missing_database_says_how_to_start(tmp_path, path):
    Store(tmp_path / "empty.db").close()
    for name in ("empty.db", "none.db"):
        answer = TestClient(create_app(tmp_path / name)).get(path)
        assert answer.status_code == 200
        assert "framewire demo" in answer.text
        assert "framewire feeds add" in answer.text
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_database_of_somebody_else_is_never_a_500(tmp_path, content):
    path = tmp_path / "odd.db"
    Path(path).write_bytes(content)
    web = TestClient(create_app(path))
    assert web.get("/").status_code == 503
    assert "framewire doctor" in web.get("/").text
    assert web.get("/api/v1/stories").headers["content-type"] == "application/problem+json"
    assert web.get("/readyz").status_code == 503
    assert web.get("/about").status_code == 200


def test_a_database_that_comes_later_is_found(tmp_path):
    web = TestClient(create_app(tmp_path / "late.db"))
    assert "framewire demo" in web.get("/").text
    store = Store(tmp_path / "late.db")
    rows = [covered("1", VOLNA, [frame()])]
    keep(store, {"s": rows})
    assert story_of(rows).title in web.get("/").text
    store.close()
