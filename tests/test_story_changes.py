"""Merging, splitting and locking stories: ids live on, every change is a row, hands outrank the machine."""

import json
from datetime import timedelta

import pytest

from monitor.errors import NotFoundError, StoryChangeError
from monitor.model import make_id
from tests.fakes import NOON
from tests.rows import covered, keep
from tests.test_cli import run

A, B, C = make_id("a"), make_id("b"), make_id("c")
BY_HAND = {"by": "Mira", "at": NOON, "hand": True}
BY_MACHINE = {"by": "stories-2", "at": NOON}


def told(key, hours):
    return covered(key, url=f"http://post.example/{key}", published=NOON + timedelta(hours=hours))


A1, A2, B1, B2, C1 = (told(key, hours) for hours, key in enumerate(("a1", "a2", "b1", "b2", "c1")))


@pytest.fixture
def three(store):
    """Three stories, told one after the other."""
    keep(store, {"a": [A1, A2], "b": [B1, B2], "c": [C1]})
    return store


def ids(store, story):
    return {row.article.id for row in store.coverage(story)}


def key(*rows):
    return {row.article.id for row in rows}


def test_a_merged_story_gives_its_reports_and_leads_to_the_other(three):
    kept = three.merge_stories(A, B, **BY_MACHINE)
    assert (kept.id, kept.size, kept.last) == (A, 4, B2.article.published)
    assert ids(three, A) == key(A1, A2, B1, B2)
    assert three.story(B).id == A
    assert [story.id for story in three.stories()] == [A, C]
    assert three.counts()["stories"] == 2


def test_ids_lead_on_through_several_merges(three):
    three.merge_stories(B, C, **BY_MACHINE)
    three.merge_stories(A, B, **BY_MACHINE)
    assert {three.story(story).id for story in (A, B, C)} == {A}
    assert three.current_story(C) == A


def test_a_report_for_a_merged_story_joins_the_other(three):
    """The clusterer decides on what it loaded; an analyst may have merged meanwhile."""
    three.merge_stories(A, B, **BY_HAND)
    with three.write():
        three.save_story_articles([(C1.article.id, B)], "stories-2")
    assert three.story_of(C1.article.id) == A
    assert three.story(B).id == A


def test_a_new_report_unlocks_and_unmerges_nothing(three):
    three.merge_stories(A, B, **BY_HAND)
    with three.write():
        three.save_story_articles([(C1.article.id, A)], "stories-2")
    assert (three.story(A).locked, three.story(A).size) == (True, 5)
    assert three.story(B).id == A


def test_a_split_makes_a_story_of_its_own(three):
    new = three.split_story(A, [A2.article.id], **BY_MACHINE)
    assert new.id not in (A, B, C)
    assert (ids(three, A), ids(three, new.id)) == (key(A1), key(A2))
    assert (new.title, new.first) == (A2.article.title, A2.article.published)
    assert three.story(A).last == A1.article.published


def test_splitting_off_the_first_report_leaves_the_id_with_the_rest(three):
    new = three.split_story(A, [A1.article.id], **BY_MACHINE)
    assert (ids(three, A), ids(three, new.id)) == (key(A2), key(A1))
    assert three.story(A).title == A2.article.title


def test_undoing_a_merge_gives_the_old_id_back(three):
    three.merge_stories(A, B, **BY_HAND)
    back = three.split_story(A, [B1.article.id, B2.article.id], **BY_HAND)
    assert back.id == B
    assert (three.story(B).id, ids(three, B)) == (B, key(B1, B2))


def test_what_a_hand_did_the_machine_leaves(three):
    three.merge_stories(A, B, **BY_HAND)
    with pytest.raises(StoryChangeError, match="locked"):
        three.split_story(A, [B1.article.id], **BY_MACHINE)
    with pytest.raises(StoryChangeError, match="locked"):
        three.merge_stories(C, A, **BY_MACHINE)
    assert ids(three, A) == key(A1, A2, B1, B2)


def test_a_lock_can_be_taken_off(three):
    three.lock_story(A, by="Mira", at=NOON)
    with pytest.raises(StoryChangeError, match="stories lock --off"):
        three.merge_stories(A, B, **BY_MACHINE)
    three.lock_story(A, by="Mira", at=NOON, locked=False)
    assert three.merge_stories(A, B, **BY_MACHINE).size == 4


def test_every_change_is_a_row(three):
    three.merge_stories(A, B, **BY_MACHINE)
    three.split_story(A, [A2.article.id], **(BY_HAND | {"note": "another strike"}))
    three.lock_story(C, by="Mira", at=NOON)
    locked, split, merged = three.story_changes()
    assert (merged.action, merged.by, merged.story, merged.other) == ("merged", "stories-2", A, B)
    assert set(merged.articles) == key(B1, B2)
    assert (split.action, split.note, split.at) == ("split", "another strike", NOON)
    assert (locked.action, locked.story, locked.articles) == ("locked", C, ())
    assert three.story_changes(B) == [merged]


def test_a_change_moves_the_number_that_memory_compares(three):
    before = three.story_mark()
    three.merge_stories(A, B, **BY_MACHINE)
    assert three.story_mark() > before


def test_what_cannot_be_done_changes_nothing(three):
    with pytest.raises(StoryChangeError, match="already"):
        three.merge_stories(A, A, **BY_HAND)
    for articles in ([], [A1.article.id, A2.article.id]):
        with pytest.raises(StoryChangeError, match="split"):
            three.split_story(A, articles, **BY_HAND)
    with pytest.raises(NotFoundError, match="no article of story"):
        three.split_story(A, [B1.article.id], **BY_HAND)
    with pytest.raises(NotFoundError):
        three.merge_stories(A, "nothing", **BY_HAND)
    assert three.story_changes() == []
    assert not three.story(A).locked


def test_the_command_line_merges_splits_and_locks(three):
    db = ("--db", three.path, "stories")
    merged = run(*db, "merge", A, B, C, "--by", "Mira", "--note", "one strike")
    assert (merged.returncode, merged.stderr) == (0, "")
    assert merged.stdout.startswith(f"{A}: 5 articles")
    split = run(*db, "split", A, B1.article.id, "--by", "Mira")
    assert split.stdout.split(":")[0] in {story.id for story in three.stories()}
    assert "not locked" in run(*db, "lock", A, "--off", "--by", "Mira").stdout
    listed = json.loads(run(*db, "--json").stdout)
    assert {(row["id"], row["size"], row["locked"]) for row in listed} >= {(A, 4, False)}
    changes = json.loads(run(*db, "changes", "--json").stdout)
    assert [row["action"] for row in changes] == ["unlocked", "split", "merged", "merged"]
    assert {row["by"] for row in changes} == {"Mira"}


def test_the_command_line_tells_a_storys_profile(three):
    found = json.loads(run("--db", three.path, "story", A, "--json").stdout)
    assert found["profile"]["titles"][0]["title"] == A1.article.title
    assert found["profile"]["followers"] == []
    assert "titles: en:" in run("--db", three.path, "story", A).stdout


def test_the_command_line_says_what_is_wrong(three, tmp_path):
    unknown = run("--db", three.path, "stories", "merge", A, "nothing")
    assert (unknown.returncode, "is no story" in unknown.stderr) == (2, True)
    missing = run("--db", tmp_path / "none.db", "stories", "lock", A)
    assert (missing.returncode, "is not there" in missing.stderr) == (2, True)
    assert not (tmp_path / "none.db").exists()
