"""google.protobuf.Timestamp of a request, in microseconds."""

from __future__ import annotations

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.api.validation import Refused

MICROSECONDS: Final = 1_000_000
NANOS_PER_MICROSECOND: Final = 1_000
LATEST_SECONDS: Final = 7_258_118_400
"""2200-01-01: later instants are mistakes, and civil time can't be told that far ahead."""


def instant_us(stamp: Timestamp, field: str) -> int:
    """*stamp* in microseconds UTC, from 1970 to 2200, anything finer dropped; or raises Refused."""
    in_range = 0 <= stamp.seconds < LATEST_SECONDS
    if not in_range or not 0 <= stamp.nanos < MICROSECONDS * NANOS_PER_MICROSECOND:
        raise Refused(field, "must be an instant between 1970 and 2200", "TIME_OUT_OF_RANGE")
    return stamp.seconds * MICROSECONDS + stamp.nanos // NANOS_PER_MICROSECOND
