"""The daily mail: what it says, that text and HTML agree, that nothing in it can do harm."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from html import unescape

import pytest

from monitor.errors import MailError
from reports.changes import Change
from reports.digest import LEAVE, MOST_BYTES, compose, for_reader
from reports.feed_health import Health
from reports.mail_picture import SHADES
from reports.message import Leave, to_message, write
from reports.pictures import coverage_shares
from reports.story_report import report
from tests.fakes import feed, frame
from tests.rows import HOSTILE, POST, VOLNA, covered, sample_stories, story_of

DAY = date(2026, 10, 5)
BASE = "https://framewire.example"


def told(rows, key="story"):
    return report(story_of(rows, key), rows)


@pytest.fixture(scope="module")
def world():
    return [told(rows, key) for key, rows in sample_stories().items()]


def plain(html: str) -> str:
    """The words of a page, markup and spaces aside."""
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.S)
    return " ".join(unescape(body).split())


def test_text_and_html_say_the_same(world):
    digest = compose(world, DAY, BASE)
    words, text = plain(digest.html), " ".join(digest.text.split())
    for story in world:
        assert story.headline.title in text
        assert story.headline.title in words
        assert story.size_words in text
        assert story.size_words in words
    assert text.count("→") == words.count("→") > 20
    assert text.count("doubt") == words.count("doubt") > 5
    for line in world[0].lines[:1]:
        assert line.text in text
        assert f"{line.pair} · {line.words}" in words


def test_every_line_has_its_quote_outlet_and_link(world):
    digest = compose(world, DAY, None)
    shown = [line for story in world for line in story.lines if line.quote.frame.evidence in digest.text]
    assert len(shown) > 20
    for line in shown:
        assert line.quote.article.url in digest.text
        assert f'href="{line.quote.article.url}"' in digest.html
        assert line.quote.feed.name in digest.text


def test_foreign_passages_carry_language_and_direction(world):
    html = compose(world, DAY, None).html
    quotes = re.findall(r'<div class="quote[^>]*>', html)
    assert len({re.search(r'lang="(\w+)"', quote)[1] for quote in quotes}) >= 6
    for quote in quotes:
        assert ('dir="rtl"' in quote) == bool(re.search(r'lang="(ar|fa)"', quote))


def test_nothing_is_fetched_and_the_size_stays_under_the_cut(world):
    html = compose(world * 6, DAY, BASE).html
    assert len(html.encode()) < MOST_BYTES
    assert not re.search(r"<(link|script|iframe|object)|url\(|@import|@font-face", html)
    assert all(address.startswith("cid:") for address in re.findall(r'src="([^"]*)"', html))
    assert "prefers-color-scheme: dark" in html
    assert 'style="' in html


def test_what_has_no_room_is_counted(world):
    digest = compose(world * 6, DAY, BASE)
    shown = digest.text.count(f"{BASE}/story/")
    assert 0 < shown < 48
    assert f"And {48 - shown} more stories" in digest.text
    assert f"And {48 - shown} more stories" in plain(digest.html)
    assert re.search(r"And \d+ more lines of blame", digest.text)


def test_links_to_the_pages_need_a_base_address(world):
    assert f"{BASE}{world[0].path}" in compose(world, DAY, BASE + "/").text
    assert "/story/" not in compose(world, DAY, None).text
    assert "/story/" not in compose(world, DAY, None).html


def test_a_day_without_stories_says_so():
    digest = compose([], DAY, None)
    assert digest.subject == "5 October 2026: no stories"
    assert "Nothing was told today" in digest.text
    assert "Nothing was told today" in digest.html


def test_a_story_without_blame_says_so():
    digest = compose([told([covered("1", POST)])], DAY, None)
    assert "No blame was found" in digest.text
    assert "No blame was found" in digest.html


def test_hostile_text_is_harmless():
    bad = feed(HOSTILE)
    rows = [
        covered(
            "1",
            bad,
            [frame("OUTLET", evidence=HOSTILE), frame(caveat=True)],
            title=HOSTILE,
            url="javascript:alert(1)",
            language='"><b>',
        )
    ]
    digest = compose([told(rows)], DAY, BASE)
    mail = to_message(digest, "Wire <wire@framewire.example>", "a@reader.example")
    for text in (digest.html, digest.text, digest.subject, mail.as_string()):
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    assert "<script" not in digest.html
    assert 'href="javascript' not in digest.html
    assert "\n" not in digest.subject
    assert len(digest.subject) <= 150
    assert len(digest.html) < 30_000
    assert mail["Bcc"] is None
    assert not any(line.startswith("Bcc:") for line in digest.text.splitlines())


def test_the_mail_is_whole_when_read_again(world):
    digest = compose(world, DAY, BASE)
    now = datetime(2026, 10, 6, 5, 0, tzinfo=UTC)
    sent = to_message(digest, "Wire <wire@framewire.example>", "Leser <a@reader.example>", now)
    mail = message_from_bytes(sent.as_bytes(), policy=policy.default)
    assert mail.get_content_type() == "multipart/alternative"
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "multipart/related"]
    assert parts[0].get_content() == digest.text
    page, *pictures = parts[1].iter_parts()
    assert page.get_content().strip() == digest.html.strip()
    assert [picture["Content-ID"] for picture in pictures] == [f"<{one.cid}>" for one in digest.pictures]
    assert [picture.get_content() for picture in pictures] == [one.png for one in digest.pictures]
    assert re.findall(r'src="cid:([^"]+)"', digest.html) == [one.cid for one in digest.pictures]
    # The standard library may break the line before the first word; readers drop that space.
    assert mail["Subject"].strip() == digest.subject
    assert digest.subject.startswith("5 October 2026: ")
    assert mail["Date"].datetime == now
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "<digest.framewire.framewire.example>" in mail["List-Id"]
    assert mail["From"].addresses[0].addr_spec == "wire@framewire.example"
    assert all(len(line) < 999 for line in sent.as_bytes().split(b"\n"))


def test_pictures_are_small_pngs_with_a_text_equivalent(world):
    digest = compose(world, DAY, BASE)
    assert len(digest.pictures) == len(world)
    images = re.findall(r"<img[^>]*>", digest.html)
    alts = {re.search('cid:([^"]*)"', image)[1]: re.search('alt="([^"]*)"', image)[1] for image in images}
    for picture, story in zip(digest.pictures, world, strict=True):
        assert picture.png.startswith(b"\x89PNG")
        assert len(picture.png) < 5_000
        for share in coverage_shares(story.timeline):
            assert share.words in alts[picture.cid]
            assert share.words.replace(" ", "\xa0") in unescape(digest.html).replace(" ", "\xa0")
    assert all(contrast(shade, ground) >= 3 for shade in SHADES.values() for ground in ("#fbfaf7", "#18191c"))


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_reader_has_a_way_off_the_list():
    digest = for_reader(compose([], DAY, BASE, leave=True), f"{BASE}/unsubscribe/t?a=1&b=2")
    mail = to_message(
        digest, "W <w@wire.example>", "a@reader.example", key="sub", leave=Leave(token="t", base_url=BASE)
    )
    assert f"{BASE}/unsubscribe/t?a=1&b=2" in digest.text
    assert f'href="{BASE}/unsubscribe/t?a=1&amp;b=2"' in digest.html
    assert LEAVE not in digest.text + digest.html
    assert (
        mail["List-Unsubscribe"] == f"<{BASE}/unsubscribe/t>, <mailto:w@wire.example?subject=unsubscribe%20t>"
    )
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == "<digest.2026-10-05.sub@wire.example>"
    assert LEAVE not in compose([], DAY, BASE).text


def test_one_click_needs_https():
    mail = to_message(
        compose([], DAY, None),
        "w@wire.example",
        "a@reader.example",
        leave=Leave(token="t", base_url="http://l.example"),
    )
    assert mail["List-Unsubscribe-Post"] is None
    assert "<http://l.example/unsubscribe/t>" in mail["List-Unsubscribe"]


def test_a_reader_may_have_text_alone(world):
    digest = compose(world, DAY, BASE)
    mail = to_message(digest, "w@wire.example", "a@reader.example", text_only=True)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == digest.text


def test_broken_feeds_are_named_in_both_parts():
    bad = [(feed(f"bad{i}"), Health("bad", "failing", "The server answered 503")) for i in range(20)]
    digest = compose([], DAY, None, feeds=bad)
    for words in (digest.text, plain(digest.html)):
        assert "bad0" in words
        assert "The server answered 503" in words
        assert "And 5 more feeds" in words
        assert "bad19" not in words


def test_changes_come_first_with_their_quotes(world):
    enclave = max(world, key=lambda story: len(story.lines))
    found = [
        Change(kind="target", story=enclave, line=enclave.lines[0]),
        Change(kind="ended", story=world[1]),
    ]
    digest = compose(world, DAY, BASE, changes=found)
    for words in (digest.text, plain(digest.html)):
        low = words.lower()
        assert low.index("what changed since") < low.index("new target") < low.index(enclave.size_words)
        assert enclave.lines[0].quote.frame.evidence in words
        assert world[1].headline.title in words.split("last report")[0]


def test_the_message_id_is_the_readers_and_the_days(world):
    def key(to: str, day: date = DAY) -> str:
        return to_message(compose(world[:1], day, None), "w@framewire.example", to)["Message-ID"]

    assert key("a@reader.example") == key("A <A@reader.example>")
    assert re.fullmatch(r"<digest\.2026-10-05\.[0-9a-f]{16}@framewire\.example>", key("a@reader.example"))
    assert (
        len({key("a@reader.example"), key("b@reader.example"), key("a@reader.example", date(2026, 10, 6))})
        == 3
    )


@pytest.mark.parametrize("to", ["", "nobody", "a@b@c", "a b <x>"])
def test_a_wrong_address_is_a_mail_error(to):
    with pytest.raises(MailError) as caught:
        to_message(compose([], DAY, None), "w@framewire.example", to)
    assert caught.value.permanent


def test_line_ends_in_an_address_start_no_header():
    with pytest.raises(MailError):
        to_message(compose([], DAY, None), "w@framewire.example", "a@b.example\r\nBcc: c@d.example")


def test_write_leaves_three_files(tmp_path, world):
    path = write(compose(world, DAY, None), tmp_path / "out")
    assert path == tmp_path / "out" / "digest-2026-10-05.eml"
    assert sorted(file.suffix for file in path.parent.iterdir()) == [".eml", ".html", ".txt"]
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail.get_body(("plain",)).get_content() == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_an_outlets_own_voice_and_denials_are_said_in_words():
    rows = [covered("1", VOLNA, [frame("OUTLET"), frame("USA", "USA", stance="denies")])]
    text = compose([told(rows)], DAY, None).text
    assert "Russia (outlet) → United States · negligence" in text
    assert "United States → itself · denies · negligence" in text
