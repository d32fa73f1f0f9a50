"""One instant, read in the civil time of a jurisdiction."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from sconto.domain.context import Moment

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS: Final = 1_000_000


def moment_at(as_of_us: int, zone: str, elsewhere: Iterable[str] = ()) -> Moment:
    """The instant *as_of_us* (microseconds UTC) with its civil date, weekday and hour in *zone*.

    *elsewhere* are other zones whose civil date and hour are wanted too.
    """
    seconds = as_of_us // MICROSECONDS
    local, weekday, hour = _civil(seconds, zone)
    others = {name: _civil(seconds, name) for name in elsewhere}
    dates = {name: (day, at) for name, (day, _, at) in others.items()}
    return Moment(as_of_us, zone, local, weekday, hour, _tzdata(), dates)


def moment_on(day: date, hour: int, zone: str, elsewhere: Iterable[str] = ()) -> Moment:
    """The moment at which the civil *hour* of *day* begins in *zone*."""
    begins = datetime(day.year, day.month, day.day, hour, tzinfo=_zone(zone))
    return moment_at((begins - EPOCH) // timedelta(microseconds=1), zone, elsewhere)


@lru_cache(maxsize=1024)
def _civil(seconds: int, zone: str) -> tuple[date, int, int]:
    """Date, weekday and hour in *zone*, all of which hold for the whole second.

    A server is asked for the same second by many decisions.
    """
    local = (EPOCH + timedelta(seconds=seconds)).astimezone(_zone(zone))
    return local.date(), local.weekday(), local.hour


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _tzdata() -> str:
    return importlib.metadata.version("tzdata")
