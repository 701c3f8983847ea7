"""The whole service in one test: feeds.yaml → real HTTP → articles → stories → frames → digest."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from monitor.cluster import scores
from monitor.demo import DemoClock, DemoResult, crawl_all, run_demo
from monitor.demo_summary import summary_lines
from monitor.sample.server import SampleServer
from monitor.sample.world import load_world
from monitor.settings import Settings
from monitor.store import Store
from monitor.wiring import open_service

FLOORS = json.loads((Path(__file__).parent / "floors.json").read_text())


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> DemoResult:
    return run_demo(Settings(), tmp_path_factory.mktemp("demo"), lambda *_: None)


@pytest.fixture
def gold() -> dict[str, tuple[str, set[tuple[str, str, str]]]]:
    """Title → (event, expected frames) of every article of the sample world."""
    return {
        article.title: (event.slug, {(f.blamer, f.target, f.stance) for f in article.frames})
        for event in load_world().events
        for article in event.articles
    }


def test_nothing_is_lost(demo, gold):
    found = [covered.article.title for _, coverage in demo.stories for covered in coverage]
    assert sorted(found) == sorted(gold)
    assert demo.counts["entries"] == demo.counts["articles"] == len(gold)


def test_articles_come_from_their_pages(demo):
    flags = [covered.article.flags for _, coverage in demo.stories for covered in coverage]
    assert sum("feed_only" in row for row in flags) <= 1


def test_eight_events_are_eight_stories_with_their_languages_together(demo, gold):
    pairs = [(gold[c.article.title][0], story.id) for story, coverage in demo.stories for c in coverage]
    score = scores([event for event, _ in pairs], [story for _, story in pairs])
    assert score["bcubed_f1"] >= FLOORS["sample_stories"]["bcubed_f1"]
    assert sum(len({c.article.language for c in coverage}) > 3 for _, coverage in demo.stories) >= 7


def test_expected_frames_are_found(demo, gold):
    right = found = wanted = 0
    for _, coverage in demo.stories:
        for covered in coverage:
            expected = gold[covered.article.title][1]
            frames = {(f.blamer, f.target, f.stance) for f in covered.frames}
            right, found, wanted = right + len(expected & frames), found + len(frames), wanted + len(expected)
    assert 2 * right / (found + wanted) >= FLOORS["sample_frames"]["f1"]


def test_every_frame_quotes_its_text(demo):
    for _, coverage in demo.stories:
        for covered in coverage:
            for frame in covered.frames:
                whole = covered.article.title if frame.place == "title" else covered.article.text
                assert whole[frame.start : frame.end] == frame.evidence


def test_the_summary_tells_a_newcomer(demo):
    text = "\n".join(summary_lines(demo))
    assert "75 articles" in text
    assert "Russia → " in text
    assert str(demo.digest) in text


def test_the_digest_is_a_mail(demo):
    eml = next(demo.digest.parent.glob("digest-*.eml"))
    mail = message_from_bytes(eml.read_bytes(), policy=policy.default)
    assert next(part.get_content_type() for part in mail.iter_parts()) == "text/plain"
    assert "Russia" in mail.get_body(("plain",)).get_content()


def test_json_has_what_it_promises(demo):
    row = json.loads(json.dumps(demo.as_json()))
    assert {
        "feeds",
        "entries",
        "articles",
        "stories",
        "multilingual_stories",
        "frames",
        "digest",
    } <= row.keys()
    assert row["multilingual_stories"] >= 7


def test_crawling_again_asks_politely_and_changes_nothing(tmp_path):
    """A second pass sends validators, gets 304s, and adds no row."""
    world = load_world()
    from monitor.sample.world import write_feeds_yaml

    write_feeds_yaml(tmp_path / "feeds.yaml")
    with SampleServer(world) as server:
        settings = Settings(
            db=tmp_path / "x.db", feeds=tmp_path / "feeds.yaml", resolve=server.resolve, host_interval=0
        )
        clock = DemoClock(world.ends)
        with open_service(settings, clock, seed=1) as service:
            crawl_all(service, clock, lambda *_: None)
            before = service.store.counts()
            asked = len(server.requests)
            clock.skip()
            clock.skip()
            tallies = service.crawl(lambda *_: None)
            assert service.store.counts() == before
    assert tallies["pages"].done == 0
    assert tallies["feeds"].done == len(world.outlets)
    assert asked
    assert Store(tmp_path / "x.db", read_only=True).counts() == before
