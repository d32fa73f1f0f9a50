"""Drift over calendar months: when it began, and whether it is more than the season."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.errors import ScontoError
from sconto.learning.drift.compared_rows import Compared
from sconto.learning.drift.features import FeatureDrift, drift, number_drift
from sconto.learning.drift.score import Scored, Scores, auc
from sconto.learning.examples import Examples


class NoClock(ScontoError):
    """Rows without an instant can't be put into months."""

    code = "NO_CLOCK"
    help = "give `rows` of the recipe a `moment`"


_Change = tuple[FeatureDrift | None, float | None]


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one calendar month, held against all rows that were learnt from.

    Attributes:
        month: `2026-11`.
        learnt: Whether they are training rows themselves: what the season alone does.
        rows: How many.
        outcome: The mean outcome; None where it is not known.
        features: The drift of each feature by name.
        score: The drift of the model's score; None without a score, or without held-back rows.
        auc: How well the model ranks them; None where outcomes are not 0 and 1.
    """

    month: str
    learnt: bool
    rows: int
    outcome: float | None
    features: Mapping[str, FeatureDrift]
    score: FeatureDrift | None
    auc: float | None


def by_month(both: Compared, zone: str, score: Scored | None) -> tuple[Month, ...]:
    """Every calendar month of *zone* in which there are rows, training rows first.

    Raises:
        NoClock: The rows have no instants.
    """
    expected, actual = both.expected, both.actual
    if not expected.time.any() or not actual.time.any():
        raise NoClock("the rows have no clock, so they have no months")
    norms, later = (None, None) if score is None else (score.expected, score.actual)
    return (
        *_months(expected, both, zone, _Own(norms, norms), learnt=True),
        *_months(actual, both, zone, _Own(norms, later), learnt=False),
    )


@dataclass(frozen=True, slots=True)
class _Own:
    """The scores of some rows, and those of all training rows; NaN where a row has none."""

    norms: Scores | None
    scores: Scores | None

    def change(self, mask: npt.NDArray[np.bool_], rows: Examples) -> _Change:
        """The drift of the score of those rows, and how well it ranks them."""
        if self.norms is None or self.scores is None:
            return None, None
        known = mask & ~np.isnan(self.scores)
        if not known.any():
            return None, None
        own, norms = self.scores[known], self.norms[~np.isnan(self.norms)]
        return number_drift("score", norms, own), auc(rows.outcome[known], own)


def _months(
    rows: Examples, both: Compared, zone: str, own: _Own, *, learnt: bool
) -> Iterator[Month]:
    names = _names(rows, zone)
    for name in np.unique(names):
        mask = names == name
        part = rows[mask]
        mean = float(part.outcome.mean(dtype=np.float64))
        score, ranks = own.change(mask, rows)
        yield Month(
            month=str(name),
            learnt=learnt,
            rows=len(part),
            outcome=None if np.isnan(mean) else mean,
            features={d.name: d for d in drift(both.expected, part)},
            score=score,
            auc=ranks,
        )


def _names(rows: Examples, zone: str) -> npt.NDArray[np.str_]:
    instants = pl.from_epoch(pl.Series(rows.time), time_unit="s")
    local = instants.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return local.dt.strftime("%Y-%m").to_numpy().astype(np.str_)
