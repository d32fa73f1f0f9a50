"""One instant, read in the civil time of a jurisdiction."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from sconto.domain.context import Moment

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_at(as_of_us: int, zone: str, elsewhere: Iterable[str] = ()) -> Moment:
    """The instant *as_of_us* (microseconds UTC) with its civil date, weekday and hour in *zone*.

    *elsewhere* are other zones whose civil date and hour are wanted too.
    """
    instant = EPOCH + timedelta(microseconds=as_of_us)
    local = instant.astimezone(_zone(zone))
    others = {name: instant.astimezone(_zone(name)) for name in elsewhere}
    dates = {name: (other.date(), other.hour) for name, other in others.items()}
    return Moment(as_of_us, zone, local.date(), local.weekday(), local.hour, _tzdata(), dates)


def moment_on(day: date, hour: int, zone: str, elsewhere: Iterable[str] = ()) -> Moment:
    """The moment at which the civil *hour* of *day* begins in *zone*."""
    begins = datetime(day.year, day.month, day.day, hour, tzinfo=_zone(zone))
    return moment_at((begins - EPOCH) // timedelta(microseconds=1), zone, elsewhere)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _tzdata() -> str:
    return importlib.metadata.version("tzdata")
