"""Executors: all keep the contract of `concurrent.futures`; a worker that dies costs only its own item."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.errors import ExtractError, WorkerDiedError
from monitor.executors import InlineExecutor, NetworkExecutor, ProcessExecutor


def double(x: int) -> int:
    if x == 13:
        raise ExtractError("13", "is unlucky", advice="Take another")
    return 2 * x


def double_or_die(x: int) -> int:
    if x == 13:
        os._exit(1)
    time.sleep(0.01)
    return 2 * x


async def double_soon(x: int) -> int:
    return double(x)


@pytest.fixture(params=["network", "processes", "threads", "inline"])
def executor_and_work(request):
    made = {
        "network": lambda: (NetworkExecutor(), double_soon),
        "processes": lambda: (ProcessExecutor(2), double),
        "threads": lambda: (ThreadPoolExecutor(2), double),
        "inline": lambda: (InlineExecutor(), double),
    }[request.param]
    executor, work = made()
    yield executor, work
    executor.shutdown()


def test_every_executor_gives_values_and_our_errors(executor_and_work):
    executor, work = executor_and_work
    futures = [executor.submit(work, x) for x in (1, 13, 3)]
    assert [futures[0].result(), futures[2].result()] == [2, 6]
    with pytest.raises(ExtractError) as caught:
        futures[1].result()
    # What the error says survives the way back from another process.
    assert (caught.value.key, caught.value.advice) == ("13", "Take another")


def test_a_dead_worker_costs_its_own_item_only():
    executor = ProcessExecutor(2)
    futures = {x: executor.submit(double_or_die, x) for x in range(20)}
    assert {x: f.result(60) for x, f in futures.items() if x != 13} == {
        x: 2 * x for x in range(20) if x != 13
    }
    with pytest.raises(WorkerDiedError, match="died"):
        futures[13].result(60)
    assert executor.submit(double_or_die, 4).result(60) == 8
    executor.shutdown()


def test_shutdown_with_waiting_items_ends():
    executor = ProcessExecutor(1)
    futures = [executor.submit(time.sleep, 0.2) for _ in range(20)]
    ending = threading.Thread(target=executor.shutdown, kwargs={"cancel_futures": True}, daemon=True)
    ending.start()
    ending.join(60)
    assert not ending.is_alive()
    assert futures[-1].cancelled()
