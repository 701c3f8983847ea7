"""Lists of feeds as other readers write them: OPML 2.0, with categories both ways. Pure.

Folders and the `category` attribute become tags. What OPML has no word for (state, kind, country …) travels in
attributes of a namespace of ours, which other readers leave alone.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any

from monitor.config import feed_of
from monitor.errors import ConfigError
from monitor.model import Feed

#: A name, not an address that anybody asks.
NAMESPACE = "https://framewire.example/opml"
#: Ten thousand feeds take 3 MB; folders lie three deep at most where people make them.
MAX_BYTES, MAX_DEPTH = 20_000_000, 50
_OWN = ("state", "country", "kind", "timezone")
_DECLARATIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def to_opml(feeds: Iterable[Feed]) -> str:
    """One document: feeds in the folder of their first tag, all tags as `category`."""
    ET.register_namespace("framewire", NAMESPACE)
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Feeds that Framewire watches"
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {"": body}
    for feed in feeds:
        name = feed.tags[0] if feed.tags else ""
        if name not in folders:
            folders[name] = ET.SubElement(body, "outline", text=name)
        ET.SubElement(folders[name], "outline", _attributes(feed))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _attributes(feed: Feed) -> dict[str, str]:
    found = {"type": "rss", "text": feed.name, "title": feed.name, "xmlUrl": feed.url}
    if feed.language:
        found["language"] = feed.language
    if feed.tags:
        found["category"] = ",".join(tag.replace(",", " ") for tag in feed.tags)
    own = {name: getattr(feed, name) for name in _OWN}
    own |= {"interval": f"{feed.interval:g}s", "enabled": "true" if feed.enabled else "false"}
    return found | {f"{{{NAMESPACE}}}{name}": str(value) for name, value in own.items() if value is not None}


def from_opml(document: bytes, name: str) -> tuple[list[Feed], list[ConfigError]]:
    """The feeds of a document, and what was wrong with those that cannot be taken; `name` is the file's."""
    if len(document) > MAX_BYTES:
        raise ConfigError(name, f"is larger than {MAX_BYTES:,} bytes", advice="Is it another file?")
    if _DECLARATIONS.search(document.replace(b"\0", b"")):  # UTF-16 too
        raise ConfigError(
            name, "declares XML entities or a document type", advice="No list of feeds needs them"
        )
    try:
        root = ET.fromstring(document)  # noqa: S314 (no entity can be declared in it)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ConfigError(
            name, f"is no OPML ({error})", advice="Export it again from where it came"
        ) from error
    body = root.find("body")
    if root.tag != "opml" or body is None:
        raise ConfigError(name, "is no OPML (it has no <opml> with a <body>)")
    feeds: list[Feed] = []
    wrong: list[ConfigError] = []
    if _too_deep(body):
        raise ConfigError(name, f"holds folders more than {MAX_DEPTH} deep", advice="Is it a list of feeds?")
    for values in _outlines(body, ()):
        try:
            feeds.append(feed_of(values))
        except ConfigError as error:
            wrong.append(error)
    return feeds, wrong


def _too_deep(body: ET.Element) -> bool:
    """Whether outlines lie deeper than anybody's folders, titled or not."""
    level = [body]
    for _ in range(MAX_DEPTH + 1):
        level = [outline for parent in level for outline in parent.iterfind("outline")]
    return bool(level)


def _outlines(parent: ET.Element, folders: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The fields of each feed below, in the document's order; an outline without an address is a folder."""
    for outline in parent.iterfind("outline"):
        title = (outline.get("title") or outline.get("text") or "").strip()
        if outline.get("xmlUrl") is not None:
            yield _values(outline, title, folders)
        yield from _outlines(outline, (*folders, title) if title else folders)


def _values(outline: ET.Element, title: str, folders: tuple[str, ...]) -> dict[str, Any]:
    url = (outline.get("xmlUrl") or "").strip()
    categories = (part.strip().strip("/").strip() for part in (outline.get("category") or "").split(","))
    tags = tuple(dict.fromkeys(tag for tag in (*folders, *categories) if tag))
    values: dict[str, Any] = {"url": url, "name": title or url, "tags": tags}
    language = (outline.get("language") or "").strip()
    if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]+)?", language):  # others write `unknown` and the like
        values["language"] = language
    own = {name: outline.get(f"{{{NAMESPACE}}}{name}") for name in (*_OWN, "interval", "enabled")}
    return values | {key: value for key, value in own.items() if value is not None}
