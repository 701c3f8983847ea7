"""The six stages: what each asks the store, how it works, what it saves. See pipeline.py for the path.

Work functions that may run in another process are at module level and take one value; what they need besides
(the encoder, the reader) is opened once a process and kept.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from importlib import resources
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from classifiers.blame import BlameReader
from classifiers.encoder import DEFAULT, Encoder, open_encoder
from monitor import cluster, decide, duplicates, grouping
from monitor.embed import opening
from monitor.errors import FetchError, FramewireError, RefusedAddressError
from monitor.extract import MAKER as EXTRACTOR
from monitor.extract import ExtractJob, extract
from monitor.fetch import Fetcher
from monitor.model import Article, Entry, Feed, FeedState, Page, Reading, Text
from monitor.parse import FeedJob, parse_feed
from monitor.pipeline import Stage, Step
from monitor.settings import Settings
from monitor.store import Store
from monitor.text_doubts import is_report

#: Articles a batch: of the encoder, of the reader, of the clusterer.
EMBED_BATCH, READ_BATCH, CLUSTER_BATCH = 32, 8, 500


# --- feeds ------------------------------------------------------------------------------------------------------


def feeds_stage(fetcher: Fetcher, rng: random.Random) -> Stage[tuple[Feed, FeedState]]:
    """Ask the feeds that are due; keep their entries."""

    async def fetch(item: tuple[Feed, FeedState]) -> FeedJob:
        feed, state = item
        fetched = await fetcher.feed(feed.url, state)
        return FeedJob(feed=feed, state=state, fetched=fetched, now=fetcher.clock())

    return Stage(
        name="feeds",
        todo=lambda store, now, limit: store.due_feeds(now, limit),
        steps=(Step("network", fetch), Step("processes", parse_feed)),
        save=partial(_save_feed, fetcher, rng),
        key=lambda item: item[0].url,
    )


def _save_feed(
    fetcher: Fetcher,
    rng: random.Random,
    store: Store,
    item: tuple[Feed, FeedState],
    value: Any,
    now: datetime,
) -> None:
    feed, state = item
    store.save_hosts(fetcher.hosts.changed())
    if isinstance(value, FramewireError):
        store.save_feed_state(decide.after_failure(feed, state, value, now, rng))
        store.record_failure("feeds", feed.url, value, now, None)
        return
    new = store.save_entries(value.entries)
    store.save_feed_state(decide.after_success(feed, state, value, new, now, rng))
    store.clear_failure("feeds", feed.url)


# --- pages ------------------------------------------------------------------------------------------------------


def pages_stage(fetcher: Fetcher, seconds: float) -> Stage[tuple[Entry, Feed]]:
    """Fetch the pages of new entries and extract their articles; a page that cannot be had leaves the feed's words."""

    async def fetch(item: tuple[Entry, Feed]) -> ExtractJob:
        entry, feed = item
        page = None
        if entry.url:
            try:
                page = await _page(fetcher, entry)
            except FetchError as error:
                if decide.page_retry(error, 1, fetcher.clock()) is not None:
                    raise
                if isinstance(error, RefusedAddressError) and not (entry.summary or entry.content):
                    raise
        return ExtractJob(entry=entry, feed=feed, page=page, now=fetcher.clock(), seconds=seconds)

    return Stage(
        name="pages",
        todo=lambda store, now, limit: store.entries_without_article("pages", now, limit),
        steps=(Step("network", fetch), Step("processes", extract_page)),
        save=partial(_save_page, fetcher),
        key=lambda item: item[0].id,
    )


async def _page(fetcher: Fetcher, entry: Entry) -> Page:
    found = await fetcher.page(entry.url)
    return Page(
        entry=entry.id,
        url=found.url,
        content_type=found.content_type,
        body=found.body,
        fetched=fetcher.clock(),
    )


def extract_page(job: ExtractJob) -> tuple[Page | None, Article]:
    """The page with its article: the page is kept, so that extraction can be run again."""
    return job.page, extract(job)


