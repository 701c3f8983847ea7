"""Other people's names of actors as our ids, by our own finder."""

from __future__ import annotations

import re
from datetime import date

from classifiers.actors import Mention, actors, finder

_PARENTHESIS = re.compile(r"\s*\([^)]*\)?")


def actor_of(name: str, language: str, day: date | None = None) -> str | None:
    """The one actor that the whole name stands for; None for parties, firms, regions and people we lack.

    A name that only contains an actor ("Alternative for Germany") is not that actor, but a surname at the end is; `day` says who held office.
    """
    name = _PARENTHESIS.sub("", name).strip()
    found = finder(language).find(name, day)
    whole = bool(found) and found[-1].end == len(name) and (found[0].start == 0 or found[0].kind == "holder")
    return _only(found) if whole else None


def group_in(words: str, language: str) -> str | None:
    """The one organisation or group that the words name, whatever stands around it ("UN war crimes court")."""
    actor = _only(finder(language).find(words))
    return actor if actor and actors()[actor].kind != "state" else None


def _only(mentions: list[Mention]) -> str | None:
    found = {mention.actor for mention in mentions}
    return found.pop() if len(found) == 1 else None
