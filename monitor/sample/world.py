"""The sample world as values: its outlets, and what they wrote of its events.

    world/outlets.yaml, world/events/*.yaml ─▶ World ─▶ feeds.yaml, feed documents, pages

The files are read strictly, so that who adds an event hears at once what is wrong with it, and where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from monitor.errors import ConfigError
from monitor.model import Feed
from monitor.sample.values import STRICT, GoldFrame, Outlet, SampleArticle, SampleEvent

__all__ = [
    "WORLD",
    "GoldFrame",
    "Outlet",
    "SampleArticle",
    "SampleEvent",
    "World",
    "feeds",
    "load_world",
    "write_feeds_yaml",
]

WORLD = Path(__file__).with_name("world")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All outlets and all events."""

    outlets: tuple[Outlet, ...]
    events: tuple[SampleEvent, ...]

    @property
    def articles(self) -> Iterator[SampleArticle]:
        """Every article, event by event."""
        return (article for event in self.events for article in event.articles)

    def outlet(self, key: str) -> Outlet:
        """The outlet of that key."""
        return next(outlet for outlet in self.outlets if outlet.key == key)

    def articles_of(self, outlet: Outlet, until: datetime | None = None) -> list[SampleArticle]:
        """What an outlet has published (up to `until`, inclusive), the newest first."""
        own = (article for article in self.articles if article.outlet == outlet.key)
        seen = [article for article in own if until is None or article.published <= until]
        return sorted(seen, key=lambda article: article.published, reverse=True)

    @property
    def ends(self) -> datetime:
        """When the last article was published."""
        return max(article.published for article in self.articles)


class _ArticleItem(BaseModel):
    """An article as the file has it."""

    model_config = STRICT

    outlet: str
    minutes: int = Field(ge=0)
    title: str = Field(min_length=1)
    author: str | None
    summary: str
    paragraphs: tuple[str, ...] = Field(min_length=1)
    wire_of: int | None = None
    frames: tuple[GoldFrame, ...]


class _EventFile(BaseModel):
    """An event as the file has it."""

    model_config = STRICT

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    start: AwareDatetime
    articles: list[_ArticleItem] = Field(min_length=1)


@cache
def load_world(folder: Path = WORLD) -> World:
    """The world of a folder, checked; ConfigError says which file and which article is wrong."""
    outlets = _checked(TypeAdapter(tuple[Outlet, ...]), folder / "outlets.yaml")
    by_key = {outlet.key: outlet for outlet in outlets}
    if len(by_key) < len(outlets) or len({outlet.host for outlet in outlets}) < len(outlets):
        raise ConfigError(str(folder / "outlets.yaml"), "has a key or a host twice")
    files = sorted((folder / "events").glob("*.yaml"))
    if not files:
        raise ConfigError(str(folder / "events"), "holds no events")
    return World(outlets=outlets, events=tuple(_event(path, by_key) for path in files))


def feeds(base: str = "http://{host}") -> tuple[Feed, ...]:
    """The feeds of the world's outlets; `base` is the address of a host's root."""
    return tuple(
        Feed(
            url=base.format(host=outlet.host) + outlet.feed_path,
            name=outlet.name,
            language=outlet.language,
            state=outlet.state,
            country=outlet.country,
            kind=outlet.kind,
            tags=("sample",),
        )
        for outlet in load_world().outlets
    )


def write_feeds_yaml(path: Path, base: str = "http://{host}") -> None:
    """A feeds.yaml that watches the whole world; one that is there already is replaced."""
    keys = ("url", "name", "language", "state", "country", "kind")
    items = [{key: getattr(feed, key) for key in keys if getattr(feed, key)} for feed in feeds(base)]
    yaml = YAML()
    yaml.width = 120
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write("# The sample world: every outlet here is invented.\n")
        yaml.dump({"version": 1, "defaults": {"tags": ["sample"]}, "feeds": items}, file)


def _event(path: Path, outlets: dict[str, Outlet]) -> SampleEvent:
    file = _checked(TypeAdapter(_EventFile), path)
    if file.slug != path.stem:
        raise ConfigError(str(path), f"has the slug {file.slug!r}", advice="Name the file after the slug")
    for index in range(len(file.articles)):
        problem = _problem(file.articles, index, outlets)
        if problem:
            raise ConfigError(f"{path}: articles.{index}", problem)
    articles = tuple(_article(file, index, item) for index, item in enumerate(file.articles))
    return SampleEvent(slug=file.slug, title=file.title, start=file.start, articles=articles)


def _article(file: _EventFile, index: int, item: _ArticleItem) -> SampleArticle:
    return SampleArticle(
        event=file.slug,
        index=index,
        outlet=item.outlet,
        title=item.title,
        author=item.author,
        summary=item.summary,
        paragraphs=item.paragraphs,
        published=file.start + timedelta(minutes=item.minutes),
        wire_of=item.wire_of,
        frames=item.frames,
    )


def _problem(items: list[_ArticleItem], index: int, outlets: dict[str, Outlet]) -> str | None:
    """What no type can say of an article, in words; None where all is well."""
    item = items[index]
    if item.outlet not in outlets:
        return f"outlet {item.outlet!r} is not in outlets.yaml"
    if index and item.minutes < items[index - 1].minutes:
        return "is earlier than the article before it"
    if item.wire_of is not None:
        if not 0 <= item.wire_of < index:
            return f"wire_of {item.wire_of} is no earlier article"
        if outlets[items[item.wire_of].outlet].language != outlets[item.outlet].language:
            return f"wire_of {item.wire_of} is in another language"
    for frame in item.frames:
        if not any(frame.evidence in piece for piece in (item.title, *item.paragraphs)):
            return f"the evidence {frame.evidence[:60]!r} stands in no paragraph and not in the title"
    return _unwritable(item, outlets[item.outlet])


def _unwritable(item: _ArticleItem, outlet: Outlet) -> str | None:
    try:
        "\n".join((item.title, item.author or "", item.summary, *item.paragraphs)).encode(outlet.encoding)
    except UnicodeEncodeError as error:
        return f"{error.object[error.start]!r} cannot be written in {outlet.encoding}"
    return None


def _checked(adapter: TypeAdapter[Any], path: Path) -> Any:
    try:
        return adapter.validate_python(_read(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(str(path), f"{where}: {first['msg']}") from error


def _read(path: Path) -> Any:
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigError(
            where, f"is no YAML ({error.problem})", advice="Mind indentation and quotes"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read ({error})") from error
