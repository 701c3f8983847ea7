"""feeds.yaml: read strictly, faults named with their lines, written with its comments kept."""

import re

import pytest

from monitor.config import FeedsFile, fingerprint, load_feeds, parse_duration
from monitor.errors import ConfigError, FileChangedError, NotFoundError
from monitor.model import Feed

GOOD = """\
# what we watch
version: 1
defaults: {interval: 1h, timezone: Europe/Moscow}
feeds:
  # an agency
  - url: https://volna.example/feed.xml
    name: 'Волна'   # quoted by hand
    state: RUS
    kind: state_media
    tags: [agency]

  - url: https://quai.example/atom.xml
    name: Le Quai
    interval: 30m
    enabled: false
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "feeds.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return file


def _refused(tmp_path, text):
    file = tmp_path / "bad.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_feeds(file)
    return str(caught.value)


def test_a_file_reads_as_feeds(path):
    volna, quai = load_feeds(path)
    assert volna == Feed(
        url="https://volna.example/feed.xml",
        name="Волна",
        state="RUS",
        kind="state_media",
        tags=("agency",),
        interval=3600.0,
        timezone="Europe/Moscow",
    )
    assert (quai.interval, quai.enabled, quai.timezone, quai.kind) == (
        1800.0,
        False,
        "Europe/Moscow",
        "independent",
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    state: RUS", "    stat: RUS", r"line 8: unknown key 'feeds\.stat'"),
        ("defaults: {interval", "defaults: {intervall", r"line 3: unknown key 'defaults\.intervall'"),
        ("version: 1\n", "version: 1\nlang: ru\n", "line 3: unknown key 'lang'"),
        ("state: RUS", "state: RU", "line 8: .*'RU' is no state"),
        ("state: RUS", "state: ISIS", "line 8: .*'ISIS' is no state"),
        ("kind: state_media", "kind: tabloid", r"line 9: feeds\.kind"),
        ("interval: 30m", "interval: 1m", "line 14: .*shorter than 15 minutes"),
        ("interval: 30m", "interval: often", "line 14: .*is no duration"),
        ("enabled: false", "enabled: perhaps", r"line 15: feeds\.enabled"),
        ("Europe/Moscow", "Europe/Mosco", "line 3: .*is no time zone"),
        ("Europe/Moscow", "../../etc/passwd", "line 3: .*is no time zone"),
        ("https://quai", "ftp://quai", r"line 12: feeds\.url: write a full address"),
        ("name: Le Quai", "name: ''", r"line 13: feeds\.name"),
        ("    name: Le Quai\n", "", r"line 12: feeds\.name: Field required"),
        (
            "https://quai.example/atom.xml",
            "https://VOLNA.example:443/feed.xml#x",
            ":12: names .* a second time",
        ),
        ("version: 1", "version: 2", "has version 2"),
        ("version: 1\n", "", "has version None"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, old, new, message):
    assert old in GOOD
    assert re.search(message, _refused(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no settings"),
        ("[]", "holds no settings"),
        ("just words", "holds no settings"),
        ("version: 1", "feeds: Field required"),
        ("version: 1\nfeeds: 3", "line 2: feeds"),
        ("version: 1\nfeeds: [3]", "line 2: feeds"),
        ("version: 1\nfeeds: [\n", "is no YAML"),
        ("version: 1\nfeeds: []\nfeeds: []", "yaml:3: is no YAML .*duplicate key"),
        ("version: 1\nfeeds:\n  - url: http://a.example/\n   name: b", "yaml:4: is no YAML"),
        ("version: 1\nfeeds: [!!python/object/apply:os.system [true]]", "line 2: feeds"),
        ("version: 1\nfeeds: &x [*x]", "line 2: feeds"),
        ("<html><body>not found</body></html>", "holds no settings"),
        (b"version: 1\nfeeds: []\n# \xff\xfe", "must be a UTF-8 text file"),
        pytest.param(b"\x00" * 1000, "bad.yaml"),
    ],
)
def test_what_is_no_feeds_file_is_refused(tmp_path, text, message):
    assert re.search(message, _refused(tmp_path, text))


def test_an_address_with_a_line_break_is_refused(tmp_path):
    assert "line 3" in _refused(
        tmp_path, 'version: 1\nfeeds:\n  - url: "http://a.example/\\nX"\n    name: A\n'
    )


def test_anchors_that_repeat_each_other_are_refused(tmp_path):
    lines = [f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    text = "\n".join(["version: 1", "a: &a [x, x]", *lines, "feeds: *i", ""])
    assert "more than 400,000 values" in _refused(tmp_path, text)


def test_a_file_of_megabytes_is_refused_unread(tmp_path):
    assert "larger than" in _refused(tmp_path, "#" * 4_000_001)


@pytest.mark.parametrize("value", ["2020-99-99", "!!int x", "1" * 5000])
def test_a_value_that_cannot_be_read_is_refused(tmp_path, value):
    assert "cannot be read" in _refused(tmp_path, f"version: 1\nfeeds: []\nx: {value}\n")


def test_deep_nesting_is_refused(tmp_path):
    assert "too deep" in _refused(tmp_path, "version: 1\nfeeds: " + "{a: " * 1000 + "}" * 1000)


@pytest.mark.parametrize("zone", ["Europe", "a" * 300])
def test_a_zone_that_is_a_folder_or_no_file_name_is_refused(tmp_path, zone):
    assert "no time zone" in _refused(tmp_path, GOOD.replace("Europe/Moscow", zone))


@pytest.mark.parametrize("url", ["http://[::1", "http://a.example:99999/"])
def test_an_address_that_cannot_be_read_is_refused(tmp_path, url):
    assert "line 3" in _refused(tmp_path, f'version: 1\nfeeds:\n  - url: "{url}"\n    name: A\n')


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="framewire feeds add"):
        load_feeds(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("15m", 900), ("900", 900), (900, 900), ("2h", 7200), ("1.5 h", 5400), ("1d", 86400)],
)
def test_durations(value, seconds):
    assert parse_duration(value) == seconds


@pytest.mark.parametrize("value", ["", "m", "-1h", "1w", "0", "14m", None, True, "1e9", "١٥"])
def test_no_durations(value):
    with pytest.raises(ValueError, match=r"no duration|shorter than"):
        parse_duration(value)


def test_adding_keeps_every_comment_and_quote(path):
    file = FeedsFile(path)
    file.add(Feed(url="https://new.example/rss", name="New", state="TUR", kind="state_media", tags=("x",)))
    text = path.read_text(encoding="utf-8")
    for line in GOOD.splitlines():
        # ruamel indents the list in its own way, and moves the comments behind with it.
        assert " ".join(line.split()) in " ".join(text.split())
    assert [feed.name for feed in load_feeds(path)] == ["Волна", "Le Quai", "New"]
    assert load_feeds(path) == file.feeds


def test_adding_and_removing_gives_the_file_back(path):
    file = FeedsFile(path)
    file.add(Feed(url="https://new.example/rss", name="New"))
    file.remove("https://NEW.example/rss#x")
    assert path.read_text(encoding="utf-8").split() == GOOD.split()


def test_removing_what_is_not_there(path):
    with pytest.raises(NotFoundError, match="feeds list"):
        FeedsFile(path).remove("https://nobody.example/")
    assert path.read_text(encoding="utf-8") == GOOD


def test_a_feed_that_is_there_is_not_added_twice(path):
    with pytest.raises(ConfigError, match="a second time"):
        FeedsFile(path).add(Feed(url="https://quai.example/atom.xml?utm_source=x", name="Again"))
    assert path.read_text(encoding="utf-8") == GOOD


def test_a_refused_feed_does_not_spoil_the_next_edit(path):
    file = FeedsFile(path)
    with pytest.raises(ConfigError):
        file.add(Feed(url="https://quai.example/atom.xml", name="Again"))
    file.add(Feed(url="https://new.example/rss", name="New"))


def test_a_feed_is_written_whole(path):
    added = Feed(
        url="https://new.example/rss", name="New", interval=7200.0, timezone="Asia/Tehran", enabled=False
    )
    FeedsFile(path).add(added)
    assert load_feeds(path)[-1] == added


def test_a_file_changed_underneath_is_not_overwritten(path):
    file = FeedsFile(path)
    changed = GOOD.replace("Le Quai", "Quai")
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(FileChangedError, match="nothing was written"):
        file.add(Feed(url="https://new.example/rss", name="New"))
    assert path.read_text(encoding="utf-8") == changed
    assert list(path.parent.iterdir()) == [path]


def test_several_edits_through_one_object(path):
    file = FeedsFile(path)
    for number in range(3):
        file.add(Feed(url=f"https://n{number}.example/rss", name=f"N{number}"))
    assert len(load_feeds(path)) == 5


def test_a_new_file_is_made_once(tmp_path):
    path = tmp_path / "deep" / "feeds.yaml"
    FeedsFile.create(path).add(Feed(url="https://new.example/rss", name="New", language="ru"))
    assert [feed.language for feed in load_feeds(path)] == ["ru"]
    with pytest.raises(ConfigError, match="there already"):
        FeedsFile.create(path)


def test_writing_keeps_the_mode(path):
    path.chmod(0o640)
    FeedsFile(path).remove("https://quai.example/atom.xml")
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_fingerprint_changes_with_the_file(path, tmp_path):
    before = fingerprint(path)
    assert before == fingerprint(path) != ""
    FeedsFile(path).remove("https://quai.example/atom.xml")
    assert fingerprint(path) != before
    assert fingerprint(tmp_path / "none.yaml") == ""
