"""What stands beside a story, and an actor's frames in time: flat rows for the analyst's pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import OUTLET, FrameKind, Stance, Story
from monitor.store.base import StoreBase, to_text, to_time
from monitor.store.coverage import NEWEST_READING
from monitor.store.stories import to_story


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A story with what tells whether it is like another: who told it, and who blames whom in it."""

    story: Story
    #: States whose outlets told it.
    states: frozenset[str]
    #: (blamer, target) of its charges; denials and an outlet's own voice are left out.
    pairs: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorFrame:
    """One frame of an actor, without its words."""

    published: datetime
    article: str
    blamer: str
    target: str
    stance: Stance
    kind: FrameKind
    #: The state the outlet speaks for.
    outlet_state: str | None


class NeighbourRows(StoreBase):
    """Views over stories and frames that need no texts."""

    def neighbours(self, since: datetime, until: datetime, limit: int = 200) -> list[Neighbour]:
        """The largest stories told between two times, with their states and pairs."""
        found = self.rows(
            """
            select * from stories where last >= ? and first <= ? and merged_into is null
            order by size desc, last desc, id limit ?
            """,
            [to_text(since), to_text(until), limit],
        )
        return [
            Neighbour(
                story=to_story(row),
                states=frozenset(one["state"] for one in self.rows(_STATES, [row["id"]])),
                pairs=frozenset(
                    (one["blamer"], one["target"]) for one in self.rows(_PAIRS, [row["id"], OUTLET])
                ),
            )
            for row in found
        ]

    def states_heard(self, since: datetime, until: datetime) -> set[str]:
        """States whose outlets published anything between two times: the others may only have been out of reach."""
        found = self.rows(
            """
            select distinct state from feeds where state is not null and exists (
                select 1 from articles where feed = feeds.id and published between ? and ?)
            """,
            [to_text(since), to_text(until)],
        )
        return {str(row["state"]) for row in found}

    def actor_frames(self, actor: str, limit: int = 20_000) -> list[ActorFrame]:
        """The newest frames in which an actor, or an outlet of that state in its own voice, blames or is blamed."""
        found = self.rows(_ACTOR_FRAMES, {"actor": actor, "outlet": OUTLET, "limit": limit})
        frames = []
        for row in found:
            published = to_time(row["published"])
            assert published is not None
            names = ("article", "blamer", "target", "stance", "kind", "outlet_state")
            frames.append(ActorFrame(published=published, **{name: row[name] for name in names}))
        return frames


_STATES = """
    select distinct state from story_articles join articles on articles.id = article join feeds on feeds.id = feed
    where story = ? and state is not null
    """
_PAIRS = f"""
    select distinct blamer, target from story_articles join frames on frames.article = story_articles.article
    where story = ? and blamer != ? and blamer != target and stance = 'blames' and {NEWEST_READING}
    """
#: Each half by its own index. Only the reading that is shown counts, as in `coverage`.
_ACTOR_FRAMES = f"""
    with own as (
        select id from frames where blamer = :actor union select id from frames where target = :actor
        union select frames.id from feeds join articles on articles.feed = feeds.id
            join frames on frames.article = articles.id where feeds.state = :actor and blamer = :outlet
    )
    select frames.article, published, blamer, target, stance, frames.kind, feeds.state as outlet_state
    from own join frames on frames.id = own.id join articles on articles.id = frames.article
    join feeds on feeds.id = articles.feed
    where {NEWEST_READING}
    order by published desc, frames.id limit :limit
    """
