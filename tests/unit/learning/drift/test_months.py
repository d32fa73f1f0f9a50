"""Drift over calendar months, and what it does to a model's score."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sconto.learning.drift.compared_rows import Compared
from sconto.learning.drift.features import Level
from sconto.learning.drift.months import NoClock, by_month
from sconto.learning.drift.score import auc, scored
from sconto.learning.examples import Examples
from sconto.learning.hashing import hashed_share
from sconto.learning.models import Prediction
from unit.learning.rows import examples


class BySpend:
    """A model that ranks by the second number and remembers which units it was fitted on."""

    name = "by spend"

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Remember the units."""
        self.units = {*train.unit.tolist()}

    def predict(self, rows: Examples) -> Prediction:
        """The spend, 0 where it is missing."""
        rank = np.nan_to_num(rows.numeric[:, 1]).astype(np.float64)
        return Prediction(self.name, np.tile(rank[:, None], 2), rank, rows.arm)


def at(rows: Examples, *instants: datetime) -> Examples:
    """*rows* spread evenly over *instants*."""
    seconds = np.array([int(instant.timestamp()) for instant in instants], dtype=np.int64)
    return replace(rows, time=np.resize(seconds, len(rows)))


def test_months_are_those_of_the_zone() -> None:
    """An instant late on the last day in UTC must fall into the next month in Berlin."""
    night = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    both = Compared(at(examples(20), night), at(examples(20), night))

    utc, berlin = by_month(both, "UTC", None), by_month(both, "Europe/Berlin", None)

    assert [("2026-01", True, 20), ("2026-01", False, 20)] == [
        (m.month, m.learnt, m.rows) for m in utc
    ]
    assert ["2026-02"] * 2 == [m.month for m in berlin]


def test_the_month_in_which_drift_began_is_told() -> None:
    """Months before a planted change must be small and those after it large."""
    berlin = ZoneInfo("Europe/Berlin")
    days = [datetime(2026, month, 10, tzinfo=berlin) for month in (1, 2)]
    later = [datetime(2026, month, 10, tzinfo=berlin) for month in (3, 4)]
    actual = at(examples(2_000, seed=5), *later)
    numeric = actual.numeric.copy()
    numeric[1::2, 1] += 2
    both = Compared(at(examples(2_000, seed=4), *days), replace(actual, numeric=numeric))

    months = by_month(both, "Europe/Berlin", None)

    assert ["2026-01", "2026-02", "2026-03", "2026-04"] == [m.month for m in months]
    levels = [m.features["spend"].level for m in months]
    assert [Level.SMALL, Level.SMALL, Level.SMALL, Level.LARGE] == levels
    assert months[3].outcome == pytest.approx(actual.outcome[1::2].mean())


def test_rows_without_a_clock_have_no_months() -> None:
    """Instants that are all 0 must be refused rather than be called January 1970."""
    rows = replace(examples(10), time=np.zeros(10, dtype=np.int64))

    with pytest.raises(NoClock):
        by_month(Compared(rows, rows), "UTC", None)


def test_a_score_is_compared_on_rows_that_the_model_never_saw() -> None:
    """Rows with a score must be of units that were held back, and months must use only those."""
    model, day = BySpend(), datetime(2026, 1, 10, tzinfo=UTC)
    expected, actual = at(examples(600, seed=1), day), at(examples(300, seed=2), day)
    numeric = actual.numeric.copy()
    numeric[:, 1] += 2

    found = scored(model, expected, replace(actual, numeric=numeric), seed=3)
    months = by_month(Compared(expected, actual), "UTC", found)

    fitted_on = np.isin(expected.unit, [*model.units])
    assert np.array_equal(fitted_on, np.isnan(found.expected))
    assert 0.1 < (~fitted_on).mean() < 0.3
    assert Level.LARGE is found.drift.level
    learnt, later = months
    assert learnt.score is not None
    assert 0 == learnt.score.psi
    assert (learnt.auc, later.auc) == pytest.approx((found.auc_before, found.auc_after))


def test_rows_that_a_recipe_split_by_unit_are_held_back_too() -> None:
    """The recipe's own seed must not leave nothing to hold back."""
    rows = examples(600)
    unit = np.arange(600)

    train = replace(rows, unit=unit)[hashed_share(unit, seed=9) >= 3_000]

    found = scored(BySpend(), train, train, seed=9)

    assert 0.1 < (~np.isnan(found.expected)).mean() < 0.3


def test_only_outcomes_of_0_and_1_can_be_ranked() -> None:
    """AUC must be that of the pairs, and None for amounts, one class, and unknown outcomes."""
    score = np.array([0.1, 0.4, 0.3, 0.9])

    assert 0.75 == auc(np.array([0, 0, 1, 1], dtype=np.float32), score)
    for outcome in ([0, 0, 0, 0], [0, 2, 0, 2], [np.nan] * 4):
        assert None is auc(np.array(outcome, dtype=np.float32), score)
