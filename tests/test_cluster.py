"""Clustering: with vectors that can be read (two topics, two languages) and a join that can be checked by hand."""

from datetime import timedelta

import numpy as np
import pytest

from monitor.cluster import Centres, Clusterer, scores
from monitor.join import FEATURES, Item, Join, gap_days, open_story, shipped_join
from tests.fakes import NOON

#: Axes: topic A, topic B, English, Russian.
A, B, EN, RU = np.eye(4, dtype=np.float32)
MEANS = {"en": 2 * EN, "ru": 2 * RU}
SIZE = len(FEATURES)


def plain_join() -> Join:
    """Joins where the cosine to the centre is above a half and the gap below some three days."""
    weights = np.zeros(SIZE + SIZE * (SIZE + 1) // 2)
    weights[FEATURES.index("cosine to the centre")] = 10
    weights[FEATURES.index("log days since the story was told")] = -4
    zeros, ones = [0.0] * SIZE, [1.0] * SIZE
    numbers = {"mean": zeros, "scale": ones, "mean2": 0.0, "scale2": 1.0, "weights": weights, "bias": -5.0}
    return Join(numbers | {"threshold": 0.5, "rarity": {}})


def item(key, topic, language=None, hours=0.0, actors=()):
    mark = RU if language == "ru" else EN
    return Item(
        id=key,
        language=language or "en",
        published=NOON + timedelta(hours=hours),
        vector=topic + 2 * mark,
        actors=frozenset(actors),
        length=200,
    )


def clusterer():
    return Clusterer(Centres(MEANS, {"en": 5000, "ru": 5000}), plain_join())


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


def test_a_story_restored_from_the_store_decides_alike():
    made = clusterer()
    made.restore("s", [item("1", A), item("2", A, "ru", 1)])
    assert made.assign(item("3", A, hours=2)) == "s"


def test_many_stories_are_kept_apart():
    """More stories than the index first has room for."""
    rng = np.random.default_rng(7)
    made = Clusterer(Centres({"en": np.zeros(64, np.float32)}, {"en": 5000}), plain_join())
    vectors = np.linalg.qr(rng.normal(size=(64, 64)))[0].astype(np.float32)
    for round_ in range(6):
        for number, vector in enumerate(vectors):
            when = NOON + timedelta(days=40 * round_)
            made.assign(Item(id=f"{round_}-{number}", language="en", published=when, vector=vector))
    assert len(made._stories) == 6 * 64


def test_an_unknown_language_takes_the_mean_of_all():
    centres = Centres({"en": EN, "ru": RU})
    vector = centres.centred(A + (EN + RU) / 2, "xx")
    assert vector @ A == pytest.approx(1, abs=1e-6)


def test_a_language_is_learned():
    centres = Centres({"en": EN})
    before = centres.centred(A + RU, "ru") @ A
    rng = np.random.default_rng(1)
    for _ in range(200):
        centres.learn(A * rng.normal() + RU, "ru")
    assert centres.centred(A + RU, "ru") @ A > before


def test_texts_without_content_are_never_one_story():
    made = Clusterer(Centres(MEANS, {"en": 5000}), plain_join())
    # The mean moves with every article; these stay at it.
    made.centres.learn = lambda *_: None  # type: ignore[method-assign]
    ids = {made.assign(Item(id=str(n), language="en", published=NOON, vector=2 * EN)) for n in range(5)}
    assert len(ids) == 5


def test_a_gap_is_measured_on_both_sides():
    story = open_story("s", item("1", A), A)
    assert gap_days(story, NOON + timedelta(days=2)) == gap_days(story, NOON - timedelta(days=2)) == 2


def test_shared_rare_actors_say_more_than_common_ones():
    join = shipped_join()
    column = FEATURES.index("shared actors")
    story = open_story("s", item("1", A, actors=["USA", "TUV"]), A)
    rare = join.features(item("2", A, actors=["TUV"]), A, [story])[0, column]
    common = join.features(item("2", A, actors=["USA"]), A, [story])[0, column]
    assert 1 > rare > common > 0


def test_the_shipped_join_says_yes_to_the_same_and_no_to_another():
    join = shipped_join()
    story = open_story("s", item("1", A, actors=["GRC", "TUR"]), A)
    same = join.chances(item("2", A, hours=1, actors=["GRC", "TUR"]), A, [story])[0]
    other = join.chances(item("3", B, hours=40, actors=["JPN"]), B, [story])[0]
    assert same > join.threshold > other


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
