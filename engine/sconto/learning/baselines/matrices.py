"""Rows as one matrix: plain for trees, complete and scaled for linear models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sconto.learning.examples import Examples

Matrix = npt.NDArray[np.float64]


def plain(rows: Examples) -> Matrix:
    """Numbers, NaN where missing, then the ids of categories, [n, f + c]."""
    return np.hstack([rows.numeric, rows.categorical]).astype(np.float64)


def arm_columns(rows: Examples) -> Matrix:
    """One column for each arm but the first, and the depth, [n, a]; for models of all arms."""
    given = rows.arm[:, None] == np.arange(1, len(rows.columns.arms))
    return np.hstack([given, rows.depth[:, None]]).astype(np.float64)


class Scaled:
    """The matrix that linear models take, in the scale of the rows that it was fitted on.

    Numbers have mean 0 and deviation 1; a missing one is the mean, and a column marks it;
    categories have one column for each of their ids.
    """

    def __init__(self, train: Examples) -> None:
        numeric = train.numeric.astype(np.float64)
        known = ~np.isnan(numeric)
        count = np.maximum(known.sum(axis=0), 1)
        self._mean = np.where(known, numeric, 0).sum(axis=0) / count
        spread = np.where(known, numeric - self._mean, 0)
        deviation = np.sqrt((spread**2).sum(axis=0) / count)
        self._deviation = np.where(deviation > 0, deviation, 1)
        self._sizes = train.columns.sizes

    def matrix(self, rows: Examples) -> Matrix:
        """*rows* as [n, 2 f + the ids of all categories]."""
        missing = np.isnan(rows.numeric)
        numbers = np.where(missing, 0, (rows.numeric - self._mean) / self._deviation)
        ids = [
            rows.categorical[:, i, None] == np.arange(size) for i, size in enumerate(self._sizes)
        ]
        return np.hstack([numbers, missing, *ids]).astype(np.float64)
