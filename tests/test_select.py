"""From judged triples to frames, by hand."""

import pytest

from classifiers.select import Triple, select

THRESHOLDS = {"blames": 0.2, "denies": 0.6, "accepts": 0.6}


def triple(blamer, target, score, stance="blames", sentence=0):
    return Triple(sentence=sentence, blamer=blamer, target=target, stance=stance, score=score)


def chosen(*triples):
    return [(t.blamer, t.target, t.stance, t.sentence) for t in select([(t, t) for t in triples], THRESHOLDS)]


@pytest.mark.parametrize(
    ("triples", "expected"),
    [
        ([], []),
        ([triple("RUS", "USA", 0.1)], []),
        ([triple("RUS", "RUS", 0.5, "denies")], []),
        ([triple("RUS", "USA", 0.5), triple("RUS", "USA", 0.9, sentence=3)], [("RUS", "USA", "blames", 3)]),
        ([triple("TUR", "YPG", 0.9), triple("SYR", "YPG", 0.4)], [("TUR", "YPG", "blames", 0)]),
        (
            [triple("TUR", "YPG", 0.9), triple("SYR", "YPG", 0.4, sentence=1)],
            [("TUR", "YPG", "blames", 0), ("SYR", "YPG", "blames", 1)],
        ),
        (
            [triple("USA", "RUS", 0.8), triple("GBR", "RUS", 0.7)],
            [("USA", "RUS", "blames", 0), ("GBR", "RUS", "blames", 0)],
        ),
    ],
)
def test_select(triples, expected):
    assert chosen(*triples) == expected
