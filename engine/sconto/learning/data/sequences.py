"""The last events of every row, several kinds in one line, strictly before its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.data.event_windows import DAY_SECONDS, Past
from sconto.learning.examples import Events
from sconto.learning.history import Ints
from sconto.scoring.arrays import ids

KIND: Final = "event"
"""The category that says what it was: `purchase`, `offer` and so on, alike in all recipes."""

AGE: Final = "days_before"
"""The number that says how many days before the row's moment it happened."""

_INSTANT_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class Line:
    """Which events are the last of each row.

    Attributes:
        events: All events, sorted by group and instant, with `KIND` and every number and category.
        position: int64 [n, t]; the event's row in `events`; any number where masked.
        mask: bool [n, t]; True where there is an event; the most recent is last.
        moment: int64 [n]; Unix seconds.
    """

    events: pl.DataFrame
    position: Ints
    mask: npt.NDArray[np.bool_]
    moment: Ints

    @property
    def numeric(self) -> tuple[str, ...]:
        """Names of the numbers of an event."""
        found = (n for n, dtype in self.events.schema.items() if dtype == pl.Float64)
        return (AGE, *found)

    @property
    def categorical(self) -> tuple[str, ...]:
        """Names of the categories of an event."""
        return tuple(n for n, dtype in self.events.schema.items() if dtype == pl.String)

    def values(self, name: str, rows: npt.NDArray[np.bool_]) -> pl.Series:
        """The values of a category in the lines of *rows*, once for each time it stands there."""
        return self.events[name].gather(self.position[rows][self.mask[rows]])

    def encode(self, vocabularies: tuple[tuple[str, ...], ...]) -> Events:
        """The lines as arrays."""
        rows = self.position.shape
        at = np.where(self.mask, self.position, 0)
        numeric = np.full((*rows, len(self.numeric)), np.nan, dtype=np.float32)
        categorical = np.zeros((*rows, len(self.categorical)), dtype=np.int64)
        if self.events.height:
            columns = self.events.select(self.categorical).to_dict(as_series=False)
            coded = ids(columns, self.categorical, vocabularies, self.events.height)
            categorical = np.where(self.mask[:, :, None], coded[at], 0)
            instants = self.events["at"].to_numpy()
            numeric[:, :, 0] = (self.moment[:, None] - instants[at]) / DAY_SECONDS
            for i, name in enumerate(self.numeric[1:], start=1):
                numeric[:, :, i] = self.events[name].to_numpy()[at]
            numeric[~self.mask] = np.nan
        return Events(numeric, categorical, self.mask)


def line_up(pasts: Sequence[Past], last: int) -> Line:
    """The *last* events of every row over all *pasts*, which share their groups.

    Events of one instant stand in the order of *pasts*, then of their tables.
    """
    some = pasts[0]
    events = pl.concat(
        [past.events.with_columns(pl.lit(past.kind).alias(KIND)) for past in pasts],
        how="diagonal",
    ).sort("group", "at", maintain_order=True)
    keys = (events["group"].to_numpy() << _INSTANT_BITS) | events["at"].to_numpy()
    ends = np.searchsorted(keys, (some.groups << _INSTANT_BITS) | some.moment, side="left")
    starts = np.searchsorted(keys, some.groups << _INSTANT_BITS, side="left")
    position = ends[:, None] + np.arange(-last, 0)[None, :]
    return Line(events, position, position >= starts[:, None], some.moment)
