"""How far apart two samples of one quantity are: stability index, and distances with a theory.

Counts are of the same bins in both samples. A bin that is empty in both is no bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.spatial import distance
from scipy.stats import chi2, ks_2samp

from sconto.learning.examples import Ints

DECILES: Final = np.arange(1, 10) / 10

CHANCE: Final = 0.001
"""How often `Stability.by_chance` is exceeded when nothing has changed."""

_PSEUDO: Final = 0.5
"""Added to the count of every bin: an empty one would make the index infinite."""

_Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stability:
    """A population stability index, and how large chance alone makes it.

    Attributes:
        psi: The index; 0 where both samples have the same shares.
        by_chance: What it exceeds in one of 1,000 draws of two samples of these sizes from one
            population: (1/n + 1/m) times a quantile of chi-square with bins - 1 degrees of freedom
            (Yurdakul and Naranjo 2020, Journal of Risk Model Validation 14). Rows count as
            independent; several of one shopper make chance larger than this says.
    """

    psi: float
    by_chance: float


def psi(expected: npt.NDArray[Any], actual: npt.NDArray[Any]) -> float:
    """The population stability index of *actual* against *expected*; numbers, [n] and [m].

    Bins lie between the deciles of *expected*; what is NaN is a bin of its own.
    """
    return stability(*counts_of_numbers(expected, actual)).psi


def stability(expected: Ints, actual: Ints) -> Stability:
    """The index of two samples by their counts in the same bins, [k]; symmetric in both.

    The sum over bins of (a - e) * ln(a / e), where a and e are shares. Half a row is added to each
    bin of each sample first.
    """
    seen = (expected + actual) > 0
    e, a = _shares(expected[seen]), _shares(actual[seen])
    index = float(((a - e) * np.log(a / e)).sum())
    freedom = int(seen.sum()) - 1
    spread = 1 / int(expected.sum()) + 1 / int(actual.sum())
    by_chance = spread * float(chi2.ppf(1 - CHANCE, freedom)) if freedom else 0.0
    return Stability(index, by_chance)


def counts_of_numbers(expected: npt.NDArray[Any], actual: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """The rows of both samples between the deciles of *expected*, the missing ones last.

    A value that is more than one decile is a bin of its own: it can become rarer on either side.

    Raises:
        ValueError: A sample has no rows.
    """
    if not len(expected) or not len(actual):
        raise ValueError("a sample without rows can't be compared")
    known = _known(expected)
    edges = _edges(known) if len(known) else np.empty(0)
    return _binned(expected, edges), _binned(actual, edges)


def counts_of_ids(expected: Ints, actual: Ints, size: int) -> tuple[Ints, Ints]:
    """The rows of both samples by id; ids are below *size*, and 0 is missing or not listed.

    Raises:
        ValueError: A sample has no rows.
    """
    if not len(expected) or not len(actual):
        raise ValueError("a sample without rows can't be compared")
    return np.bincount(expected, minlength=size), np.bincount(actual, minlength=size)


def kolmogorov_smirnov(
    expected: npt.NDArray[Any], actual: npt.NDArray[Any]
) -> tuple[float, float] | None:
    """The largest gap between both distributions of known numbers, and how likely chance makes it.

    None where a sample has no known number.
    """
    one, other = _known(expected), _known(actual)
    if not len(one) or not len(other):
        return None
    found = ks_2samp(one, other, method="asymp")
    return float(found.statistic), float(found.pvalue)


def jensen_shannon(expected: Ints, actual: Ints) -> float:
    """The Jensen-Shannon distance of two samples by their counts, [k]; from 0 to 1 (base 2)."""
    return float(distance.jensenshannon(expected, actual, base=2))


def _shares(counts: Ints) -> _Numbers:
    smoothed = counts.astype(np.float64) + _PSEUDO
    return np.asarray(smoothed / smoothed.sum())


def _known(values: npt.NDArray[Any]) -> _Numbers:
    numbers = values.astype(np.float64)
    return numbers[~np.isnan(numbers)]


def _edges(known: _Numbers) -> _Numbers:
    """The upper end of each bin but the last; a repeated decile has one just below itself too."""
    deciles, times = np.unique(
        np.quantile(known, DECILES, method="inverted_cdf"), return_counts=True
    )
    below = np.nextafter(deciles[times > 1], -np.inf)
    return np.union1d(deciles, below)


def _binned(values: npt.NDArray[Any], edges: _Numbers) -> Ints:
    numbers = values.astype(np.float64)
    bins = np.searchsorted(edges, numbers, side="left")
    bins[np.isnan(numbers)] = len(edges) + 1
    return np.bincount(bins, minlength=len(edges) + 2)
