"""Lists of feeds from and for other readers."""

import pytest

from monitor.errors import ConfigError
from monitor.model import Feed
from monitor.opml import from_opml, to_opml

FEEDS = [
    Feed(url="https://volna.example/rss?a=1&b=2", name="Волна <1>", state="RUS", kind="state_media", language="ru",
         country="RUS", tags=("agency", "wire/east"), interval=3600.0, timezone="Europe/Moscow"),
    Feed(url="https://quai.example/atom.xml", name="Le Quai", tags=("agency",), enabled=False),
    Feed(url="https://post.example/feed", name="Post"),
]  # fmt: skip
OTHER = b"""<opml version="1.1"><body>
<outline text="News"><outline text="Europe">
  <outline type="rss" text="Wave" xmlUrl=" https://wave.example/rss " category="/Boston/Weather,politics" language="unknown"/>
</outline><outline text="Broken" xmlUrl="ftp://x.example/"/></outline>
<outline title="Bare" xmlUrl="https://bare.example/rss" language="de"/>
</body></opml>"""


def test_what_was_exported_comes_back_whole():
    found, wrong = from_opml(to_opml(FEEDS).encode(), "x")
    assert wrong == []
    assert sorted(found, key=lambda feed: feed.url) == sorted(FEEDS, key=lambda feed: feed.url)


def test_another_readers_folders_and_categories_become_tags():
    found, wrong = from_opml(OTHER, "x")
    assert [(feed.url, feed.name, feed.tags, feed.language) for feed in found] == [
        ("https://wave.example/rss", "Wave", ("News", "Europe", "Boston/Weather", "politics"), None),
        ("https://bare.example/rss", "Bare", (), "de"),
    ]
    assert [error.key for error in wrong] == ["ftp://x.example/"]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<opml/>",
        b"<rss><body/></rss>",
        b"<!DOCTYPE opml [<!ENTITY a 'ha'>]><opml><body/></opml>",
        "<!DOCTYPE opml [<!ENTITY a 'ha'>]><opml><body/></opml>".encode("utf-16"),
        b"<?xml version='1.0' encoding='nonsense'?><opml><body/></opml>",
        b"<opml>" + b" " * 20_000_001,
    ],
)
def test_what_is_no_list_is_refused(document):
    with pytest.raises(ConfigError, match=r"list\.opml"):
        from_opml(document, "list.opml")


def test_folders_without_end_end():
    deep = b"<opml><body>" + b"<outline text='a'>" * 900 + b"</outline>" * 900 + b"</body></opml>"
    with pytest.raises(ConfigError, match="deep"):
        from_opml(deep, "x")


@pytest.mark.parametrize("folder", ["<outline>", '<outline text="a">'])
def test_folders_without_end_are_refused(folder):
    inside = folder * 20_000 + '<outline xmlUrl="http://x.example/f"/>' + "</outline>" * 20_000
    with pytest.raises(ConfigError, match="deep"):
        from_opml(f'<opml version="2.0"><body>{inside}</body></opml>'.encode(), "list.opml")