def _save_page(fetcher: Fetcher, store: Store, item: tuple[Entry, Feed], value: Any, now: datetime) -> None:
    entry, feed = item
    store.save_hosts(fetcher.hosts.changed())
    if isinstance(value, FramewireError):
        attempts = store.failure_attempts("pages", entry.id) + 1
        retry_at = decide.page_retry(value, attempts, now)
        store.record_failure("pages", entry.id, value, now, retry_at)
        if retry_at is not None or not entry.title:
            return
        value = None, extract(ExtractJob(entry=entry, feed=feed, page=None, now=now))  # the feed's words
    page, article = value
    if page is not None:
        store.save_page(page)
        store.clear_failure("pages", entry.id)
    store.save_article(article, entry.id, EXTRACTOR, now)


# --- copies -----------------------------------------------------------------------------------------------------


def copies_stage() -> Stage[Article]:
    """Find out which articles are one text; the earliest is the original of the others."""
    return Stage(
        name="copies",
        todo=lambda store, _now, limit: store.articles_without_original(duplicates.MAKER, limit),
        steps=(Step("processes", duplicates.bands),),
        save=_save_copy,
        key=lambda article: article.id,
    )


def _save_copy(store: Store, article: Article, value: Any, now: datetime) -> None:
    if isinstance(value, FramewireError):
        store.record_failure("copies", article.id, value, now, None)
        return
    alike = [mate.id for mate in store.mates(article, value) if duplicates.alike(article, mate)]
    store.save_bands(article.id, value)
    touched = store.save_alike(article.id, alike)
    family = filter(None, map(store.article, touched))
    originals = duplicates.originals(family, store.pairs_among(touched))
    store.save_originals(article, originals, duplicates.MAKER, now)


# --- vectors ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedJob:
    """Articles to embed with the encoder of this name."""

    encoder: str
    articles: tuple[Article, ...]


def vectors_stage(encoder: str, model: str) -> Stage[EmbedJob]:
    """Embed title and opening of articles, a batch an item; `model` is the encoder's own name."""

    def todo(store: Store, _now: datetime, limit: int) -> list[EmbedJob]:
        articles = store.articles_without_vector(model, limit * EMBED_BATCH)
        return [
            EmbedJob(encoder=encoder, articles=tuple(articles[i : i + EMBED_BATCH]))
            for i in range(0, len(articles), EMBED_BATCH)
        ]

    def save(store: Store, job: EmbedJob, value: Any, now: datetime) -> None:
        if isinstance(value, FramewireError):
            store.record_failure("vectors", _first(job.articles), value, now, None)
            return
        for article, vector in zip(job.articles, value, strict=True):
            store.save_vector(article, model, vector)

    return Stage(
        name="vectors",
        todo=todo,
        steps=(Step("threads", embed),),
        save=save,
        key=lambda job: _first(job.articles),
        ahead=4,
    )


def embed(job: EmbedJob) -> NDArray[np.float32]:
    """Vectors of the articles, (n, dimension)."""
    return encoder_of(job.encoder).embed([opening(article) for article in job.articles])


@lru_cache(maxsize=2)
def encoder_of(name: str) -> Encoder:
    """The encoder, opened once a process; one thread each, as batches run side by side."""
    return open_encoder(name, threads=1)


# --- stories ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterJob:
    """Articles in time order, and the stories that they may join."""

    articles: tuple[grouping.Vectored, ...]
    stories: grouping.OpenStories
    #: What the store held when the job was made.
    mark: tuple[int, int]


#: The open stories of each store, kept from one pass to the next.
_open: WeakKeyDictionary[Store, grouping.OpenStories] = WeakKeyDictionary()


def stories_stage(model: str) -> Stage[ClusterJob]:
    """Put articles into stories, in time order."""

    def todo(store: Store, _now: datetime, _limit: int) -> list[ClusterJob]:
        found = store.articles_without_story(model, CLUSTER_BATCH)
        if not found:
            return []
        articles = grouping.batch_of(found)
        stories = _stories_for(store, model, articles)
        return [ClusterJob(articles=tuple(articles), stories=stories, mark=store.story_mark())]

    def save(store: Store, job: ClusterJob, value: grouping.Placed, _now: datetime) -> None:
        store.save_story_articles(value.pairs, cluster.MAKER, value.traits)
        store.save_centres(model, job.stories.clusterer.centres.items())
        job.stories.mark = store.story_mark()
        kept = _open[store]
        if kept is not job.stories and kept.mark == job.mark:
            kept.follow(job.stories, value, job.stories.mark)

    return Stage(
        name="stories",
        todo=todo,
        steps=(Step("inline", assign),),
        save=save,
        key=lambda job: job.articles[0][0].id,
        ahead=1,
    )


