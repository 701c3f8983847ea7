"""A second look at a page whose first text is doubtful or leaves much of the page out.

Two others are asked: the article's body in the page's own structured data (schema.org/articleBody, in JSON-LD), and
readability-lxml. Each must hold what the first found, or the first must be no report at all: a text that only is
longer is as a rule the page with its frame (readability alone has a precision of 0.93 where trafilatura has 0.97).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.decode import clean
from monitor.page_noise import without_noise
from monitor.parse import plain
from monitor.text_doubts import doubts

#: The page's paragraphs have this much more text than was found (any more, where that is doubtful): then readability
#: is asked. It costs as much time as trafilatura, so not on every page.
LEFT_OUT = 1.6
#: How much longer another text must be, and how much of the first it must hold (4-grams), to be preferred.
LONGER, HELD = 1.25, 0.9
READABLE_LONGER, READABLE_HELD = 1.5, 0.95
#: Blocks of structured data that are looked at, each up to this many characters, and how deep.
_BLOCKS, _BLOCK, _DEPTH = 20, 1_000_000, 6
_DATA = re.compile(r"(?is)<script[^<>]{0,300}?application/ld\+json[^<>]{0,300}>(.*?)</script")
_PARAGRAPH = re.compile(r"(?is)<p[\s>][^<>]{0,500}>?(.{0,5000}?)</p\s*>")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_WORD = re.compile(r"\w+")
#: Elements that begin a line of their own.
_BLOCKS_OF_TEXT = (
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "blockquote",
    "pre",
    "td",
    "div",
    "figcaption",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWord:
    """What a page says of itself in structured data."""

    body: str = ""
    #: schema.org/isAccessibleForFree is false: a wall stands before the text.
    closed: bool = False


def second_opinion(markup: str, first: str, own: OwnWord) -> str:
    """The first text or a better one."""
    best = first
    if own.body and _better(own.body, best, LONGER, HELD):
        best = own.body
    if _paragraph_letters(markup) > (1.0 if doubts(best) else LEFT_OUT) * len(best):
        other = readable(markup)
        if _better(other, best, READABLE_LONGER, READABLE_HELD):
            best = other
    return best


def _better(other: str, first: str, longer: float, held: float) -> bool:
    if doubts(other) and (not first or len(doubts(other)) >= len(doubts(first))):
        return len(other) > len(first) and not first and not {"consent", "list"} & set(doubts(other))
    if doubts(first):
        return len(other) > len(first)
    return len(other) > longer * len(first) and _held(first, other) >= held


def _held(part: str, whole: str) -> float:
    """The share of the 4-grams of one text that stand in another."""
    small, large = _grams(part), _grams(whole)
    return len(small & large) / max(len(small), 1)


def _grams(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text)
    return {tuple(words[start : start + 4]) for start in range(max(len(words) - 3, 0))}


def own_word(markup: str) -> OwnWord:
    """The longest article body in a page's structured data, and whether it says that it is closed."""
    body, closed = "", False
    for number, block in enumerate(_DATA.finditer(markup)):
        if number == _BLOCKS:
            break
        try:
            found = json.loads(block[1][:_BLOCK].strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(found, _DEPTH):
            text = thing.get("articleBody")
            if isinstance(text, str) and len(text) > len(body):
                body = text
            closed = closed or str(thing.get("isAccessibleForFree", "")).lower() == "false"
    return OwnWord(body=without_noise(plain(body)), closed=closed)


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value[:100]:
            if isinstance(inner, (dict, list)):
                yield from _things(inner, depth - 1)


def _paragraph_letters(markup: str) -> int:
    return sum(len(_TAG.sub("", found[1]).strip()) for found in _PARAGRAPH.finditer(markup))


def readable(markup: str) -> str:
    """The text that readability-lxml finds; empty where it finds none or falls over the page."""
    from lxml import etree, html
    from readability import Document

    try:
        summary = Document(markup).summary(html_partial=True)
        tree = html.fromstring(summary) if summary.strip() else None
    except (etree.LxmlError, ValueError, TypeError, AttributeError, RecursionError, LookupError):
        return ""  # readability's own Unparseable is a ValueError; the rest are its faults on odd trees
    if tree is None:
        return ""
    for element in tree.iter(*_BLOCKS_OF_TEXT, "br"):
        element.tail = "\n" + (element.tail or "")
        if element.tag != "br":
            element.text = "\n" + (element.text or "")
    lines = (" ".join(line.split()) for line in clean(str(tree.text_content())).splitlines())
    return without_noise("\n".join(line for line in lines if line))
