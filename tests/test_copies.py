"""Copies in reports: one text stands once, with the outlets that carried it too."""

from dataclasses import replace
from datetime import timedelta

from fastapi.testclient import TestClient

from monitor.model import make_id
from monitor.store import Store
from reports.copies import carried
from reports.web.app import create_app
from tests.fakes import NOON, feed
from tests.rows import POST, VOLNA, covered, keep


def at(hour, key, outlet, original=None):
    row = covered(key, outlet, published=NOON + timedelta(hours=hour))
    return replace(row, original=make_id("article", original) if original else None)


def test_a_wire_copy_stands_with_its_original():
    rows = [at(0, "a", POST), at(1, "b", VOLNA), at(2, "c", VOLNA, "a"), at(3, "d", feed("herald"), "a")]
    first, second = carried(rows)
    assert (first.first, first.copies, first.also) == (rows[0], (rows[2], rows[3]), "also in 2 outlets")
    assert (second.first, second.copies, second.also) == (rows[1], (), "")


def test_an_outlet_that_prints_its_own_text_again_is_no_other_outlet():
    (text,) = carried([at(0, "a", POST), at(1, "b", POST, "a")])
    assert (len(text.copies), text.also) == (1, "")


def test_without_its_original_the_first_copy_stands_for_it():
    (text,) = carried([at(0, "b", POST, "a"), at(1, "c", VOLNA, "a")])
    assert (text.first.article.id, text.also) == (make_id("article", "b"), "also in 1 outlet")


def test_the_story_page_names_the_other_outlets(tmp_path):
    rows = [at(0, "a", POST), at(1, "b", VOLNA)]
    store = Store(tmp_path / "x.db")
    keep(store, {"s": rows})
    with store.write():
        ids = [row.article.id for row in rows]
        for row in rows:
            store.save_originals(row.article, dict.fromkeys(ids, ids[0]), "test", NOON)
    store.close()
    page = TestClient(create_app(tmp_path / "x.db")).get(f"/story/{make_id('s')}").text
    reports = page[page.index('id="reports"') :]
    assert "also in 1 outlet" in reports
    folded = reports[reports.index('<details class="copies">') : reports.index("</details>")]
    assert f'href="/article/{ids[1]}"' in folded
    assert reports.count(f'href="/article/{ids[1]}"') == 1
