"""The open stories in memory, between the batches of the stories stage.

    store ─load once─▶ OpenStories ─a batch of articles in time order─▶ decisions ─▶ store, which says "still the same"

Reading 200,000 vectors takes seconds, so they are kept from batch to batch, as long as nobody else changed stories
in the store. Articles from another time than the kept stories' (a feed's old items) are judged beside the stories
of their own time, which are then let go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from monitor.cluster import WINDOW_DAYS, Centres, Clusterer
from monitor.embed import make_item, opening, opening_of
from monitor.genre import Genre, genre_of
from monitor.join import Item
from monitor.model import Article, make_id
from reports.thread import Sketch

if TYPE_CHECKING:
    from monitor.store import Member, Store

Vectored = tuple[Article, NDArray[np.float32]]
WINDOW = timedelta(days=WINDOW_DAYS)
#: Articles this late find the stories of their time still in memory, and closed stories go out once in so long.
LATE, TIDY = timedelta(days=2), timedelta(days=1)


@dataclass(slots=True)
class OpenStories:
    """The stories told in a span of time, as the clusterer holds them."""

    model: str
    clusterer: Clusterer
    first: datetime
    last: datetime
    #: What the store said when it was last known to hold the same (`story_mark`); None while a batch is not saved.
    mark: tuple[int, int] | None

    def covers(self, first: datetime, last: datetime) -> bool:
        """Whether every story told in a span is in memory."""
        return self.first <= first and last <= self.last

    def forget(self, first: datetime) -> None:
        """Let stories go that no article with a span from here can join, nor one that is a little late."""
        if first - LATE - self.first > TIDY:
            self.clusterer.forget(first - LATE)
            self.first = first - LATE

    def follow(self, other: OpenStories, placed: Placed, mark: tuple[int, int]) -> None:
        """Stay in use after a batch of another time was saved, unless it changed a story that is held here."""
        if not any(story in self.clusterer for _, story in placed.pairs):
            self.clusterer.centres = other.clusterer.centres
            self.mark = mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What was decided about a batch: (article, story) and the traits of each article."""

    pairs: list[tuple[str, str]]
    traits: dict[str, str]


def batch_of(articles: Sequence[Vectored]) -> list[Vectored]:
    """The first articles, in time order, that lie within a window: old items do not open years of stories."""
    end = articles[0][0].published + WINDOW
    return [(article, vector) for article, vector in articles if article.published <= end]


def span_of(articles: Sequence[Vectored]) -> tuple[datetime, datetime]:
    """The span in which stories must have been told for these articles to join them."""
    return articles[0][0].published - WINDOW, articles[-1][0].published + WINDOW


def load(
    store: Store, model: str, shipped: Mapping[str, NDArray[np.float32]], span: tuple[datetime, datetime]
) -> OpenStories:
    """The stories of a span, and of a little before it, from the store."""
    means, counts = store.centres(model)
    clusterer = Clusterer(Centres({**shipped, **means}, counts))
    first, last = span[0] - LATE, span[1]
    for story, members in groupby(store.open_members(first, last, model), key=lambda member: member.story):
        items = [item for member in members if (item := item_of(member)) is not None]
        if items:
            clusterer.restore(story, sorted(items, key=lambda item: (item.published, item.id)))
    newest = store.last_told()
    if newest is None or newest <= last:
        last = datetime.max.replace(tzinfo=UTC)
    return OpenStories(model, clusterer, first, last, store.story_mark())


def sketches(
    store: Store, model: str, shipped: Mapping[str, NDArray[np.float32]], span: tuple[datetime, datetime]
) -> list[Sketch]:
    """What links the stories of a span to each other."""
    opened = load(store, model, shipped, span).clusterer
    return [Sketch(story=store.story(one.id), centre=one.centre, actors=one.actors) for one in opened]


def place(articles: Iterable[Vectored], clusterer: Clusterer) -> Placed:
    """Put articles into stories, in the order given; what is no report of one event gets a story of its own."""
    pairs, traits = [], {}
    for article, vector in articles:
        genre = genre_of_article(article)
        item = article_item(article, vector)
        alone = genre != "report"
        pairs.append((article.id, make_id("story", article.id) if alone else clusterer.assign(item)))
        traits[article.id] = traits_of(item, genre)
    return Placed(pairs=pairs, traits=traits)


def genre_of_article(article: Article) -> Genre:
    """What kind of page an article is."""
    return genre_of(
        article.title,
        language=article.language,
        url=article.url,
        flags=article.flags,
        length=len(article.text),
    )


def article_item(article: Article, vector: NDArray[np.float32]) -> Item:
    """An article as the clusterer takes it."""
    return make_item(article.id, opening(article), article.language, article.published, vector)


def traits_of(item: Item, genre: Genre) -> str:
    """What clustering needs of an article beside its vector, as the store keeps it."""
    traits = {
        "genre": genre,
        "language": item.language,
        "published": item.published.isoformat(),
        "actors": sorted(item.actors),
        "length": item.length,
    }
    return json.dumps(traits, ensure_ascii=False, separators=(",", ":"))


def item_of(member: Member) -> Item | None:
    """A story's article as the clusterer takes it; None for one that must not draw others to the story."""
    if member.traits is None:
        return make_item(
            member.article,
            opening_of(member.title, member.text),
            member.language,
            member.published,
            member.vector,
        )
    traits = json.loads(member.traits)
    if traits["genre"] != "report":
        return None
    return Item(
        id=member.article,
        language=traits["language"],
        published=datetime.fromisoformat(traits["published"]),
        vector=member.vector,
        actors=frozenset(traits["actors"]),
        length=traits["length"],
    )
