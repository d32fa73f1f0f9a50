"""One instant, read in the civil time of a jurisdiction."""

from __future__ import annotations

import importlib.metadata
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from sconto.domain.context import Moment

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_at(as_of_us: int, zone: str) -> Moment:
    """The instant *as_of_us* (microseconds UTC) with its civil date, weekday and hour in *zone*."""
    local = (EPOCH + timedelta(microseconds=as_of_us)).astimezone(_zone(zone))
    return Moment(as_of_us, zone, local.date(), local.weekday(), local.hour, _tzdata())


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _tzdata() -> str:
    return importlib.metadata.version("tzdata")
