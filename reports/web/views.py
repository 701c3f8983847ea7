"""Templates and what they may call; every text is escaped, pictures alone are markup."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from classifiers.actors import name_of
from monitor.model import FrameKind
from reports import pictures, words
from reports.actor_history import Series
from reports.bars import bars
from reports.timeline import Mark, Timeline
from reports.web.visitor import current

STATIC = Path(__file__).with_name("static")


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template."""
    values |= {"visitor": current()}
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status_code=status)


def form_token() -> Markup:
    """The hidden field by which a form proves that it came from a page of ours."""
    return Markup('<input type="hidden" name="token" value="{}">').format(current().form_token)


def _tongue(language: str) -> Markup:
    """The attributes of a passage in a language."""
    return Markup('lang="{}" dir="{}"').format(language, words.direction(language))


def _time(moment: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words.moment_words(moment))


def _timeline(timeline: Timeline, name: str, width: int) -> Markup:
    return Markup(pictures.timeline_picture(timeline, name=name, width=width, link=_article_path))  # noqa: S704


def _coverage(timeline: Timeline, name: str) -> Markup:
    return Markup(pictures.coverage_bar(timeline, name=name))  # noqa: S704


def _bars(series: Series, kind: FrameKind, name: str) -> Markup:
    return Markup(bars(series, kind, name=name))  # noqa: S704


def _article_path(mark: Mark) -> str:
    return f"/article/{mark.article}"


def _version() -> str:
    """Changes with the stylesheet, so that a browser's old copy is not used for a new page."""
    return hashlib.sha256((STATIC / "framewire.css").read_bytes()).hexdigest()[:8]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "actor": name_of,
        "actor_name": lambda key: words.upper_first(name_of(key)),
        "capital": words.upper_first,
        "clean": words.clean,
        "count": words.count,
        "day": words.day_words,
        "language": words.language_name,
        "later": words.later_words,
        "listing": words.listing,
        "printable": words.printable,
        "safe_link": words.safe_link,
        "shorten": words.shorten,
        "time": _time,
        "tongue": _tongue,
    }
    environment.globals |= {
        "bars": _bars,
        "coverage_picture": _coverage,
        "timeline_picture": _timeline,
        "form_token": form_token,
        "kind_words": words.KIND_WORDS,
        "outlet_words": words.OUTLET_WORDS,
        "stance_words": words.STANCE_WORDS,
        "span_words": words.span_words,
        "version": _version(),
    }
    return environment


_TEMPLATES = _environment()
