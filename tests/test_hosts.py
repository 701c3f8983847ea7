"""Turns at hosts: least intervals, pauses, and what of them outlives a restart."""

import asyncio
import time
from datetime import timedelta

import pytest

from monitor.errors import BusyHostError
from monitor.hosts import LONGEST_PAUSE, PAUSE_SECONDS, PER_HOST, Hosts
from monitor.model import HostState
from tests.fakes import NOON, StillClock

URL = "http://wire.example/a"


async def take(hosts, url=URL, interval=0.0):
    async with hosts.turn(url, interval):
        return time.monotonic()


def test_turns_of_one_host_keep_their_distance_and_those_of_another_do_not_wait():
    async def work():
        hosts = Hosts(StillClock())
        began = time.monotonic()
        at = await asyncio.gather(*(take(hosts, interval=0.05) for _ in range(3)))
        other = await take(hosts, "http://post.example/", 5.0)
        return sorted(at), began, other

    at, began, other = asyncio.run(work())
    assert at[0] + 0.045 <= at[1] <= at[2] - 0.045
    assert other - began < 5


def test_only_so_many_requests_are_at_one_host_at_once():
    async def work():
        hosts, inside, most = Hosts(StillClock()), 0, 0

        async def one():
            nonlocal inside, most
            async with hosts.turn(URL, 0.0):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(one() for _ in range(20)))
        return most

    assert asyncio.run(work()) == PER_HOST


@pytest.mark.parametrize(("wish", "seconds"), [(None, PAUSE_SECONDS), (90.0, 90.0), (1e12, LONGEST_PAUSE)])
def test_a_paused_host_is_not_asked_until_its_time_has_come(wish, seconds):
    clock = StillClock()
    hosts = Hosts(clock)
    hosts.pause(URL, wish)
    with pytest.raises(BusyHostError) as caught:
        asyncio.run(take(hosts))
    assert caught.value.retry_after == seconds
    clock.skip(seconds=seconds)
    asyncio.run(take(hosts))


def test_a_turn_too_far_off_is_put_off_and_takes_no_turn():
    hosts = Hosts(StillClock(), patience=60)
    asyncio.run(take(hosts, interval=100))
    for _ in range(3):
        with pytest.raises(BusyHostError) as caught:
            asyncio.run(take(hosts, interval=100))
        assert 99 <= caught.value.retry_after <= 100


def test_limits_hold_across_a_restart(store):
    clock = StillClock()
    hosts = Hosts(clock)
    asyncio.run(take(hosts, interval=50))
    hosts.pause("http://post.example/", 7200)
    store.save_hosts(hosts.changed())
    assert hosts.changed() == []

    clock.skip(seconds=10)
    again = Hosts(clock, patience=30)
    again.restore(store.hosts(clock()))
    with pytest.raises(BusyHostError) as caught:
        asyncio.run(take(again))
    assert 38 <= caught.value.retry_after <= 40
    with pytest.raises(BusyHostError, match="14:00:00 UTC"):
        asyncio.run(take(again, "http://post.example/other"))


def test_only_hosts_of_which_something_still_holds_come_back(store):
    store.save_hosts(
        [
            HostState(host="old.example", next_request=NOON),
            HostState(host="kept.example", robots="x", robots_until=NOON + timedelta(hours=1)),
            HostState(host="waits.example", next_request=NOON + timedelta(seconds=5), robots_failed=True),
        ]
    )
    found = store.hosts(NOON)
    assert [state.host for state in found] == ["kept.example", "waits.example"]
    assert found[0].robots == "x"
    assert found[1].robots_failed
