"""When a feed is asked again: tables of outcomes, no clock, no network."""

import random
from datetime import timedelta

import pytest

from monitor import decide
from monitor.decide import Fetched, Parsed
from monitor.errors import BusyHostError, FetchError, ParseError, RobotsError, StatusError, TimedOutError
from monitor.model import FeedState
from tests.fakes import NOON, feed

HOUR, DAY, MONTH = 3600.0, 86400.0, 30 * 86400.0


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


@pytest.mark.parametrize("seconds", [1e7, float("inf"), 6e301])
def test_a_wish_beyond_a_month_is_a_month(seconds):
    assert wait(success(Fetched(status=200, url="u", max_age=seconds))) == MONTH
    assert wait(success(ttl=seconds)) == MONTH


def test_what_a_document_asks_for_holds_while_it_does_not_change():
    body = b"<rss><channel><skipHours><hour>13</hour><hour>14</hour></skipHours><skipDays><day>Tuesday</day></skipDays>"
    read = success(Fetched(status=200, url="u", body=body), ttl=5 * HOUR)
    assert (read.rest, read.skip_hours, read.skip_days) == (5 * HOUR, (13, 14), (1,))
    again = {"rest": read.rest, "skip_hours": (13, 14), "body_hash": read.body_hash}
    assert wait(success(Fetched(status=304, url="u"), **again)) >= 5 * HOUR
    assert wait(success(Fetched(status=200, url="u", body=body), **again)) >= 5 * HOUR
    assert success(Fetched(status=200, url="u", body=b"<rss>"), **again).rest is None


def test_skipped_hours_and_days_are_slept_through():
    state = success(skip_hours=(13, 14), body_hash=decide.body_hash(b"x"))
    assert state.next_check.hour == 15
    assert success(skip_days=(0,), body_hash=decide.body_hash(b"x")).next_check.weekday() == 1
    failed = failure(TimedOutError("u", "slow"), skip_hours=(13, 14))
    assert failed.next_check.hour == 15


def test_a_slow_feed_is_asked_less_often_and_a_busy_one_more():
    known = {"last_new_entry": NOON}
    assert wait(success(mean_interval=20 * HOUR, **known)) >= 20 * HOUR / decide.POLLS_PER_ENTRY
    assert HOUR / 2 <= wait(success(mean_interval=60.0, **known)) < HOUR
    assert DAY <= wait(success(mean_interval=90 * DAY, **known)) <= DAY * (1 + decide.JITTER)


def test_a_long_silence_slows_the_pace_but_no_news_waits_longer_than_an_eighth_of_it():
    silent = success(mean_interval=HOUR, last_new_entry=NOON - timedelta(hours=16))
    assert 2 * HOUR <= wait(silent) <= 2 * HOUR * (1 + decide.JITTER)


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
    assert DAY <= wait(failure(StatusError("u", 404), failures=50.0)) <= DAY * (1 + decide.JITTER)


def test_retry_after_is_taken_at_its_word():
    assert 5 <= wait(failure(StatusError("u", 429, retry_after=5))) <= 6
    assert wait(failure(StatusError("u", 429, retry_after=317100))) >= 317100
    assert wait(failure(StatusError("u", 503, retry_after=10**9))) == MONTH


def test_a_server_that_goes_on_failing_is_not_asked_every_minute_because_it_says_so():
    assert wait(failure(StatusError("u", 503, retry_after=0), failures=1.0)) > HOUR


def test_a_host_to_be_left_alone_teaches_nothing_about_its_feeds_but_the_time():
    state = failure(BusyHostError("u", "later", retry_after=2 * HOUR), failures=1.0, last_error="x")
    assert (state.failures, state.last_error, state.last_checked) == (1.0, "x", None)
    assert wait(state) >= 2 * HOUR


def test_a_page_of_a_busy_host_is_not_given_up():
    assert decide.page_retry(BusyHostError("u", "later", retry_after=90), 99, NOON) == NOON + timedelta(
        seconds=90
    )


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
