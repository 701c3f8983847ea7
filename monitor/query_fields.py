"""The values that each field of a search takes, in their one form. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache

from classifiers.actors import OUTLET, actors
from monitor.errors import QueryError
from monitor.model import FRAME_KINDS, OUTLET_KINDS, STANCES

#: The value of `state:` for outlets that speak for no state.
NO_STATE = "none"
#: What `last:` counts in; ten years is longer than any archive of feeds.
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MAX_SPAN = timedelta(days=3660)

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
#: Fields whose values come from a short list.
_LISTS: dict[str, tuple[str, ...]] = {"kind": FRAME_KINDS, "stance": STANCES, "outlet": OUTLET_KINDS}


def canonical(field: str, value: str, text: str, start: int) -> str:
    """The one form of a field's value; QueryError (with the place in `text`) where it takes no such value."""
    if field in ("actor", "blamer", "target", "state"):
        found = _actor(field, value)
        known: Iterable[str] = sorted(_names()) if found is None else ()
    elif field in _LISTS:
        low = value.lower().replace(" ", "_")
        found = low if low in _LISTS[field] else None
        known = _LISTS[field]
    else:
        found = _FORMS[field](value)
        known = ()
    if found is None:
        end = min(len(text), start + max(1, len(value)))
        message = f"{field}: does not take {value!r}"
        raise QueryError(text, message, start=start, end=end, advice=_advice(field, value, known))
    return found


def span(value: str) -> timedelta:
    """The time that a value of `last:` stands for."""
    found = _SPAN.fullmatch(value)
    assert found is not None
    return int(found[1]) * UNITS[found[2]]


@cache
def _names() -> dict[str, str]:
    """Ids by folded id and by folded English name."""
    every = actors().values()
    return {actor.name.casefold(): actor.id for actor in every} | {
        actor.id.casefold(): actor.id for actor in every
    }


def _actor(field: str, value: str) -> str | None:
    folded = value.casefold()
    if field == "state" and folded == NO_STATE:
        return NO_STATE
    found = _names().get(folded) or _names().get(folded.removeprefix("the "))
    if found is None or (field != "blamer" and found == OUTLET):
        return None
    return found if field != "state" or actors()[found].kind == "state" else None


def _language(value: str) -> str | None:
    low = value.lower().replace("_", "-")
    return low if _LANGUAGE.fullmatch(low) else None


def _day(value: str) -> str | None:
    try:
        return date.fromisoformat(value).isoformat() if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    except ValueError:
        return None


def _last(value: str) -> str | None:
    low = value.lower()
    return low if _SPAN.fullmatch(low) and span(low) <= MAX_SPAN else None


_FORMS: dict[str, Callable[[str], str | None]] = {
    "lang": _language,
    "after": _day,
    "before": _day,
    "last": _last,
    "source": lambda value: value,
}
_EXAMPLES = {
    "lang": "Write a code of two or three letters, such as nl",
    "after": "Write a day, such as 2026-01-31",
    "before": "Write a day, such as 2026-01-31",
    "last": "Write a number with h, d or w, such as 24h or 7d, ten years at most",
}


def _advice(field: str, value: str, known: Iterable[str]) -> str:
    if field in _EXAMPLES:
        return _EXAMPLES[field]
    if field in _LISTS:
        return f"Write one of {', '.join(known)}"
    near = get_close_matches(value.casefold(), list(known), 3)
    meant = " or ".join(dict.fromkeys(_names()[name] for name in near))
    return (
        f"Did you mean {meant}?"
        if meant
        else "Write an id such as RUS or NATO; `framewire actors` lists them"
    )
