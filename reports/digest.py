"""The daily mail: one model, rendered as text and as HTML, so that the two cannot disagree. Pure but for `write`.

StoryReports ─compose─▶ Digest (subject, text, html) ─to_message─▶ EmailMessage
                                                     ─write─▶ .eml, .html, .txt
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from monitor.clock import utc_now
from monitor.errors import MailError
from monitor.model import make_id
from reports.matrix import Line
from reports.pictures import Share, coverage_shares
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
#: How many stories, and lines of each, a digest shows: the first pair that fits is taken.
BUDGETS = ((20, 6), (15, 4), (12, 3), (10, 2), (8, 1), (4, 1))
SENDER, READER = "Framewire <framewire@localhost>", "Reader <reader@localhost>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A day's mail."""

    day: date
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A story as the mail shows it."""

    report: StoryReport
    link: str | None
    shares: list[Share]
    lines: tuple[Line, ...]
    more_lines: int


def compose(stories: Sequence[StoryReport], day: date, base_url: str | None) -> Digest:
    """The digest of a day's stories, in the order given; what has no room is counted, and linked with a `base_url`."""
    subject = shorten(_subject(stories, day), SUBJECT_LENGTH)
    digest = Digest(day=day, subject=subject, text="", html="")
    for most_stories, most_lines in BUDGETS:
        items = [_item(report, base_url, most_lines) for report in stories[:most_stories]]
        model = {
            "day": day,
            "subject": subject,
            "items": items,
            "more_stories": len(stories) - len(items),
            "totals": _totals(stories),
            "base": base_url.rstrip("/") if base_url else None,
        }
        html = _inliner().inline(_TEMPLATES.get_template("digest.html").render(model))
        text = _TEMPLATES.get_template("digest.txt").render(model).strip() + "\n"
        digest = Digest(day=day, subject=subject, text=text, html=html)
        if len(html.encode()) < MOST_BYTES:
            break
    return digest


def to_message(digest: Digest, sender: str, to: str, now: datetime | None = None) -> EmailMessage:
    """The mail to one reader. The same day's mail to the same reader has the same Message-ID, so a retry is no second."""
    message = EmailMessage()
    domain = _address(sender).domain or "localhost"
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Subject"] = digest.subject
    message["Date"] = format_datetime(now or utc_now())
    key = make_id(parseaddr(to)[1].lower(), digest.day.isoformat())
    message["Message-ID"] = f"<digest.{digest.day.isoformat()}.{key}@{domain}>"
    message["List-Id"] = f"Framewire daily digest <digest.framewire.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en"
    message.set_content(digest.text)
    message.add_alternative(digest.html, subtype="html")
    return message


def write(digest: Digest, folder: Path, sender: str = SENDER, to: str = READER) -> Path:
    """Write digest-YYYY-MM-DD.eml, .html and .txt; the path of the .eml."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"digest-{digest.day.isoformat()}.eml"
    path.with_suffix(".html").write_text(digest.html, encoding="utf-8")
    path.with_suffix(".txt").write_text(digest.text, encoding="utf-8")
    path.write_bytes(to_message(digest, sender, to).as_bytes())
    return path


def _subject(stories: Sequence[StoryReport], day: date) -> str:
    top = stories[0].headline.title if stories else "no stories"
    return f"{day_words(day)}: {top}"


def _item(report: StoryReport, base_url: str | None, most_lines: int) -> _Item:
    return _Item(
        report=report,
        link=f"{base_url.rstrip('/')}{report.path}" if base_url else None,
        shares=coverage_shares(report.timeline),
        lines=report.lines[:most_lines],
        more_lines=max(0, len(report.lines) - most_lines),
    )


def _totals(stories: Sequence[StoryReport]) -> str:
    reports = [covered for report in stories for covered in report.coverage]
    outlets = count(len({covered.feed.id for covered in reports}), "outlet")
    languages = count(len({covered.article.language for covered in reports}), "language")
    found = f"{count(len(stories), 'story', 'stories')}, {count(len(reports), 'report')} by {outlets}"
    return f"{found} in {languages}" if reports else "Nothing was told today that Framewire watches."


def _address(text: str) -> Address:
    """An address with its name; one with line ends or controls in it is refused, not mended."""
    name, address = parseaddr(text)
    try:
        if clean(text) != text.strip():
            raise ValueError("it holds controls")
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise MailError(text, "is no mail address", permanent=True) from error


def _inliner() -> CSSInliner:
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


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


_TEMPLATES = _environment()
