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
from reports import pictures, words
from reports.timeline import Mark, Timeline

STATIC = Path(__file__).with_name("static")


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status_code=status)


def _tongue(language: str) -> Markup:
    """The attributes of a passage in a language."""
    return Markup('lang="{}" dir="{}"').format(language, words.direction(language))


def _time(moment: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words.moment_words(moment))


def _timeline(timeline: Timeline, name: str, width: int) -> Markup:
    return Markup(pictures.timeline_picture(timeline, name=name, width=width, link=_article_path))  # noqa: S704


def _coverage(timeline: Timeline, name: str) -> Markup:
    return Markup(pictures.coverage_bar(timeline, name=name))  # noqa: S704


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
        "actor_name": lambda key: words.upper_first(name_of(key)),
        "capital": words.upper_first,
        "clean": words.clean,
        "count": words.count,
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
        "coverage_picture": _coverage,
        "timeline_picture": _timeline,
        "kind_words": words.KIND_WORDS,
        "outlet_words": words.OUTLET_WORDS,
        "stance_words": words.STANCE_WORDS,
        "span_words": words.span_words,
        "version": _version(),
    }
    return environment


_TEMPLATES = _environment()
