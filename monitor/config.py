"""feeds.yaml: what is watched. Read strictly, written with its comments kept.

    version: 1
    defaults: {interval: 30m, timezone: UTC}
    feeds:
      - url: https://example.com/rss
        name: Example
        state: RUS          # the state the outlet speaks for
        kind: state_media

Unknown keys, wrong values and feeds named twice are errors with their line numbers.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import CommentToken

from classifiers.actors import actors
from monitor.decide import SHORTEST_WAIT
from monitor.errors import ConfigError, FileChangedError, NotFoundError
from monitor.model import Feed, OutletKind
from monitor.urls import canonical_url, is_web_address

VERSION = 1
#: Ten thousand feeds take 2 MB and 100,000 values; more is another file, or anchors that repeat each other.
MAX_BYTES, MAX_VALUES = 4_000_000, 400_000
_SHALLOW = "A feed is a list of `key: value` lines, nothing deeper"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class _Defaults(BaseModel):
    """The `defaults` block: what a feed has that does not say otherwise."""

    model_config = ConfigDict(extra="forbid")

    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}(-[A-Za-z]+)?$")
    state: str | None = None
    country: str | None = None
    kind: OutletKind = "independent"
    interval: float = 1800.0
    enabled: bool = True
    tags: tuple[str, ...] = ()
    timezone: str = "UTC"

    @field_validator("interval", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> float:
        return parse_duration(value)

    @field_validator("state", "country")
    @classmethod
    def _state(cls, value: str | None) -> str | None:
        if value is not None and (value not in actors() or actors()[value].kind != "state"):
            raise ValueError(f"{value!r} is no state; write an ISO 3166-1 alpha-3 code such as RUS")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write one such as Europe/Moscow") from error
        return value


class _Feed(_Defaults):
    """One item of `feeds`."""

    url: str
    name: str = Field(min_length=1)

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        try:
            canonical = canonical_url(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is no address ({error})") from error
        if not is_web_address(canonical):
            raise ValueError("write a full address that begins with http:// or https://")
        if not value.isprintable():
            raise ValueError(f"{value!r} holds characters that no address has")
        return value


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int
    defaults: _Defaults = _Defaults()
    feeds: list[_Feed]


def parse_duration(value: object) -> float:
    """Seconds of `90`, `90s`, `30m`, `2h` or `1d`; at least the shortest interval allowed."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhd]?)", str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is no duration; write one such as 30m or 2h")
    seconds = float(match[1]) * _UNITS[match[2] or "s"]
    if seconds < SHORTEST_WAIT.total_seconds():
        raise ValueError(f"{value!r} is shorter than 15 minutes, the least that is polite")
    return seconds


class FeedsFile:
    """feeds.yaml as read: its feeds, and edits that keep the comments and never overwrite another's change."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open(_read(path))
        self._fresh = False

    def _open(self, text: str) -> None:
        self._text = text
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 120
        self._tree = _load(self._yaml, text, self.path)
        self.feeds = _validate(self._tree, self.path)

    @classmethod
    def create(cls, path: Path) -> FeedsFile:
        """A new file without feeds; it is written with its first feed, so that a failure leaves none behind."""
        if path.exists():
            raise ConfigError(str(path), "is there already", advice="Edit it, or name another file")
        file = cls.__new__(cls)
        file.path, file._fresh = path, True
        file._open(f"version: {VERSION}\nfeeds: []\n")
        return file

    def add(self, *feeds: Feed) -> None:
        """Append feeds, all or none of them."""
        with self._edit():
            if not len(self._tree["feeds"]):
                self._tree["feeds"] = CommentedSeq()  # `[]` would go on in one line
            for feed in feeds:
                self._tree["feeds"].append(_item(feed))

    def remove(self, url: str) -> None:
        """Take a feed out, by its address."""
        index = self._index(url)
        with self._edit():
            _remove_item(self._tree["feeds"], index)

    def change(self, url: str, values: Mapping[str, Any]) -> None:
        """Set keys of a feed, by its address; None takes a key out, so that its default holds again."""
        item = self._tree["feeds"][self._index(url)]
        with self._edit():
            for key, value in values.items():
                _set_key(item, key, value)

    def _index(self, url: str) -> int:
        for index, item in enumerate(self._tree["feeds"]):
            if canonical_url(item["url"]) == canonical_url(url):
                return index
        raise NotFoundError(url, f"is no feed of {self.path}", advice="`framewire feeds list` shows them")

    @contextmanager
    def _edit(self) -> Iterator[None]:
        """Save what the block changed, or leave everything as it was."""
        try:
            yield
            self._save()
        except ConfigError:
            self._tree = _load(self._yaml, self._text, self.path)
            raise

    def _save(self) -> None:
        feeds = _validate(self._tree, self.path)
        stream = StringIO()
        self._yaml.dump(self._tree, stream)
        if self.path.exists() if self._fresh else _read(self.path) != self._text:
            raise FileChangedError(str(self.path), "was changed by somebody else; nothing was written")
        try:
            _write(self.path, stream.getvalue())
        except OSError as error:
            raise ConfigError(str(self.path), f"cannot be written ({error.strerror})") from error
        self._text, self.feeds, self._fresh = stream.getvalue(), feeds, False


def feed_of(values: dict[str, Any]) -> Feed:
    """A feed from fields of another's file, checked as those of feeds.yaml are; ConfigError where one is wrong."""
    try:
        return Feed(**_Feed.model_validate(values).model_dump())
    except ValidationError as error:
        said = "; ".join(_say(row) for row in error.errors()[:3])
        raise ConfigError(str(values.get("url") or values.get("name") or "a feed"), said) from error


