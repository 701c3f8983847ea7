"""The mail and the JSON of one alert. Pure."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Any

from markupsafe import Markup

from monitor.alert import Event, Rule
from reports.message import notice
from reports.words import DOUBT, clean, direction, safe_link, shorten

_QUOTE, _SUBJECT, _NAME = 320, 150, 80
_NOTE = "Found by a machine: each line is a claim that somebody made, and no finding that the claim is true."


def alert_message(rule: Rule, event: Event, sender: str, base_url: str | None, now: datetime) -> EmailMessage:
    """The mail about an event; the same event has the same Message-ID."""
    assert rule.address is not None
    link = f"{base_url}{event.path}" if base_url and event.path else None
    subject = shorten(f"Alert: {event.title}", _SUBJECT)
    text, html = _text(rule, event, link), _html(rule, event, link)
    return notice(sender, rule.address, subject, text, html, event.id, now)


def event_json(rule: Rule, event: Event, base_url: str | None) -> dict[str, Any]:
    """What a webhook gets."""
    return {
        "type": f"alert.{rule.trigger}",
        "timestamp": event.at.isoformat().replace("+00:00", "Z"),
        "data": {
            "id": event.id,
            "alert": rule.name,
            "title": event.title,
            "url": f"{base_url}{event.path}" if base_url and event.path else None,
            "evidence": [
                {name: getattr(one, name) for name in one.__dataclass_fields__} for one in event.evidence
            ],
        },
    }


def _text(rule: Rule, event: Event, link: str | None) -> str:
    parts = [clean(event.title), ""]
    for one in event.evidence:
        parts += [
            f"* {shorten(one.line, _SUBJECT)}",
            f"  “{shorten(one.quote, _QUOTE)}”",
            f"  {shorten(one.outlet, _NAME)}",
        ]
        parts += [f"  [!] {DOUBT}"] if one.caveat else []
        parts += [f"  {clean(one.url)}", ""]
    parts += [link, ""] if link else []
    return "\n".join([*parts, f"Your alert “{shorten(rule.name, _NAME)}”. {_NOTE}", ""])


def _html(rule: Rule, event: Event, link: str | None) -> str:
    title = Markup('<a href="{}">{}</a>').format(link, clean(event.title)) if link else clean(event.title)
    parts = [Markup('<p style="font-size:18px;font-weight:700">{}</p>').format(title)]
    for one in event.evidence:
        side = "right" if direction(one.language) == "rtl" else "left"
        name = shorten(one.outlet, _NAME)
        outlet = Markup('<a href="{}">{}</a>').format(one.url, name) if safe_link(one.url) else name
        parts.append(
            Markup(
                '<p><b>{}</b></p><p lang="{}" dir="{}" style="border-{}:2px solid #8f7650;padding:0 12px">{}</p>'
                "<p>{}{}</p>"
            ).format(
                shorten(one.line, _SUBJECT),
                one.language,
                direction(one.language),
                side,
                shorten(one.quote, _QUOTE),
                outlet,
                f" ⚠ {DOUBT}" if one.caveat else "",
            )
        )
    parts.append(Markup("<p><small>Your alert “{}”. {}</small></p>").format(shorten(rule.name, _NAME), _NOTE))
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark"></head>'
    )
    body = '<body style="font-family:sans-serif;font-size:15px;line-height:1.5;max-width:640px">'
    return f"{head}{body}{Markup().join(parts)}</body></html>\n"
