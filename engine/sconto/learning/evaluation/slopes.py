"""How an outcome falls with the price: in an experiment, and in what a model expects.

Linear probability models with an intercept for each stratum of the experiment (Frisch and Waugh
1933: both sides less the stratum's mean); standard errors clustered by unit (Liang and Zeger 1986),
as D. Karlan and J. Zinman, Credit elasticities in less-developed economies, 2008, have them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """Outcome per unit of price in *rows* rows, with the standard error of that."""

    slope: float
    error: float
    rows: int


def experiment_slope(
    price: Numbers,
    outcome: Numbers,
    stratum: npt.NDArray[np.int64],
    unit: npt.NDArray[np.int64],
) -> Slope:
    """The slope of *outcome* [n] in the *price* [n] that was given, within each *stratum*.

    Raises:
        ValueError: Prices don't differ within any stratum.
    """
    price, outcome = _centred(price, stratum), _centred(outcome, stratum)
    spread = float(price @ price)
    if spread == 0:
        raise ValueError("a slope needs prices that differ within a stratum")
    slope = float(price @ outcome) / spread
    _, of = np.unique(unit, return_inverse=True)
    scores = np.bincount(of, weights=price * (outcome - slope * price))
    return Slope(slope, float(np.sqrt(scores @ scores)) / spread, len(price))


def response_slope(response: Numbers, price: Numbers, weight: Numbers) -> float:
    """The slope of a model's *response* [n, a] in the *price* of each arm for each row, [n, a].

    *weight* [n, a] is how often each arm is given to such a row, so that the slope stands beside
    `experiment_slope`: least squares with an intercept for each row. Without a difference in price
    it is 0.
    """
    share = weight / weight.sum(axis=1, keepdims=True)
    centred = price - (share * price).sum(axis=1, keepdims=True)
    spread = float((share * centred**2).sum())
    return float((share * centred * response).sum()) / spread if spread else 0.0


def _centred(values: Numbers, stratum: npt.NDArray[np.int64]) -> Numbers:
    """*values* less the mean of their stratum."""
    _, of, rows = np.unique(stratum, return_inverse=True, return_counts=True)
    means: Numbers = np.bincount(of, weights=values) / rows
    centred: Numbers = values - means[of]
    return centred
