"""One instant, and the civil day it falls on where the sale is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sconto.app.moment import moment_at
from sconto.app.user_ref import user_ref


@pytest.mark.parametrize(
    ("utc", "zone", "day", "hour"),
    [
        (datetime(2026, 11, 23, 5, 59, 59, tzinfo=UTC), "America/Chicago", date(2026, 11, 22), 23),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), "America/Chicago", date(2026, 11, 23), 0),
        (datetime(2026, 7, 1, 4, 59, tzinfo=UTC), "America/Chicago", date(2026, 6, 30), 23),
        (datetime(2026, 11, 22, 23, tzinfo=UTC), "Europe/Berlin", date(2026, 11, 23), 0),
    ],
)
def test_the_day_is_that_of_the_jurisdiction(
    utc: datetime, zone: str, day: date, hour: int
) -> None:
    """Rules begin and end at midnight where the sale is, in winter and in summer."""
    moment = moment_at(int(utc.timestamp()) * 1_000_000, zone)

    assert (day, day.weekday(), hour) == (moment.local_date, moment.weekday, moment.hour)
    assert moment.tzdata


def test_microseconds_are_kept_exactly() -> None:
    """No instant goes through a float."""
    assert 4_102_444_799_999_999 == moment_at(4_102_444_799_999_999, "UTC").as_of_us
    assert date(2099, 12, 31) == moment_at(4_102_444_799_999_999, "UTC").local_date


def test_a_shopper_is_named_by_a_keyed_hash() -> None:
    """The same under one key, another under another, and never the id itself."""
    first = user_ref(b"k1" * 16, "shopper-7")

    assert first == user_ref(b"k1" * 16, "shopper-7")
    assert first not in {user_ref(b"k2" * 16, "shopper-7"), user_ref(b"k1" * 16, "shopper-8")}
    assert 32 == len(bytes.fromhex(first)) * 2


def test_other_zones_have_dates_and_hours_of_their_own() -> None:
    """A budget that runs by Tokyo's calendar has begun its next day while Chicago has not."""
    moment = moment_at(1_795_456_800_000_000, "America/Chicago", ("Asia/Tokyo",))

    assert (date(2026, 11, 23), 12) == (moment.local_date, moment.hour)
    assert {"Asia/Tokyo": (date(2026, 11, 24), 3)} == dict(moment.elsewhere)
