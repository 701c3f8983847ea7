"""A running service takes in a changed feeds.yaml by itself."""

import logging
from types import SimpleNamespace

from monitor.schedule import Watch

FEED = "version: 1\nfeeds:\n- {{url: 'http://{0}.example/f', name: {0}}}\n"


def test_a_changed_file_is_taken_in_and_a_wrong_one_keeps_the_feeds_and_the_crawl(tmp_path, store, caplog):
    file, crawls = tmp_path / "feeds.yaml", []
    watch = Watch(SimpleNamespace(store=store, crawl=lambda _: crawls.append(1) or {}), file)

    def watched():
        watch.tick()
        return [feed.name for feed in store.feeds() if feed.enabled]

    file.write_text(FEED.format("one"))
    assert watched() == ["one"]
    file.write_text(FEED.format("two"))
    assert watched() == ["two"]
    with caplog.at_level(logging.ERROR):
        file.write_text("version: 1\nfeeds: 7\n")
        assert watched() == watched() == ["two"]
        file.unlink()
        assert watched() == ["two"]
    assert len(caplog.records) == 2  # once for each fault, not at every tick
    file.write_text(FEED.format("three"))
    assert watched() == ["three"]
    assert len(crawls) == 6
