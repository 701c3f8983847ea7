"""The store: rows come back as they went in, writes are whole, migrations can be repeated."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from monitor.errors import FetchError, NotFoundError, StoreError
from monitor.model import Correction, FeedState, Page, Reading
from monitor.store import Store, frame_id
from tests.fakes import NOON, article, entry, feed, frame


def _with_article(store, **parts):
    found = article(**parts)
    with store.write():
        store.sync_feeds([feed()])
        store.save_entries([entry()])
        store.save_article(found, entry().id, "test", NOON)
    return found


def test_feeds_come_back(store):
    kept = feed(state="RUS", kind="state_media", tags=("a", "b"), language="ru")
    store.sync_feeds([kept])
    assert store.feeds() == [kept]


def test_a_feed_that_left_the_file_is_not_asked(store):
    store.sync_feeds([feed("one"), feed("two")])
    store.sync_feeds([feed("two")])
    assert [f.name for f, _ in store.due_feeds(NOON, 10)] == ["two"]


def test_due_feeds_wait_for_their_time(store, clock):
    store.sync_feeds([feed()])
    clock.skip(hours=1)
    with store.write():
        store.save_feed_state(FeedState(feed=feed().id, next_check=clock(), etag='W/"x"'))
    assert store.due_feeds(NOON, 10) == []
    assert store.due_feeds(clock(), 10)[0][1].etag == 'W/"x"'


def test_an_entry_counts_once(store):
    with store.write():
        assert store.save_entries([entry("1"), entry("2")]) == 2
        assert store.save_entries([entry("1")]) == 0


def test_a_changed_entry_is_fetched_again(store):
    _with_article(store)
    assert store.entries_without_article("pages", NOON, 10) == []
    with store.write():
        store.save_entries([entry(summary="Another summary.")])
    assert len(store.entries_without_article("pages", NOON, 10)) == 1


def test_a_changed_text_is_a_revision(store):
    old = _with_article(store)
    with store.write():
        new = store.save_article(article(text="Another text."), entry().id, "test", NOON)
    assert (old.revision, new.revision) == (1, 2)
    assert store.article(old.id).text == "Another text."
    assert store.value("select text from revisions where article = ?", [old.id]) == "Text of 1."


def test_the_same_text_again_changes_nothing(store):
    old = _with_article(store)
    with store.write():
        assert store.save_article(article(), entry().id, "test", NOON).revision == old.revision
    assert store.value("select count(*) from revisions") == 0


def test_pages_are_kept_compressed(store):
    page = Page(
        entry="e", url="http://x.example/", content_type="text/html", body=b"<p>" * 1000, fetched=NOON
    )
    with store.write():
        store.save_page(page)
    assert store.page("e") == page
    assert len(store.value("select body from pages")) < 200


def test_vectors_are_found_by_model_and_text(store):
    found = _with_article(store)
    vector = np.full(384, 0.05, np.float32)
    with store.write():
        store.save_vector(found, "m", vector)
    assert store.articles_without_vector("m", 10) == []
    assert store.articles_without_vector("other", 10) == [found]
    assert np.allclose(store.vectors([found.id], "m")[found.id], vector, atol=1e-3)


def test_a_reading_replaces_the_last_one(store):
    found = _with_article(store)
    with store.write():
        store.save_reading(
            found, Reading(classifier="c", language="en", frames=(frame(), frame("USA", "RUS"))), NOON
        )
        store.save_reading(found, Reading(classifier="c", language="en", frames=(frame(),)), NOON)
    assert store.covered(found.id).frames == (frame(),)
    assert store.articles_without_reading("c", 10) == []


def test_an_empty_reading_is_a_result(store):
    found = _with_article(store)
    with store.write():
        store.save_reading(found, Reading(classifier="c", language="en"), NOON)
    assert store.articles_without_reading("c", 10) == []
    assert [a.id for a, _ in store.articles_without_reading("d", 10)] == [found.id]


def test_stories_know_their_articles(store):
    found = _with_article(store)
    with store.write():
        store.save_story_articles([(found.id, "s")], "test")
    story = store.story("s")
    assert (story.size, story.title) == (1, found.title)
    assert [covered.article.id for covered in store.coverage("s")] == [found.id]


def test_what_is_not_there_says_so(store):
    with pytest.raises(NotFoundError):
        store.story("nothing")
    with pytest.raises(NotFoundError), store.write():
        store.save_correction(Correction(frame="nothing", verdict="right", by="me", at=NOON))


def test_a_correction_comes_back_with_its_frame(store):
    found = _with_article(store)
    with store.write():
        store.save_reading(found, Reading(classifier="c", language="en", frames=(frame(),)), NOON)
        key = frame_id(found.id, "c", frame())
        store.save_correction(Correction(frame=key, verdict="wrong", by="me", at=NOON))
    (row,) = store.corrections()
    assert (row["verdict"], row["blamer"], row["text"]) == ("wrong", "RUS", found.text)


def test_failures_count_their_attempts(store):
    with store.write():
        for _ in range(2):
            store.record_failure("pages", "k", FetchError("k", "no"), NOON, None)
    (failure,) = store.failures()
    assert (failure.attempts, failure.error) == (2, "FetchError")
    with store.write():
        store.clear_failure("pages", "k")
    assert store.failures() == []


def _write_and_fail(store):
    with store.write():
        store.save_entries([entry()])
        raise RuntimeError


def test_a_write_is_all_or_nothing(store):
    with pytest.raises(RuntimeError):
        _write_and_fail(store)
    assert store.counts()["entries"] == 0


def test_writers_wait_for_each_other(tmp_path):
    path = tmp_path / "shared.db"
    Store(path).close()
    errors: list[Exception] = []

    def add(number: int) -> None:
        store = Store(path)
        try:
            for i in range(20):
                with store.write():
                    store.rows("select count(*) from entries")
                    store.save_entries([entry(f"{number}-{i}")])
        except sqlite3.OperationalError as error:
            errors.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store(path)
    count = store.counts()["entries"]
    store.close()
    assert (errors, count) == ([], 80)


def test_opening_again_migrates_nothing_twice(tmp_path):
    Store(tmp_path / "a.db").close()
    again = Store(tmp_path / "a.db")
    names = [row["name"] for row in again.rows("select name from _sqlite_migrations")]
    again.close()
    assert len(names) == len(set(names)) >= 4


def test_a_file_that_is_no_database_says_so(tmp_path):
    (tmp_path / "x.db").write_text("this is a letter, not a database " * 100)
    with pytest.raises(StoreError, match="no database of ours"):
        Store(tmp_path / "x.db")


def test_reading_what_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(StoreError, match="framewire"):
        Store(tmp_path / "none.db", read_only=True)


def test_a_backup_is_a_whole_store(store, tmp_path):
    found = _with_article(store)
    store.backup(tmp_path / "copy.db")
    copy = Store(tmp_path / "copy.db", read_only=True)
    assert copy.article(found.id) == found
    copy.close()


def test_another_applications_file_is_neither_read_nor_written(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("create table bookmarks (id)")
    for read_only in (True, False):
        with pytest.raises(StoreError, match="another application"):
            Store(path, read_only=read_only)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("select name from sqlite_master").fetchall() == [("bookmarks",)]


def test_an_empty_file_is_not_read_but_may_become_ours(tmp_path):
    path = tmp_path / "new.db"
    path.touch()
    with pytest.raises(StoreError, match="is empty"):
        Store(path, read_only=True)
    Store(path).close()
    Store(path, read_only=True).close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "file" / "x.db")


def test_two_that_open_a_new_file_at_once_take_turns(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        for name in "abcd":
            for opened in [pool.submit(lambda n: Store(tmp_path / n).close(), name) for _ in range(4)]:
                opened.result()


def test_a_backup_into_no_folder_is_said(store, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        store.backup(tmp_path / "none" / "x.db")
