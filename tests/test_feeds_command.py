"""`framewire feeds …` against a real server: discovery, checks, import and export, and what stays untouched."""

import json

import pytest
from typer.testing import CliRunner

from monitor.cli import feeds as feeds_module
from monitor.cli.app import app
from monitor.config import load_feeds
from monitor.discover import feed_links
from monitor.errors import ConfigError, FetchError, FramewireError, NotFoundError, ParseError
from monitor.model import FeedState
from monitor.store import Store
from tests.fakes import NOON
from tests.raw_server import RawServer, answer

if not any(group.name == "feeds" for group in app.registered_groups):
    feeds_module.register(app)
RSS = b"""<rss version='2.0'><channel><title>Wire news</title>
<item><title>A</title><link>http://wire.example/a</link><pubDate>Mon, 05 Oct 2026 08:00:00 GMT</pubDate></item>
<item><title>B</title><link>http://wire.example/b</link><pubDate>Mon, 05 Oct 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
HOME = (
    b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed' title='News'></head><body>Hi"
)
GOOD = """# what we watch
version: 1
feeds:
  # the wire
  - url: http://wire.example/feed   # by hand
    name: Wire
"""


@pytest.fixture
def site(monkeypatch, tmp_path):
    with RawServer() as server:
        server.scripts |= {
            "/feed": answer(RSS, "Content-Type: application/rss+xml"),
            "/home": answer(HOME, "Content-Type: text/html"),
            "/plain": answer(b"<html><body>Nothing here", "Content-Type: text/html"),
            "/old": answer(b"", "Location: http://wire.example/feed", status="301 Moved"),
        }
        monkeypatch.setenv("FRAMEWIRE_RESOLVE", f"wire.example=127.0.0.1:{server.port}")
        monkeypatch.setenv("FRAMEWIRE_HOST_INTERVAL", "0")
        monkeypatch.chdir(tmp_path)
        yield server


def run(*arguments, code=0):
    done = CliRunner().invoke(app, ["--feeds", "f.yaml", "--db", "x.db", "feeds", *map(str, arguments)])
    if isinstance(done.exception, FramewireError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_home_page_is_enough_to_add_its_feed(site, tmp_path):
    run("add", "http://wire.example/home")
    feed = load_feeds(tmp_path / "f.yaml")[0]
    assert (feed.url, feed.name) == ("http://wire.example/feed", "Wire news")


def test_a_page_with_several_feeds_leaves_the_choice_to_the_user(site, tmp_path):
    site.scripts["/home"] = answer(HOME + b"<a type='application/atom+xml' href='/two'>")
    site.scripts["/two"] = site.scripts["/feed"]
    with pytest.raises(ConfigError, match=r"/feed, http://wire\.example/two"):
        run("add", "http://wire.example/home")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://wire.example/plain", ParseError),
        ("http://wire.example/nothing", FetchError),
        ("ftp://wire.example/", FetchError),
        ("http://127.0.0.1/", FetchError),
    ],
)
def test_a_failing_add_leaves_no_file_behind(site, tmp_path, url, error):
    del site.scripts["/feed"]
    with pytest.raises(error):
        run("add", url)
    with pytest.raises(ConfigError):
        run("add", "ftp://wire.example/", "--no-check")
    assert list(tmp_path.iterdir()) == []


def test_discovery_reads_what_a_page_names_and_else_the_usual_places(site):
    assert "http://wire.example/feed" in run("discover", "http://wire.example/home")
    found = json.loads(run("discover", "http://wire.example/plain", "--json"))
    assert found == [{"url": "http://wire.example/feed", "title": "Wire news"}]
    del site.scripts["/feed"]
    run("discover", "http://wire.example/plain", code=1)


def test_a_check_tells_status_redirects_robots_last_entry_and_interval(site):
    site.scripts["/robots.txt"] = answer(b"User-agent: *\nDisallow: /a")
    rows = json.loads(
        run(
            "check",
            "http://wire.example/feed",
            "http://wire.example/old",
            "http://wire.example/x",
            "--json",
            code=3,
        )
    )
    good, moved, missing = rows
    assert (good["ok"], good["status"], good["entries"], good["pages"]) == (True, 200, 2, "no")
    assert (good["newest"], good["mean_interval"]) == ("2026-10-05T10:00:00Z", 7200.0)
    assert (moved["redirects"], moved["moved_to"]) == (
        ["http://wire.example/feed"],
        "http://wire.example/feed",
    )
    assert (missing["ok"], missing["status"], missing["error"]) == (False, 404, "StatusError")
    run("check", "http://wire.example/old")


def test_import_adds_what_is_new_and_keeps_comments(site, tmp_path):
    (tmp_path / "f.yaml").write_text(GOOD)
    (tmp_path / "in.opml").write_text(
        "<opml><body><outline text='Press'><outline text='Again' xmlUrl='http://WIRE.example/feed'/>"
        "<outline text='Post' xmlUrl='http://post.example/feed'/></outline></body></opml>"
    )
    assert "1 feeds would be added" in run("import", "in.opml", "--dry-run")
    assert (tmp_path / "f.yaml").read_text() == GOOD
    assert "1 feeds added, 1 were there" in run("import", "in.opml")
    wire, post = load_feeds(tmp_path / "f.yaml")
    assert (wire.name, post.name, post.tags) == ("Wire", "Post", ("Press",))
    assert all(
        comment in (tmp_path / "f.yaml").read_text() for comment in ("# what we", "# the wire", "# by hand")
    )


def test_an_export_can_be_imported_elsewhere(site, tmp_path):
    (tmp_path / "f.yaml").write_text(GOOD)
    run("export", "-o", "out.opml")
    (tmp_path / "f.yaml").rename(tmp_path / "old.yaml")
    run("import", "out.opml")
    assert load_feeds(tmp_path / "f.yaml") == load_feeds(tmp_path / "old.yaml")


def test_a_paused_feed_is_resumed(site, tmp_path):
    (tmp_path / "f.yaml").write_text(GOOD)
    feed = load_feeds(tmp_path / "f.yaml")[0]
    store = Store(tmp_path / "x.db")
    store.sync_feeds([feed])
    store.save_feed_state(FeedState(feed=feed.id, paused=True, failures=2.0, next_check=NOON))
    assert store.due_feeds(NOON, 9) == []
    run("resume", "http://wire.example/feed")
    assert [found for found, _ in store.due_feeds(NOON, 9)] == [feed]
    store.close()
    with pytest.raises(NotFoundError):
        run("resume", "http://nowhere.example/")


def test_links_of_a_page_are_resolved_and_odd_ones_left_out():
    page = """<base href="http://b.example/x/"><link rel="alternate" type="application/atom+xml" href="a">
    <link rel=stylesheet type=text/css href=s><link rel="alternate" type="application/rss+xml" href="javascript:1">
    <link rel="ALTERNATE nofollow" type="application/rss+xml; charset=x" href="//c.example/r" title=" T ">
    <link rel="alternate" type="application/rss+xml" href="http://[bad"><a type="application/rss+xml" href="a">"""
    found = feed_links(page, "http://wire.example/")
    assert [(link.url, link.title) for link in found] == [
        ("http://b.example/x/a", ""),
        ("http://c.example/r", "T"),
    ]
