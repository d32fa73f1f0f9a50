"""When shoppers of past days came: more on Saturdays than on Mondays, most after work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

BY_HOUR: Final = (0, 0, 0, 0, 0, 0, 1, 3, 5, 7, 8, 9, 9, 8, 8, 9, 11, 13, 12, 9, 6, 4, 2, 0)
"""How many come in each hour of a day, against each other."""
BY_WEEKDAY: Final = (9, 9, 10, 10, 13, 15, 11)
"""Likewise for the days from Monday to Sunday."""

_HOUR: Final = timedelta(hours=1)
_HOUR_US: Final = 3_600_000_000


def instants(random: Random, count: int, days: int, until_us: int, zone: str) -> list[int]:
    """*count* instants of the *days* before *until_us*, in order, microseconds since 1970 UTC.

    They follow the hours of the day and the days of the week in *zone*.
    """
    hours = [until_us - (i + 1) * _HOUR_US for i in range(days * 24)]
    weights = list(accumulate(_weight(at_us, zone) for at_us in hours))
    begun = random.choices(hours, cum_weights=weights, k=count)
    return sorted(at_us + random.randrange(_HOUR_US) for at_us in begun)


def _weight(at_us: int, zone: str) -> int:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + at_us // _HOUR_US * _HOUR).astimezone(
        ZoneInfo(zone)
    )
    return BY_HOUR[local.hour] * BY_WEEKDAY[local.weekday()]
