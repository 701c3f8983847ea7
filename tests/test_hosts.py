"""Turns at hosts: least intervals, pauses, and what of them outlives a restart."""

import asyncio
from datetime import timedelta

import pytest

from monitor.errors import BusyHostError
from monitor.hosts import LONGEST_PAUSE, PAUSE_SECONDS, PER_HOST, Hosts
from monitor.model import HostState
from tests.fakes import NOON, StillClock, entry, feed

URL = "http://wire.example/a"


async def take(hosts, url=URL, interval=0.0):
    async with hosts.turn(url, interval):
        pass


def test_turns_of_one_host_keep_their_distance_and_those_of_another_do_not_wait(monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(round(seconds / 100) * 100)

    monkeypatch.setattr("monitor.hosts.asyncio.sleep", sleep)

    async def work():
        hosts = Hosts(StillClock())
        for url in (URL, URL, "http://post.example/", URL):
            await take(hosts, url, interval=1000)

    asyncio.run(work())
    assert waits == [0, 1000, 0, 2000]


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


def test_a_host_with_a_long_queue_does_not_hold_up_the_others(store):
    busy, quiet = feed("busy"), feed("quiet")
    store.sync_feeds([busy, quiet])
    store.save_entries([entry(str(n), feed=busy.id) for n in range(9)])
    store.save_entries([entry("q", feed=quiet.id, first_seen=NOON + timedelta(hours=1))])
    found = store.entries_without_article("pages", NOON, 2)
    assert [outlet.name for _, outlet in found] == ["busy", "quiet"]
    assert len(store.entries_without_article("pages", NOON, 99)) == 10


def test_an_entry_put_off_because_its_host_rests_has_made_no_attempt(store):
    error = BusyHostError(URL, "later", retry_after=60)
    store.record_failure("pages", "e", error, NOON, NOON + timedelta(seconds=60))
    store.record_failure("pages", "e", error, NOON, NOON + timedelta(seconds=60))
    assert store.failure_attempts("pages", "e") == 0
