"""The daily mail: what it says, that text and HTML agree, that nothing in it can do harm."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from html import unescape

import pytest

from monitor.errors import MailError
from reports.digest import MOST_BYTES, compose, to_message, write
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
    assert not re.search(r"<(img|link|script|iframe|object)|url\(|@import|@font-face", html)
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
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content() == digest.text
    assert parts[1].get_content().strip() == digest.html.strip()
    # The standard library may break the line before the first word; readers drop that space.
    assert mail["Subject"].strip() == digest.subject
    assert digest.subject.startswith("5 October 2026: ")
    assert mail["Date"].datetime == now
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "<digest.framewire.framewire.example>" in mail["List-Id"]
    assert mail["From"].addresses[0].addr_spec == "wire@framewire.example"
    assert all(len(line) < 999 for line in sent.as_bytes().split(b"\n"))


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
