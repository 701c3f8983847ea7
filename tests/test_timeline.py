"""Lanes, order and languages of a story, and the pictures made of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from reports.pictures import KIND_COLOURS, coverage_bar, coverage_shares, timeline_picture
from reports.timeline import timeline
from reports.web.views import STATIC
from reports.words import clean, direction, later_words, safe_link, shorten, slug, span_words
from tests.fakes import NOON, feed, frame
from tests.rows import HOSTILE, POST, VOLNA, covered

WIRE = feed("wire", kind="agency", language="en")


def at(hours: float) -> dict:
    return {"published": NOON + timedelta(hours=hours)}


def test_lanes_are_states_then_kinds_in_the_order_of_uptake():
    told = timeline(
        [
            covered("2", POST, **at(2)),
            covered("1", VOLNA, [frame(kind="negligence"), frame(target="GBR", kind="atrocity")], **at(0)),
            covered("3", WIRE, [frame(stance="denies")], **at(1)),
            covered("4", VOLNA, **at(5)),
        ]
    )
    assert [(lane.key, lane.label, lane.state, len(lane.marks)) for lane in told.lanes] == [
        ("RUS", "Russia", "RUS", 2),
        ("agency", "news agency", None, 1),
        ("independent", "independent", None, 1),
    ]
    assert told.first is not None
    assert told.first.outlet == "volna"
    assert [(one.outlet, one.reports) for one in told.uptake] == [("volna", 2), ("wire", 1), ("post", 1)]
    assert told.languages == ("en", "ru")
    assert told.states == ("RUS",)
    assert [(mark.kind, mark.frames) for mark in told.marks] == [
        ("atrocity", 2),
        (None, 1),
        (None, 0),
        (None, 0),
    ]


def test_a_story_without_articles_has_an_empty_timeline():
    told = timeline([])
    assert (told.lanes, told.uptake, told.first, told.marks) == ((), (), None, ())
    assert timeline_picture(told, name="t") == ""
    ElementTree.fromstring(coverage_bar(told, name="b"))


@pytest.mark.parametrize("width", [343, 960])
@pytest.mark.parametrize("step", [0, 0.2, 3, 400])
def test_the_picture_keeps_every_mark_inside_and_apart(width, step):
    rows = [covered(str(i), (VOLNA, POST, WIRE)[i % 3], **at(i * step)) for i in range(9)]
    root = ElementTree.fromstring(
        timeline_picture(timeline(rows), name="t", width=width, link=lambda m: m.article)
    )
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    places = {(circle.get("cx"), circle.get("cy")) for circle in circles}
    assert len(places) == len(circles) == 9
    height = float(root.get("viewBox").split()[3])
    assert all(0 < float(x) < width and 0 < float(y) < height for x, y in places)
    assert len(root.findall(".//{http://www.w3.org/2000/svg}a")) == 9


def test_many_marks_go_without_names():
    rows = [covered(str(i), POST, **at(i)) for i in range(60)]
    assert 'class="outlet"' not in timeline_picture(timeline(rows), name="t")


def test_hostile_text_is_harmless_in_a_picture():
    rows = [covered("1", feed(HOSTILE, state="RUS"), title=HOSTILE, language='"><script>')]
    for picture in (timeline_picture(timeline(rows), name="t"), coverage_bar(timeline(rows), name="b")):
        ElementTree.fromstring(picture)
        assert "<script" not in picture
        assert "\u202e" not in picture
        assert len(picture) < 6000


def test_pictures_have_names_for_those_who_cannot_see_them():
    root = ElementTree.fromstring(timeline_picture(timeline([covered("1", VOLNA)]), name="t7"))
    ids = [root.find(f"{{http://www.w3.org/2000/svg}}{tag}").get("id") for tag in ("title", "desc")]
    assert root.get("aria-labelledby").split() == ids == ["t7-t", "t7-d"]
    assert "Russia 1" in root.find("{http://www.w3.org/2000/svg}desc").text


def test_shares_are_of_the_reports_states_first():
    rows = [covered("1", POST), covered("2", POST, **at(1)), covered("3", VOLNA, **at(2))]
    shares = coverage_shares(timeline(rows))
    assert [(share.words, round(share.share, 2)) for share in shares] == [
        ("Russia 1", 0.33),
        ("independent 2", 0.67),
    ]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_kinds_differ_in_grey_and_stand_out_from_the_paper():
    lights = sorted(116 * luminance(colour) ** (1 / 3) - 16 for colour in KIND_COLOURS.values())
    assert all(two - one > 2.5 for one, two in pairwise(lights))
    paper = luminance("#fbfaf7")
    assert all((paper + 0.05) / (luminance(colour) + 0.05) > 3 for colour in KIND_COLOURS.values())


def test_the_stylesheet_has_the_same_colours():
    css = (STATIC / "framewire.css").read_text()
    for kind, colour in KIND_COLOURS.items():
        assert f"--{kind}: {colour};" in css
        assert f".kind-{kind} {{ --colour: var(--{kind}); }}" in css


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb\tc", "a b c"),
        ("\u202eevil\u202c\u2066x\u2069", "evilx"),
        ("می\u200cرود", "می\u200cرود"),
        ("\x00a\x1b[31m\x85", "a[31m"),
        ("  ", ""),
    ],
)
def test_clean_text_fits_a_line(text, line):
    assert clean(text) == line


def test_words_for_times_and_lengths():
    assert later_words(timedelta(0)) == "+0 min"
    assert later_words(timedelta(minutes=95)) == "+1 h 35 min"
    assert later_words(timedelta(days=2, minutes=5)) == "+2 d"
    assert span_words(NOON, NOON) == "5 October 2026"
    assert span_words(NOON, NOON + timedelta(days=1)) == "5–6 October 2026"
    assert span_words(NOON, NOON + timedelta(days=30)) == "5 October – 4 November 2026"
    assert span_words(NOON, NOON + timedelta(days=100)) == "5 October 2026 – 13 January 2027"
    assert shorten("one two three", 9) == "one two…"
    assert len(shorten("x" * 5000, 200)) == 200
    assert [direction(language) for language in ("fa", "ar-EG", "ru", "", "ku")] == [
        "rtl",
        "rtl",
        "ltr",
        "ltr",
        "ltr",
    ]
    assert slug("Kurds & US: “Führer”") == "kurds-us-fuhrer"
    assert slug("دمشق") == ""


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.example", "", "http://", "ftp://a/b"]
)
def test_only_web_addresses_become_links(url):
    assert safe_link(url) is None
    assert safe_link("https://a.example/x?y=1") == "https://a.example/x?y=1"
