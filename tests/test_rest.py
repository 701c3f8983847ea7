"""When a feed asks not to be asked."""

from datetime import UTC, datetime

import pytest

from monitor.rest import after_rest, skipped


@pytest.mark.parametrize(
    ("body", "hours", "days"),
    [
        (b"<skipHours><hour>1</hour> <hour> 22 </hour></skipHours>", (1, 22), ()),
        (b"<skiphours><hour>24</hour></skiphours>", (0,), ()),
        (b"<skipDays><day>Saturday</day><day>sunday</day></skipDays>", (), (5, 6)),
        (b"<skipDays><day>Caturday</day></skipDays>", (), ()),
        (b"<skipHours>" + b"".join(b"<hour>%d</hour>" % n for n in range(24)) + b"</skipHours>", (), ()),
        (b"<hour>3</hour>", (), ()),
        (b"<skipHours><hour>3</hour>", (), ()),
        (b"<skipHours>" * 5000, (), ()),
        (b"", (), ()),
    ],
)
def test_skipped_hours_and_days_are_read(body, hours, days):
    assert skipped(body) == (hours, days)


def test_rest_ends_at_the_first_free_hour():
    night = datetime(2026, 10, 2, 23, 30, tzinfo=UTC)  # a Friday
    assert after_rest(night, (), ()) == night
    assert after_rest(night, (23, 0, 1), ()) == datetime(2026, 10, 3, 2, 0, tzinfo=UTC)
    assert after_rest(night, (23,), (5, 6)) == datetime(2026, 10, 5, 0, 0, tzinfo=UTC)
