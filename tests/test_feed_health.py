"""The health of a feed in words."""

import pytest

from monitor.decide import MOVES
from monitor.model import FeedState
from reports.feed_health import health
from tests.fakes import NOON, feed

ASKED = {"feed": feed().id, "last_checked": NOON, "last_success": NOON}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"feed": feed().id}, "The next crawl asks it."),
        ({**ASKED, "failures": 1.0, "last_error": "the server answered 404"}, "the server answered 404"),
        ({**ASKED, "paused": True, "last_error": "the server answered 410"}, "The server answered 410"),
        ({**ASKED, "moved_to": "http://new.example/", "moved_count": MOVES}, "http://new.example/"),
    ],
)
def test_what_is_wrong_is_said(state, says):
    assert says in health(feed(), FeedState(**state)).detail


def test_one_permanent_redirect_is_no_move_yet():
    state = FeedState(**ASKED, moved_to="http://new.example/", moved_count=MOVES - 1)
    assert health(feed(), state).detail == ""


def test_a_feed_that_is_switched_off_is_not_watched():
    assert "not watched" in health(feed(enabled=False), FeedState(**ASKED)).word
