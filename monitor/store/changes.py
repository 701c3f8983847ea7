"""What is done to stories beside reports joining them: merge, split, lock; every change is a row.

A story keeps its id and its address: one that was merged redirects, and takes its address back when it is split
off again. What an analyst did by hand is locked, so that the machine does not undo it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitor.errors import NotFoundError, StoryChangeError
from monitor.model import Story, StoryAction, StoryChange, make_id
from monitor.store.base import to_text, to_time
from monitor.store.stories import StoryRows


class ChangeRows(StoryRows):
    """Merging, splitting and locking stories."""

    def merge_stories(
        self, story: str, other: str, *, by: str, at: datetime, note: str = "", hand: bool = False
    ) -> Story:
        """Give `other`'s reports to `story`; its id then leads there. `hand` is True where an analyst does it.

        Raises NotFoundError for an unknown id, StoryChangeError where both are one already or one is locked
        and it is not done by hand.
        """
        with self.write():
            kept, gone = self.story(story), self.story(other)
            if kept.id == gone.id:
                raise StoryChangeError(other, f"is part of story {kept.id} already")
            self._check_locks([kept, gone], hand)
            moved = self._members(gone.id)
            self.run("update story_articles set story = ? where story = ?", [kept.id, gone.id])
            self.run("update stories set merged_into = ? where ? in (id, merged_into)", [kept.id, gone.id])
            self._refresh(kept.id)
            self._lock([kept.id], hand)
            self._record("merged", kept.id, gone.id, moved, by, at, note)
            return self.story(kept.id)

    def split_story(
        self,
        story: str,
        articles: Sequence[str],
        *,
        by: str,
        at: datetime,
        note: str = "",
        hand: bool = False,
    ) -> Story:
        """Move some reports of a story into one of their own; the new story.

        Reports that came by a merge get the id back that they had, where they are all that came by it. Raises
        NotFoundError for an unknown id, StoryChangeError where a report is not in the story, none or all are
        named, or the story is locked and it is not done by hand.
        """
        with self.write():
            old = self.story(story)
            self._check_locks([old], hand)
            members, moved = self._members(old.id), sorted(set(articles))
            _check_split(old, members, moved)
            new = self._former_id(old.id, moved) or make_id("split", old.id, *moved)
            marks = [(new, article) for article in moved]
            for mark in marks:
                self.run("update story_articles set story = ? where article = ?", mark)
            self.run("update stories set merged_into = null where id = ?", [new])
            for touched in (old.id, new):
                self._refresh(touched)
            self._lock([old.id, new], hand)
            self._record("split", old.id, new, moved, by, at, note)
            return self.story(new)

    def lock_story(self, story: str, *, by: str, at: datetime, note: str = "", locked: bool = True) -> Story:
        """Say that the machine must neither merge nor split a story, or that it may again.

        New reports of the event still join a locked story.
        """
        with self.write():
            found = self.story(story)
            self.run("update stories set locked = ? where id = ?", [int(locked), found.id])
            self._record("locked" if locked else "unlocked", found.id, None, (), by, at, note)
            return self.story(found.id)

    def story_changes(self, story: str | None = None, limit: int = 100) -> list[StoryChange]:
        """What was done to a story (or to any), newest first."""
        rows = self.rows(
            """
            select * from story_changes where :story is null or :story in (story, other)
            order by id desc limit :limit
            """,
            {"story": story, "limit": limit},
        )
        return [_change(row) for row in rows]

    def _members(self, story: str) -> list[str]:
        rows = self.rows("select article from story_articles where story = ? order by article", [story])
        return [row["article"] for row in rows]

    def _former_id(self, story: str, articles: Sequence[str]) -> str | None:
        """The id under which exactly these reports came into the story, if it still leads there."""
        found = self.value(
            """
            select other from story_changes join stories on stories.id = other and merged_into = :story
            where action = 'merged' and articles = :articles order by story_changes.id desc limit 1
            """,
            {"story": story, "articles": json.dumps(list(articles))},
        )
        return str(found) if found else None

    def _check_locks(self, stories: Sequence[Story], hand: bool) -> None:
        for story in stories:
            if story.locked and not hand:
                advice = f"`framewire stories lock --off {story.id}` lets the machine change it again"
                raise StoryChangeError(story.id, "is locked by an analyst", advice=advice)

    def _lock(self, stories: Sequence[str], hand: bool) -> None:
        if hand:
            for story in stories:
                self.run("update stories set locked = 1 where id = ?", [story])

    def _record(
        self,
        action: StoryAction,
        story: str,
        other: str | None,
        articles: Sequence[str],
        by: str,
        at: datetime,
        note: str,
    ) -> None:
        row = {"at": to_text(at), "by": by, "action": action, "story": story, "other": other, "note": note}
        self.put("story_changes", [row | {"articles": json.dumps(list(articles))}])


def _check_split(story: Story, members: Sequence[str], moved: Sequence[str]) -> None:
    strange = [article for article in moved if article not in set(members)]
    if strange:
        advice = f"`framewire story {story.id} --json` lists its articles"
        raise NotFoundError(strange[0], f"is no article of story {story.id}", advice=advice)
    if not 0 < len(moved) < len(members):
        advice = f"Name at least one and at most {len(members) - 1} of its {len(members)} articles"
        raise StoryChangeError(story.id, "cannot be split so", advice=advice)


def _change(row: Any) -> StoryChange:
    at = to_time(row["at"])
    assert at is not None
    names = ("by", "action", "story", "other", "note")
    return StoryChange(
        **{name: row[name] for name in names}, at=at, articles=tuple(json.loads(row["articles"]))
    )
