"""Clustering with vectors that can be read: two topics, two languages, and time."""

from datetime import timedelta

import numpy as np
import pytest

from monitor.cluster import Centres, Clusterer, Item, gap_days, kernel, rebuild, scores
from tests.fakes import NOON

#: Axes: topic A, topic B, English, Russian.
A, B, EN, RU = np.eye(4, dtype=np.float32)
MEANS = {"en": 2 * EN, "ru": 2 * RU}


def item(key, topic, language=None, hours=0.0):
    mark = RU if language == "ru" else EN
    return Item(
        id=key, language=language or "en", published=NOON + timedelta(hours=hours), vector=topic + 2 * mark
    )


def clusterer():
    return Clusterer(Centres(MEANS, {"en": 5000, "ru": 5000}))


def test_one_event_in_two_languages_is_one_story():
    made = clusterer()
    assert made.assign(item("1", A)) == made.assign(item("2", A, "ru", 1))


def test_two_events_are_two_stories():
    made = clusterer()
    assert made.assign(item("1", A)) != made.assign(item("2", B, hours=1))


def test_a_late_article_finds_its_story():
    made = clusterer()
    first = made.assign(item("1", A, hours=5))
    assert made.assign(item("2", A, hours=0)) == first


def test_an_old_story_is_closed():
    made = clusterer()
    assert made.assign(item("1", A)) != made.assign(item("2", A, hours=24 * 30))


def test_a_story_is_named_by_its_first_article_alone():
    left, right = clusterer(), clusterer()
    right.assign(item("0", B))
    assert left.assign(item("1", A)) == right.assign(item("1", A))


def test_a_story_rebuilt_from_the_store_decides_alike():
    centres = Centres(MEANS, {"en": 5000, "ru": 5000})
    story = rebuild("s", [(A + 2 * EN, "en", NOON), (A + 2 * RU, "ru", NOON)], centres)
    assert Clusterer(centres, [story]).assign(item("3", A, hours=2)) == "s"


def test_an_unknown_language_takes_the_mean_of_all():
    centres = Centres({"en": EN, "ru": RU})
    vector = centres.centred(A + (EN + RU) / 2, "xx")
    assert vector @ A == pytest.approx(1, abs=1e-6)


def test_a_language_is_learned():
    centres = Centres({"en": EN})
    before = centres.centred(A + RU, "ru") @ A
    for _ in range(200):
        centres.learn(A * np.random.default_rng(1).normal() + RU, "ru")
    assert centres.centred(A + RU, "ru") @ A > before


def test_zero_vectors_do_no_harm():
    made = clusterer()
    first = made.assign(Item(id="1", language="en", published=NOON, vector=2 * EN))
    second = made.assign(Item(id="2", language="en", published=NOON, vector=2 * EN))
    assert first != second  # texts without content are never one story


def test_time_damps():
    assert kernel(0) == 1
    assert kernel(1) > kernel(3) > kernel(9)
    story = rebuild("s", [(A + 2 * EN, "en", NOON)], Centres(MEANS))
    assert gap_days(story, NOON + timedelta(days=2)) == gap_days(story, NOON - timedelta(days=2)) == 2


@pytest.mark.parametrize(
    ("gold", "found", "bcubed", "pairwise"),
    [
        ("aabb", "xxyy", 1.0, 1.0),
        ("aabb", "xxxx", 2 / 3, 0.5),
        ("aabb", "wxyz", 2 / 3, 0.0),
    ],
)
def test_scores_by_hand(gold, found, bcubed, pairwise):
    row = scores(list(gold), list(found))
    assert row["bcubed_f1"] == pytest.approx(bcubed)
    assert row["pairwise_f1"] == pytest.approx(pairwise)
