"""When a feed is asked again: tables of outcomes, no clock, no network."""

import random
from datetime import timedelta

import pytest

from monitor import decide
from monitor.decide import Fetched, Parsed
from monitor.errors import FetchError, ParseError, RobotsError, StatusError, TimedOutError
from monitor.model import FeedState
from tests.fakes import NOON, feed

HOUR = 3600.0


def rng() -> random.Random:
    return random.Random(1)


def wait(state: FeedState) -> float:
    assert state.next_check is not None
    return (state.next_check - NOON).total_seconds()


FRESH = Fetched(status=200, url="u", body=b"x")


def success(fetched: Fetched = FRESH, new: int = 0, ttl=None, **known):
    parsed = Parsed(fetched=fetched, entries=(), ttl=ttl)
    return decide.after_success(feed(interval=HOUR), FeedState(feed="f", **known), parsed, new, NOON, rng())


def failure(error, **known):
    return decide.after_failure(feed(interval=HOUR), FeedState(feed="f", **known), error, NOON, rng())


def test_success_waits_the_interval_and_a_little_more():
    assert HOUR <= wait(success()) <= HOUR * (1 + decide.JITTER)


@pytest.mark.parametrize(
    ("fetched", "ttl"),
    [(Fetched(status=200, url="u", max_age=7200), None), (Fetched(status=200, url="u"), 7200.0)],
)
def test_a_servers_wish_for_rest_is_honoured(fetched, ttl):
    assert wait(success(fetched, ttl=ttl)) >= 7200


def test_nobody_is_left_alone_for_more_than_a_day():
    assert wait(success(Fetched(status=200, url="u", max_age=1e7))) == 86400


@pytest.mark.parametrize("ttl", [float("inf"), 6e301])
def test_a_wish_beyond_all_time_is_a_day(ttl):
    assert wait(success(ttl=ttl)) == 86400


def test_a_slow_feed_is_asked_less_often():
    slow = success(mean_interval=20 * HOUR)
    assert wait(slow) >= 20 * HOUR / decide.POLLS_PER_ENTRY


def test_success_forgets_failures_and_keeps_validators():
    state = success(
        Fetched(status=200, url="u", etag='"a"', last_modified="Mon"), failures=3.0, last_error="x"
    )
    assert (state.failures, state.last_error, state.etag, state.last_modified) == (0.0, None, '"a"', "Mon")


def test_not_modified_keeps_the_old_validators():
    assert success(Fetched(status=304, url="u"), etag='"a"', body_hash="h").etag == '"a"'


def test_new_entries_teach_the_interval():
    state = success(new=2, last_new_entry=NOON - timedelta(hours=4))
    assert state.mean_interval == 2 * HOUR
    assert state.last_new_entry == NOON


def test_failures_back_off_by_weight():
    hard = failure(StatusError("u", 404))
    soft = failure(TimedOutError("u", "slow"))
    assert (hard.failures, soft.failures) == (1.0, 0.25)
    assert wait(hard) > wait(soft) > HOUR
    assert wait(failure(StatusError("u", 404), failures=50.0)) == 86400


def test_retry_after_is_taken_at_its_word():
    assert 5 <= wait(failure(StatusError("u", 429, retry_after=5))) <= 6
    assert wait(failure(StatusError("u", 429, retry_after=317100))) == 86400


def test_gone_pauses_the_feed_and_not_found_does_not():
    assert failure(StatusError("u", 410)).paused
    assert not failure(StatusError("u", 404)).paused


def test_a_document_that_is_no_feed_counts_as_hard():
    assert failure(ParseError("u", "is no feed")).failures == 1.0


def test_only_a_permanent_move_to_one_place_counts():
    moved = Fetched(status=200, url="u", moved_to="v")
    state = success(moved, moved_to="v", moved_count=2)
    assert (state.moved_to, state.moved_count) == ("v", decide.MOVES)
    assert success(Fetched(status=200, url="u"), moved_to="v", moved_count=2).moved_count == 0
    assert success(moved, moved_to="w", moved_count=2).moved_count == 1


@pytest.mark.parametrize(
    ("error", "attempts", "again"),
    [
        (TimedOutError("u", "slow"), 1, True),
        (StatusError("u", 503), 1, True),
        (StatusError("u", 404), 1, False),
        (RobotsError("u", "no"), 1, False),
        (TimedOutError("u", "slow"), decide.PAGE_ATTEMPTS, False),
        (ParseError("u", "odd"), 1, False),
    ],
)
def test_pages_are_tried_again_only_where_that_can_help(error, attempts, again):
    assert (decide.page_retry(error, attempts, NOON) is not None) is again


def test_a_page_waits_as_its_server_asks():
    error = FetchError("u", "busy", retry_after=90)
    assert decide.page_retry(error, 1, NOON) == NOON + timedelta(seconds=90)