def _item(feed: Feed) -> CommentedMap:
    item = CommentedMap(url=feed.url, name=feed.name)
    for key in ("language", "state", "country"):
        if getattr(feed, key):
            item[key] = getattr(feed, key)
    item["kind"] = feed.kind
    item |= _unusual(feed)
    return item


def _unusual(feed: Feed) -> dict[str, Any]:
    """What a feed has that the defaults have not."""
    found: dict[str, Any] = {}
    if feed.tags:
        found["tags"] = list(feed.tags)
    if feed.interval != _Defaults().interval:
        found["interval"] = f"{feed.interval:g}s"
    if feed.timezone != _Defaults().timezone:
        found["timezone"] = feed.timezone
    if not feed.enabled:
        found["enabled"] = False
    return found


def _set_key(item: CommentedMap, key: str, value: Any) -> None:
    """Set or take out a key. What stands after the last key belongs to the next item, so the last key stays last."""
    if value is not None:
        if key in item:
            item[key] = value
        else:
            item.insert(len(item) - 1, key, value)
        return
    if key not in item:
        return
    if key == list(item)[-1]:
        last, before = item.ca.items.pop(key, None), list(item)[-2]
        after = last[2].value.partition("\n")[2] if last and last[2] else ""
        own = item.ca.items.get(before)
        if own and own[2]:
            own[2].value = own[2].value.rstrip("\n") + "\n" + after
        elif after:
            item.ca.items[before] = [None, None, CommentToken("\n" + after, CommentMark(0), None), None]
    del item[key]


def _remove_item(sequence: CommentedSeq, index: int) -> None:
    """Take an item out; the comment above the next one, which ruamel hangs on this one, stays."""
    item = sequence[index]
    last = list(item)[-1]
    tokens = item.ca.items.get(last)
    after = tokens[2].value.partition("\n")[2] if tokens and tokens[2] else ""
    del sequence[index]
    if after.strip() and index < len(sequence):
        lines = [line.strip().removeprefix("#").strip() for line in after.splitlines() if line.strip()]
        sequence.yaml_set_comment_before_after_key(index, before="\n".join(lines), indent=0)


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds of a file."""
    return FeedsFile(path).feeds


def fingerprint(path: Path) -> str:
    """Changes when the file does; the empty string where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            advice = "Is it another file? `--feeds PATH` names the right one"
            raise ConfigError(str(path), f"is larger than {MAX_BYTES:,} bytes", advice=advice)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        advice = "`framewire feeds add URL` makes one, `--feeds PATH` names another"
        raise ConfigError(str(path), "is not there", advice=advice) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(path), f"cannot be read ({error})", advice="It must be a UTF-8 text file"
        ) from error


def _write(path: Path, text: str) -> None:
    """All of it or nothing: a temporary file beside it takes its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _load(yaml: YAML, text: str, path: Path) -> CommentedMap:
    try:
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError(
            where, f"is no YAML ({error.problem})", advice="Mind indentation and quotes"
        ) from error
    except YAMLError as error:
        raise ConfigError(str(path), "is no YAML (it holds characters that no text has)") from error
    except RecursionError as error:
        raise ConfigError(str(path), "is nested too deep", advice=_SHALLOW) from error
    except (ValueError, TypeError, OverflowError) as error:  # of a date, a number or a tag that is none
        advice = "Write texts that look like numbers or dates in quotes"
        raise ConfigError(str(path), f"holds a value that cannot be read ({error})", advice=advice) from error
    if not isinstance(tree, CommentedMap):
        raise ConfigError(
            str(path), "holds no settings", advice="It begins with `version: 1` and has `feeds:`"
        )
    if tree.get("version") != VERSION:
        raise ConfigError(
            f"{path}:1", f"has version {tree.get('version')!r}", advice=f"Write `version: {VERSION}`"
        )
    return tree


def _validate(tree: CommentedMap, path: Path) -> tuple[Feed, ...]:
    try:
        file = _File.model_validate(_plain(tree, iter(range(MAX_VALUES))))
    except StopIteration as error:
        message = f"holds more than {MAX_VALUES:,} values"
        raise ConfigError(str(path), message, advice="Do anchors repeat each other?") from error
    except RecursionError as error:
        raise ConfigError(str(path), "is nested too deep", advice=_SHALLOW) from error
    except ValidationError as error:
        lines = [f"line {_line(tree, e['loc'])}: {_say(e)}" for e in error.errors()[:5]]
        raise ConfigError(str(path), "; ".join(lines)) from error
    feeds: dict[str, Feed] = {}
    defaults = file.defaults.model_dump()
    for index, item in enumerate(file.feeds):
        feed = Feed(**(defaults | item.model_dump(exclude_unset=True)))
        key = canonical_url(feed.url)
        if key in feeds:
            line = _line(tree, ("feeds", index, "url"))
            raise ConfigError(
                f"{path}:{line}", f"names {feed.url} a second time", advice="Keep one of the two"
            )
        feeds[key] = feed
    return tuple(feeds.values())


def _plain(node: Any, budget: Iterator[int]) -> Any:
    """The tree without comments and anchors; StopIteration where it takes more values than the budget has."""
    next(budget)
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value, budget) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value, budget) for value in node]
    return node


def _say(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"] if not isinstance(part, int)) or "the file"
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}"


def _line(tree: Any, location: tuple[int | str, ...]) -> int:
    """The line (from 1) of the deepest part of `location` that is in the file."""
    line, node = 0, tree
    for part in location:
        try:
            if isinstance(node, CommentedMap):
                line = node.lc.key(part)[0]
            elif isinstance(node, CommentedSeq):
                line = node.lc.item(part)[0]
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line + 1
