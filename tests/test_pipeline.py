"""The loop: every item once, values and errors saved, steps in order, bugs loud."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.errors import FetchError
from monitor.executors import InlineExecutor
from monitor.pipeline import Stage, Step, run_stage

EXECUTORS = {"inline": InlineExecutor(), "threads": ThreadPoolExecutor(4)}


def numbers(todo, save, *works, ahead=3):
    """A stage over numbers that are strings; `todo` and `saved` are the test's own store."""
    return Stage(
        name="numbers",
        todo=lambda _store, _now, limit: todo()[:limit],
        steps=tuple(Step(executor, work) for executor, work in works),
        save=lambda _store, item, value, _now: save(item, value),
        key=str,
        ahead=ahead,
    )


@pytest.mark.parametrize("executor", ["inline", "threads"])
def test_every_item_goes_through_every_step_once(store, clock, executor):
    saved = {}
    stage = numbers(
        lambda: [n for n in range(50) if n not in saved],
        saved.__setitem__,
        (executor, lambda n: n + 1),
        (executor, lambda n: n * 10),
    )
    tally = run_stage(stage, store, EXECUTORS, clock)
    assert saved == {n: (n + 1) * 10 for n in range(50)}
    assert (tally.done, tally.failed) == (50, 0)


def test_an_error_is_an_outcome_and_its_neighbours_go_on(store, clock):
    saved = {}

    def work(n):
        if n == 3:
            raise FetchError("3", "no")
        return n

    tally = run_stage(
        numbers(lambda: list(range(6)), saved.__setitem__, ("threads", work)), store, EXECUTORS, clock
    )
    assert isinstance(saved.pop(3), FetchError)
    assert saved == {0: 0, 1: 1, 2: 2, 4: 4, 5: 5}
    assert [key for key, _ in tally.errors] == ["3"]


def test_an_item_that_stays_to_do_is_tried_once_a_run(store, clock):
    tried = []
    run_stage(numbers(lambda: [1], lambda *_: None, ("inline", tried.append)), store, EXECUTORS, clock)
    assert tried == [1]


def test_a_bug_ends_the_run(store, clock):
    with pytest.raises(ZeroDivisionError):
        run_stage(
            numbers(lambda: [1], lambda *_: None, ("threads", lambda n: n / 0)), store, EXECUTORS, clock
        )


def test_progress_ends_at_the_total(store, clock):
    saved, seen = {}, []
    stage = numbers(lambda: [n for n in range(9) if n not in saved], saved.__setitem__, ("threads", str))
    run_stage(stage, store, EXECUTORS, clock, lambda *row: seen.append(row))
    assert seen[-1] == ("numbers", 9, 9)


def test_nothing_to_do_does_nothing(store, clock):
    assert run_stage(numbers(list, print, ("inline", str)), store, EXECUTORS, clock).done == 0