def _stories_for(store: Store, model: str, articles: Sequence[grouping.Vectored]) -> grouping.OpenStories:
    """The stories in memory, or those of the articles' time from the store."""
    span = grouping.span_of(articles)
    kept = _open.get(store)
    fresh = kept is not None and kept.model == model and kept.mark == store.story_mark()
    if kept is not None and fresh and kept.covers(*span):
        kept.forget(span[0])
        return kept
    loaded = grouping.load(store, model, shipped_means(model), span)
    if kept is None or not fresh or loaded.last >= kept.last:
        _open[store] = loaded
    return loaded


def assign(job: ClusterJob) -> grouping.Placed:
    """The story of every article; until it is saved, what is in memory is ahead of the store."""
    job.stories.mark = None
    return grouping.place(job.articles, job.stories.clusterer)


@lru_cache(maxsize=4)
def shipped_means(model: str) -> dict[str, NDArray[np.float32]]:
    """Means of the default encoder over our own passages, for a cold start; none for another encoder."""
    if model != DEFAULT:
        return {}
    with resources.files("monitor").joinpath("means.npz").open("rb") as file, np.load(file) as arrays:
        return {name: arrays[name].astype(np.float32) for name in arrays.files}


# --- readings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJob:
    """Articles to read, each with the state that its outlet speaks for."""

    articles: tuple[tuple[Article, str | None], ...]
    #: Their readings, where the same texts were read elsewhere: a text is read once.
    known: tuple[Reading, ...] = ()


def readings_stage(classifier: str) -> Stage[ReadJob]:
    """Find blame frames; an article without any gets an empty reading."""

    def todo(store: Store, _now: datetime, limit: int) -> list[ReadJob]:
        found = store.articles_without_reading(classifier, limit * READ_BATCH)
        twins = [store.twin_reading(article, state, classifier) for article, state in found]
        known = [(item, twin) for item, twin in zip(found, twins, strict=True) if twin is not None]
        new = [item for item, twin in zip(found, twins, strict=True) if twin is None]
        copied = [ReadJob(articles=(item,), known=(twin,)) for item, twin in known]
        return copied + [
            ReadJob(articles=tuple(new[i : i + READ_BATCH])) for i in range(0, len(new), READ_BATCH)
        ]

    def save(store: Store, job: ReadJob, value: Any, now: datetime) -> None:
        if isinstance(value, FramewireError):
            store.record_failure("readings", job.articles[0][0].id, value, now, None)
            return
        for (article, _state), reading in zip(job.articles, value, strict=True):
            store.save_reading(article, reading, now)

    return Stage(
        name="readings",
        todo=todo,
        steps=(Step("threads", read),),
        save=save,
        key=lambda job: job.articles[0][0].id,
        ahead=4,
    )


def read(job: ReadJob) -> list[Reading]:
    """Readings of the articles."""
    if job.known:
        return list(job.known)
    return reader_of().read_many([text_of(article, state) for article, state in job.articles])


def text_of(article: Article, outlet_state: str | None) -> Text:
    """What a reader takes of an article; of a page that is no report (a cookie wall, a list) the title alone."""
    return Text(
        id=article.id,
        text=article.text if is_report(article.flags) else "",
        title=article.title,
        language=article.language,
        date=article.published,
        outlet_state=outlet_state,
    )


@lru_cache(maxsize=1)
def reader_of() -> BlameReader:
    """The frame reader, opened once a process."""
    return BlameReader(threads=1)


def _first(articles: Sequence[Article]) -> str:
    return articles[0].id


def stages(settings: Settings, fetcher: Fetcher, rng: random.Random) -> list[Stage[Any]]:
    """All stages in the order of the path."""
    model = encoder_of(settings.encoder).name
    return [
        feeds_stage(fetcher, rng),
        pages_stage(fetcher, settings.extract_seconds),
        copies_stage(),
        vectors_stage(settings.encoder, model),
        stories_stage(model),
        readings_stage(reader_of().name),
    ]
