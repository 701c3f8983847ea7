"""The daily mail: one model, rendered as text and as HTML, so that the two cannot disagree. Pure.

StoryReports, Changes, feeds ─compose─▶ Digest (subject, text, html, pictures) ─message.to_message─▶ EmailMessage
                                                                               ─message.write─▶ .eml, .html, .txt
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.model import Feed
from monitor.subscription import Query
from reports.changes import Change
from reports.feed_health import Health
from reports.mail_picture import HEIGHT, SHADES, WIDTH, Picture, coverage_png
from reports.matrix import Line
from reports.pictures import Share, coverage_shares
from reports.selection import asked_first
from reports.story_report import StoryReport
from reports.words import (
    clean,
    count,
    day_words,
    direction,
    language_name,
    moment_words,
    safe_link,
    shorten,
)

#: Gmail cuts a mail off at 102 kB; stay under 100.
MOST_BYTES = 100_000
NAME_LENGTH, TITLE_LENGTH, QUOTE_LENGTH, SUBJECT_LENGTH = 80, 200, 320, 150
#: How many changes, stories, and lines of each story a digest shows: the first that fits is taken.
BUDGETS = ((6, 20, 6), (6, 15, 4), (6, 12, 3), (5, 10, 2), (4, 8, 1), (3, 4, 1))
#: Broken feeds named at the end.
MOST_FEEDS = 15
#: Stands where each reader's own link to leave goes, so that readers of one query share one composition.
LEAVE = "https://leave.framewire.invalid/"

EVERYTHING = Query()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A day's mail."""

    day: date
    subject: str
    text: str
    html: str
    #: What the HTML part shows by Content-ID.
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A story as the mail shows it."""

    report: StoryReport
    link: str | None
    shares: list[Share]
    picture: Picture
    lines: tuple[Line, ...]
    more_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change with the link to its story."""

    change: Change
    link: str | None


def compose(
    stories: Sequence[StoryReport],
    day: date,
    base_url: str | None,
    *,
    changes: Sequence[Change] = (),
    feeds: Sequence[tuple[Feed, Health]] = (),
    query: Query = EVERYTHING,
    leave: bool = False,
) -> Digest:
    """The digest of a day's stories, in the order given; what has no room is counted, and linked with a `base_url`.

    With `leave` it ends in the way off the list: fill in each reader's own with `for_reader`.
    """
    base = base_url.rstrip("/") if base_url else None
    subject = shorten(_subject(stories, day), SUBJECT_LENGTH)
    model = {
        "day": day,
        "subject": subject,
        "more_feeds": max(0, len(feeds) - MOST_FEEDS),
        "feeds": feeds[:MOST_FEEDS],
        "totals": _totals(stories),
        "base": base,
        "leave": LEAVE if leave else None,
        "picture_size": (WIDTH, HEIGHT),
        "shades": SHADES,
    }
    digest = Digest(day=day, subject=subject, text="", html="")
    for most_changes, most_stories, most_lines in BUDGETS:
        items = [_item(report, base, query, most_lines) for report in stories[:most_stories]]
        model |= {
            "items": items,
            "more_stories": len(stories) - len(items),
            "changes": [_change(change, base) for change in changes[:most_changes]],
            "more_changes": max(0, len(changes) - most_changes),
        }
        html = _INLINER.inline(_TEMPLATES.get_template("digest.html").render(model))
        text = _TEMPLATES.get_template("digest.txt").render(model).strip() + "\n"
        pictures = tuple(item.picture for item in items if item.shares)
        digest = replace(digest, text=text, html=html, pictures=pictures)
        if len(html.encode()) < MOST_BYTES:
            break
    return digest


def for_reader(digest: Digest, link: str) -> Digest:
    """The digest with a reader's own link to leave the list."""
    return replace(
        digest, text=digest.text.replace(LEAVE, link), html=digest.html.replace(LEAVE, escape(link))
    )


def _subject(stories: Sequence[StoryReport], day: date) -> str:
    top = stories[0].headline.title if stories else "no stories"
    return f"{day_words(day)}: {top}"


def _item(report: StoryReport, base: str | None, query: Query, most_lines: int) -> _Item:
    return _Item(
        report=report,
        link=f"{base}{report.path}" if base else None,
        shares=coverage_shares(report.timeline),
        picture=coverage_png(report.timeline, report.story.id),
        lines=asked_first(query, report.lines)[:most_lines],
        more_lines=max(0, len(report.lines) - most_lines),
    )


def _change(change: Change, base: str | None) -> _Change:
    return _Change(change=change, link=f"{base}{change.story.path}" if base else None)


def _totals(stories: Sequence[StoryReport]) -> str:
    reports = [covered for report in stories for covered in report.coverage]
    outlets = count(len({covered.feed.id for covered in reports}), "outlet")
    languages = count(len({covered.article.language for covered in reports}), "language")
    found = f"{count(len(stories), 'story', 'stories')}, {count(len(reports), 'report')} by {outlets}"
    return f"{found} in {languages}" if reports else "Nothing was told today that Framewire watches."


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clean": clean,
        "count": count,
        "day": day_words,
        "direction": direction,
        "language": language_name,
        "moment": moment_words,
        "name": lambda text: shorten(text, NAME_LENGTH),
        "quote": lambda text: shorten(text, QUOTE_LENGTH),
        "title": lambda text: shorten(text, TITLE_LENGTH),
        "safe_link": safe_link,
    }
    return environment


_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
_TEMPLATES = _environment()
