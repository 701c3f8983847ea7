"""Mails around a digest: headers by the rules of good lists, parts, pictures; and the files of a preview.

multipart/alternative
├── text/plain
└── multipart/related
    ├── text/html
    └── image/png …      each by its Content-ID
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import quote

from monitor.clock import utc_now
from monitor.errors import MailError
from monitor.model import make_id
from monitor.subscription import Subscription
from reports.digest import Digest
from reports.words import clean

SENDER, READER = "Framewire <framewire@localhost>", "Reader <reader@localhost>"
#: Only seven bits travel, so that no server on the way has to know more.
_POLICY = default.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """How a reader gets off the list: the key of the mail's links, and where the pages are, if anywhere."""

    token: str
    base_url: str | None = None

    @property
    def page(self) -> str | None:
        """The page that asks whether to unsubscribe; a POST to it does so at once (RFC 8058)."""
        return f"{self.base_url.rstrip('/')}/unsubscribe/{self.token}" if self.base_url else None


def to_message(
    digest: Digest,
    sender: str,
    to: str,
    now: datetime | None = None,
    *,
    key: str | None = None,
    leave: Leave | None = None,
    text_only: bool = False,
) -> EmailMessage:
    """The mail to one reader. With the same `key` and day the Message-ID is the same, so a retry is no second mail.

    The key is the subscription's id; without one the reader's address stands for it.
    """
    key = key or make_id(parseaddr(to)[1].lower(), digest.day.isoformat())
    message = _letter(sender, to, digest.subject, now)
    domain = _domain(sender)
    message["Message-ID"] = message_id("digest", digest.day, key, domain)
    message["List-Id"] = f"Framewire daily digest <digest.framewire.{domain}>"
    if leave is not None:
        add_leave(message, sender, leave)
    message.set_content(digest.text)
    if text_only:
        return message
    message.add_alternative(digest.html, subtype="html")
    _, related = message.iter_parts()
    assert isinstance(related, EmailMessage)
    for picture in digest.pictures:
        related.add_related(
            picture.png, "image", "png", cid=f"<{picture.cid}>", disposition="inline", filename=picture.name
        )
    return message


def message_id(what: str, day: date, key: str, domain: str) -> str:
    """`<digest.2026-10-05.KEY@DOMAIN>`."""
    return f"<{what}.{day.isoformat()}.{key}@{domain}>"


def confirmation(subscription: Subscription, sender: str, base_url: str, now: datetime) -> EmailMessage:
    """The mail that asks a reader for a yes; nothing else is sent before it."""
    link = f"{base_url.rstrip('/')}/subscriptions/confirm/{subscription.token}"
    message = _letter(sender, subscription.address, "Please confirm your Framewire digest", now)
    message["Message-ID"] = message_id(
        "confirm", subscription.created.date(), subscription.id, _domain(sender)
    )
    plan = subscription.schedule
    message.set_content(
        f"Somebody, hopefully you, asked that Framewire's digest be sent to this address\n"
        f"({plan.days}, at {plan.hour:02}:{plan.minute:02} {plan.zone}).\n\n"
        f"To confirm, open this page and press the button:\n\n{link}\n\n"
        f"If it was not you, do nothing: without your yes no other mail comes, and the\n"
        f"request is forgotten after two days.\n"
    )
    return message


def notice(sender: str, to: str, subject: str, text: str, html: str, key: str, now: datetime) -> EmailMessage:
    """A short mail about one event (an alert), its Message-ID made of the event's key."""
    message = _letter(sender, to, subject, now)
    message["Message-ID"] = f"<alert.{key}@{_domain(sender)}>"
    message["List-Id"] = f"Framewire alerts <alerts.framewire.{_domain(sender)}>"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def write(digest: Digest, folder: Path, sender: str = SENDER, to: str = READER) -> Path:
    """Write digest-YYYY-MM-DD.eml, .html (pictures inside it) and .txt; the path of the .eml."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"digest-{digest.day.isoformat()}.eml"
    path.with_suffix(".html").write_text(page_of(digest), encoding="utf-8")
    path.with_suffix(".txt").write_text(digest.text, encoding="utf-8")
    path.write_bytes(to_message(digest, sender, to).as_bytes())
    return path


def page_of(digest: Digest) -> str:
    """The HTML part as a page of its own: a browser knows no Content-IDs, so the pictures stand in their addresses."""
    html = digest.html
    for picture in digest.pictures:
        data = base64.b64encode(picture.png).decode()
        html = html.replace(f"cid:{picture.cid}", f"data:image/png;base64,{data}")
    return html


def _letter(sender: str, to: str, subject: str, now: datetime | None) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Subject"] = clean(subject)
    message["Date"] = format_datetime(now or utc_now())
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en"
    return message


def add_leave(message: EmailMessage, sender: str, leave: Leave) -> None:
    """List-Unsubscribe by page and by mail; One-Click only with a page over HTTPS (RFC 8058 §3.1)."""
    mail = f"<mailto:{parseaddr(sender)[1]}?subject={quote(f'unsubscribe {leave.token}')}>"
    message["List-Unsubscribe"] = f"<{leave.page}>, {mail}" if leave.page else mail
    if leave.page and leave.page.startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _domain(sender: str) -> str:
    return _address(sender).domain or "localhost"


def _address(text: str) -> Address:
    """An address with its name; one with line ends or controls in it is refused, not mended."""
    name, address = parseaddr(text)
    try:
        if clean(text) != text.strip():
            raise ValueError("it holds controls")
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise MailError(text, "is no mail address", permanent=True) from error
