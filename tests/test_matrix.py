"""Blame lines, the matrix, and what follows for stories and actors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from classifiers.actors import actors
from reports.actor_report import actor_report
from reports.matrix import blame_lines, matrix
from reports.story_report import report
from tests.fakes import NOON, feed, frame
from tests.rows import POST, VOLNA, covered, sample_stories, story_of

OTHER = feed("other", language="nl")


def test_a_line_gathers_what_several_outlets_say():
    rows = [
        covered("1", POST, [frame(score=0.7, caveat=True)]),
        covered("2", OTHER, [frame(score=0.9)]),
        covered("3", OTHER, [frame(score=0.6)]),
    ]
    (line,) = blame_lines(rows)
    assert line.text == "Russia → United States · negligence"
    assert (line.quote.frame.score, line.quote.feed.name) == (0.9, "other")
    assert line.outlets == ("other", "post")
    assert line.strength == pytest.approx(1.6)
    assert (line.doubted, line.doubt) == (1, "1 other report doubts this")


def test_lines_are_strongest_first_and_told_apart_by_stance():
    lines = blame_lines(
        [
            covered("1", POST, [frame(score=0.9), frame("USA", "USA", stance="denies", score=0.5)]),
            covered(
                "2",
                OTHER,
                [frame(score=0.8, kind="atrocity"), frame("USA", "USA", stance="denies", score=0.5)],
            ),
            covered("3", VOLNA, [frame("USA", "USA", stance="accepts", score=0.4)]),
        ]
    )
    assert [line.text for line in lines] == [
        "Russia → United States · negligence",
        "United States → itself · denies · negligence",
        "United States → itself · accepts blame · negligence",
    ]
    # Outlets that name the kind differently carry one charge; the kind is that of most, by score.
    assert lines[0].outlets == ("post", "other")


def test_an_outlets_own_voice_is_its_states_or_its_own():
    lines = blame_lines(
        [covered("1", VOLNA, [frame("OUTLET")]), covered("2", POST, [frame("OUTLET", "RUS")])]
    )
    assert sorted((line.blamer.key, line.text) for line in lines) == [
        ("RUS outlet", "Russia (outlet) → United States · negligence"),
        ("post", "Post (outlet) → Russia · negligence"),
    ]


def test_an_outlet_that_blames_its_own_state_is_not_the_state():
    (line,) = blame_lines([covered("1", VOLNA, [frame("OUTLET", "RUS")])])
    assert line.text == "Russia (outlet) → Russia · negligence"


def test_an_actor_nobody_knows_keeps_its_id():
    (line,) = blame_lines([covered("1", POST, [frame("ZZZ")])])
    assert line.text == "ZZZ → United States · negligence"


def test_the_matrix_holds_every_frame_once():
    for rows in sample_stories().values():
        lines = blame_lines(rows)
        table = matrix(lines)
        frames = sum(len(row.frames) for row in rows)
        assert sum(len(line.quotes) for line in lines) == frames
        assert sum(cell.total for cell in table.cells) == frames
        pairs = [(cell.blamer, cell.target) for cell in table.cells]
        assert len(set(pairs)) == len(pairs)
        assert all(blamer in table.blamers and target in table.targets for blamer, target in pairs)


def test_a_cell_counts_by_stance_and_kind():
    rows = [
        covered("1", POST, [frame(), frame(stance="denies")]),
        covered("2", OTHER, [frame(kind="atrocity"), frame("SYR")]),
    ]
    table = matrix(blame_lines(rows))
    assert [party.key for party in table.blamers] == ["RUS", "SYR"]
    cell = table.cell(table.blamers[0], table.targets[0])
    assert cell is not None
    assert cell.counts == {
        ("blames", "negligence"): 1,
        ("blames", "atrocity"): 1,
        ("denies", "negligence"): 1,
    }
    assert table.cell(table.targets[0], table.blamers[0]) is None


def test_the_seed_storys_strongest_lines():
    told = sample_stories()["tell-safra-enclave"]
    lines = blame_lines(told)
    assert {line.text for line in lines[:2]} == {
        "Russia → the Kurds · negligence",
        "Russia → United States · negligence",
    }
    assert all(len(line.outlets) >= 8 and line.doubted for line in lines[:2])


def test_a_headline_is_one_the_reader_can_read():
    english = covered("2", POST, title="In English", published=NOON + timedelta(hours=2))
    states = covered("3", feed("brief", state="USA", language="en"), published=NOON + timedelta(hours=1))
    russian = covered("1", VOLNA, title="По-русски")
    rows = [russian, states, english]
    told = report(story_of(rows), rows)
    assert (told.headline.title, told.headline.outlet) == ("In English", "post")
    assert told.path.endswith("-in-english")
    assert told.size_words == "3 reports by 3 outlets in 2 languages"
    alone = report(story_of([russian]), [russian])
    assert (alone.headline.title, alone.headline.outlet) == ("По-русски", None)
    assert alone.path == f"/story/{alone.story.id}"


def test_an_actors_lines_are_in_one_group_each():
    rows = [
        covered("1", VOLNA, [frame(), frame("OUTLET", "GBR"), frame("USA", "RUS"), frame("USA", "GBR")]),
        covered("2", POST, [frame("RUS", "RUS", stance="denies"), frame("OUTLET", "RUS")]),
    ]
    told = actor_report(actors()["RUS"], rows)
    groups = (told.blames, told.outlets_blame, told.blamed, told.answers)
    assert [[line.text for line in group] for group in groups] == [
        ["Russia → United States · negligence"],
        ["Russia (outlet) → United Kingdom · negligence"],
        ["United States → Russia · negligence", "Post (outlet) → Russia · negligence"],
        ["Russia → itself · denies · negligence"],
    ]
    assert told.articles == 2
