"""What happened before a moment: the events of a recipe, and the features of windows over them.

Amounts are summed as whole ten-thousandths, so a sum over the past is the same to the last bit
whatever happened later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.data.documents import EventsDoc, WindowDoc
from sconto.learning.data.sql import columns, true_for
from sconto.learning.history import NEVER, History, Ints

DAY_SECONDS: Final = 86_400
SCALE: Final = 10_000

Numbers = npt.NDArray[np.float64]

_KNOWN: Final = "{}:known"


@dataclass(frozen=True, slots=True)
class Past:
    """Events of one kind, in time, and to which of the rows' groups each belongs.

    Attributes:
        kind: What they are: `purchase`, `offer` and so on.
        events: One row per event: `group`, `at` (Unix seconds), the declared numbers and
            categories.
        groups: For each training row its group, [n].
        moment: For each training row its instant of decision, [n].
    """

    kind: str
    events: pl.DataFrame
    groups: Ints
    moment: Ints

    def features(self, window: WindowDoc) -> dict[str, Numbers]:
        """The features of *window* by name, [n] each; NaN where missing."""
        asked = {what.split()[1] for what in window.give.values() if " " in what}
        history = self._history(sorted(asked))
        found: dict[str, Numbers] = {}
        for days in [*window.days, *([None] if window.ever else [])]:
            found |= self._over(days, window, history)
        return found

    def age(self) -> Numbers:
        """Days from each row's newest event to its moment, [n]; NaN where there is none."""
        return _days(self._history([]).last(self.groups, self.moment), self.moment)

    def _history(self, amounts: Sequence[str]) -> History:
        scaled = {}
        for name in amounts:
            value = self.events[name]
            scaled[name] = (value.fill_null(0) * SCALE).round().cast(pl.Int64).to_numpy()
            scaled[_KNOWN.format(name)] = value.is_not_null().cast(pl.Int64).to_numpy()
        group, at = self.events["group"].to_numpy(), self.events["at"].to_numpy()
        return History(group, at, **scaled)

    def _over(self, days: int | None, window: WindowDoc, history: History) -> dict[str, Numbers]:
        since = np.zeros_like(self.moment) if days is None else self.moment - days * DAY_SECONDS
        sums = history.sums(self.groups, since, self.moment)
        last = history.last(self.groups, self.moment)
        first = history.first(self.groups)
        ages = {
            "days_since_last": _days(np.where(last >= since, last, NEVER), self.moment),
            "days_since_first": _days(np.where(first < self.moment, first, NEVER), self.moment),
        }
        suffix = "" if days is None else f"_{days}d"
        return {
            f"{name}{suffix}": ages[what] if what in ages else _amount(what, sums)
            for name, what in window.give.items()
        }


def past_of(doc: EventsDoc, table: pl.DataFrame, rows: pl.DataFrame, moment: Ints) -> Past:
    """The events of *table* as *doc* declares them, matched with *rows* at their *moment*.

    Events without an instant, and those of no row, are left out. Declarations with the same `of`
    number the groups of the same rows alike.

    Raises:
        SqlFailed: A number, a category or `where` can't be computed.
        KeyError: A column of `of` or `at` is not there.
    """
    if doc.where is not None:
        table = table.filter(true_for(doc.where, table))
    numbers, categories = columns(doc.numbers, table), columns(doc.categories, table)
    known = rows.select(doc.of).unique(maintain_order=True).drop_nulls()
    numbered = known.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("group"))
    events = pl.DataFrame(
        [
            _matched(table.select(doc.of), numbered),
            table[doc.at].alias("at"),
            *(_finite(column) for column in numbers),
            *(column.cast(pl.String) for column in categories),
        ]
    ).drop_nulls(["group", "at"])
    groups = _matched(rows.select(doc.of), numbered).fill_null(known.height).to_numpy()
    return Past(doc.kind, events.sort("group", "at", maintain_order=True), groups, moment)


def _matched(keys: pl.DataFrame, numbered: pl.DataFrame) -> pl.Series:
    joined = keys.join(numbered, on=keys.columns, how="left", maintain_order="left")
    return joined["group"]


def _finite(column: pl.Series) -> pl.Series:
    """Numbers as float64; what is NaN or infinite is missing."""
    value = column.cast(pl.Float64)
    return value.set(~value.is_finite(), None)


def _amount(what: str, sums: dict[str, Ints]) -> Numbers:
    if what == "count":
        return sums["events"].astype(np.float64)
    form, name = what.split()
    total = sums[name] / SCALE
    if form == "sum":
        return np.asarray(total, dtype=np.float64)
    known = sums[_KNOWN.format(name)]
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def _days(earlier: Ints, moment: Ints) -> Numbers:
    return np.where(earlier == NEVER, np.nan, (moment - earlier) / DAY_SECONDS)
