"""Days and instants as people write them."""

from __future__ import annotations

import click
import pytest

from sconto.cli.options import Instant

MIDNIGHT_US = 1_795_478_400_000_000


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (MIDNIGHT_US, "2026-11-24"),
        (MIDNIGHT_US, "2026-11-24T00:00:00Z"),
        (MIDNIGHT_US, "2026-11-23T18:00:00-06:00"),
        (MIDNIGHT_US + 1, "2026-11-24T00:00:00.000001Z"),
    ],
)
def test_a_day_or_an_instant_is_microseconds_utc(expected: int, text: str) -> None:
    """A day alone is its midnight in UTC; an offset is honoured to the microsecond."""
    assert expected == Instant().convert(text, None, None)


@pytest.mark.parametrize("text", ["", "3", "yesterday", "2026-13-01", "2026-11-24T00:00:00"])
def test_a_time_without_an_offset_is_refused(text: str) -> None:
    """An instant that depends on where the command is typed is no instant."""
    with pytest.raises(click.BadParameter, match="is not a day like"):
        Instant().convert(text, None, None)
