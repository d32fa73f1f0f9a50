"""Whether arms look drawn by chance: means of what was known before, arm against arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.examples import Examples, Ints

FAR: Final = 3.0
"""Standard errors from 0 that chance exceeds in 27 of 10,000 comparisons."""

_CHANCE: Final = 0.0027


@dataclass(frozen=True, slots=True)
class Balance:
    """Standardised mean differences of every feature between each arm and all others.

    Attributes:
        comparisons: How many differences were taken.
        far: How many of them are more than `FAR` standard errors from 0.
        expected_far: How many would be by chance alone.
        largest: The largest difference, in standard deviations of the feature.
        feature: Where it is.
        arm: Of which arm.
    """

    comparisons: int
    far: int
    expected_far: float
    largest: float
    feature: str
    arm: str


def balance(rows: Examples, stratum: Ints) -> Balance | None:
    """The balance of *rows*, whose arms were drawn within each *stratum* [n]; None for one arm.

    Features are compared after their stratum's mean was taken off; missing ones as their mean.
    """
    arms = rows.columns.arms
    found = [
        (*_difference(values, rows.arm == arm), name, arms[arm])
        for name, column in _features(rows)
        if (values := _within(column, stratum)).std() > 0
        for arm in range(len(arms))
        if 0 < int((rows.arm == arm).sum()) < len(rows)
    ]
    if not found:
        return None
    largest, _, feature, arm_name = max(found, key=lambda d: abs(d[0]))
    return Balance(
        comparisons=len(found),
        far=sum(abs(z) > FAR for _, z, _, _ in found),
        expected_far=round(len(found) * _CHANCE, 2),
        largest=round(largest, 4),
        feature=feature,
        arm=arm_name,
    )


def _features(rows: Examples) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Every number, whether it is missing, and every value of every category, as a column."""
    for i, name in enumerate(rows.columns.numeric):
        column = rows.numeric[:, i].astype(np.float64)
        missing = np.isnan(column)
        yield name, np.where(missing, column[~missing].mean() if (~missing).any() else 0, column)
        if missing.any():
            yield f"{name} missing", missing.astype(np.float64)
    for i, name in enumerate(rows.columns.categorical):
        for position, text in enumerate(rows.columns.vocabularies[i], start=1):
            yield f"{name} {text}", (rows.categorical[:, i] == position).astype(np.float64)


def _within(column: npt.NDArray[np.float64], stratum: Ints) -> npt.NDArray[np.float64]:
    sums = np.bincount(stratum, weights=column)
    centred: npt.NDArray[np.float64] = column - (sums / np.bincount(stratum).clip(1))[stratum]
    return np.where(np.abs(centred) < np.abs(column).max(initial=1) * 1e-12, 0, centred)


def _difference(values: npt.NDArray[np.float64], own: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The difference in standard deviations, and in standard errors."""
    inside, outside = values[own], values[~own]
    smd = float((inside.mean() - outside.mean()) / values.std())
    return smd, float(smd / np.sqrt(1 / len(inside) + 1 / len(outside)))
