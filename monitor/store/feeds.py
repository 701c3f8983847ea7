"""Rows of feeds, their states and their entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from monitor.model import Entry, Feed, FeedState, make_id
from monitor.store.base import StoreBase, to_text, to_time

_TIMES = ("next_check", "last_checked", "last_success", "last_new_entry")
_NUMBERS = ("skip_hours", "skip_days")


class FeedRows(StoreBase):
    """Feeds: what feeds.yaml says, what we learned, what they brought."""

    def sync_feeds(self, feeds: Iterable[Feed]) -> None:
        """Make the table say what feeds.yaml says; a feed that left it stays known, but is not asked."""
        with self.write():
            self.run("update feeds set enabled = 0")
            self.put("feeds", [_feed_row(feed) for feed in feeds])

    def feeds(self) -> list[Feed]:
        """All feeds by name."""
        return [to_feed(row) for row in self.rows("select * from feeds order by name, url")]

    def feed_states(self) -> dict[str, FeedState]:
        """What we learned, by feed id."""
        return {row["feed"]: _state(row) for row in self.rows("select * from feed_states")}

    def feed_state(self, feed: str) -> FeedState:
        """What we learned of one feed; an empty state for one never asked."""
        rows = self.rows("select * from feed_states where feed = ?", [feed])
        return _state(rows[0]) if rows else FeedState(feed=feed)

    def due_feeds(self, now: datetime, limit: int) -> list[tuple[Feed, FeedState]]:
        """Feeds whose time has come, longest due first."""
        found = self.rows(
            """
            select feeds.* from feeds left join feed_states on feed_states.feed = feeds.id
            where enabled and coalesce(paused, 0) = 0 and coalesce(next_check, '') <= ?
            order by coalesce(next_check, ''), feeds.id limit ?
            """,
            [to_text(now), limit],
        )
        return [(to_feed(row), self.feed_state(row["id"])) for row in found]

    def save_feed_state(self, state: FeedState) -> None:
        """Replace what we know of a feed."""
        row = asdict(state)
        row |= {name: to_text(getattr(state, name)) for name in _TIMES}
        row |= {name: " ".join(map(str, getattr(state, name))) for name in _NUMBERS}
        row["paused"] = int(state.paused)
        self.put("feed_states", [row])

    def resume_feed(self, feed: str) -> None:
        """Ask a paused or failing feed again at the next crawl."""
        self.run("update feed_states set paused = 0, failures = 0, next_check = null where feed = ?", [feed])

    def save_entries(self, entries: Sequence[Entry]) -> int:
        """Insert new entries; one whose content changed gets its page fetched again. How many were new or changed."""
        changed = 0
        for entry in entries:
            row = _entry_row(entry)
            old = self.rows("select content_hash, first_seen from entries where id = ?", [entry.id])
            if old and old[0]["content_hash"] == row["content_hash"]:
                continue
            if old:
                row["first_seen"] = old[0]["first_seen"]
            self.put("entries", [row | {"article": None}])
            changed += 1
        return changed

    def entries_without_article(self, stage: str, now: datetime, limit: int) -> list[tuple[Entry, Feed]]:
        """Entries whose page is still to fetch, failures that must wait left out.

        The oldest of every feed first, then the second of every feed …: hosts hand out their turns slowly, and one
        with a long queue must not hold up the others.
        """
        found = self.rows(
            """
            select entries.id as entry_id, entries.feed as feed_id,
                row_number() over (partition by feed order by first_seen, entries.id) as place
            from entries where article is null and not exists (
                select 1 from failures where stage = ? and key = entries.id and coalesce(retry_at, '9') > ?)
            order by place, first_seen, entries.id limit ?
            """,
            [stage, to_text(now), limit],
        )
        return self._pairs(found)

    def entries_with_page(self, but_of: str | None) -> list[tuple[Entry, Feed]]:
        """One entry of every article whose page is kept, those left out that extractor `but_of` made."""
        found = self.rows(
            """
            select min(entries.id) as entry_id, entries.feed as feed_id from articles
            join entries on entries.article = articles.id join pages on pages.entry = entries.id
            where maker is not ? group by articles.id order by 1
            """,
            [but_of],
        )
        return self._pairs(found)

    def _pairs(self, found: Iterable[Any]) -> list[tuple[Entry, Feed]]:
        pairs = []
        for row in found:
            entry = self.rows("select * from entries where id = ?", [row["entry_id"]])[0]
            feed = self.rows("select * from feeds where id = ?", [row["feed_id"]])[0]
            pairs.append((_entry(entry), to_feed(feed)))
        return pairs


def _feed_row(feed: Feed) -> dict[str, Any]:
    return asdict(feed) | {"id": feed.id, "tags": "\t".join(feed.tags), "enabled": int(feed.enabled)}


def to_feed(row: Any) -> Feed:
    """A feed from its row."""
    values = {name: row[name] for name in row.keys() if name != "id"}  # noqa: SIM118 (a Row iterates over values)
    tags = tuple(filter(None, values["tags"].split("\t")))
    return Feed(**(values | {"tags": tags, "enabled": bool(values["enabled"])}))


def _state(row: Any) -> FeedState:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118
    times = {name: to_time(values[name]) for name in _TIMES}
    numbers = {name: tuple(map(int, values[name].split())) for name in _NUMBERS}
    return FeedState(**(values | times | numbers | {"paused": bool(values["paused"])}))


def _entry_row(entry: Entry) -> dict[str, Any]:
    row = asdict(entry) | {
        name: to_text(getattr(entry, name)) for name in ("published", "updated", "first_seen")
    }
    content_hash = make_id(entry.url, entry.title, entry.summary, entry.content, row["updated"] or "")
    return row | {"content_hash": content_hash}


def _entry(row: Any) -> Entry:
    values = {name: row[name] for name in Entry.__dataclass_fields__}
    times = {name: to_time(values[name]) for name in ("published", "updated", "first_seen")}
    return Entry(**(values | times))
