"""How sure a figure is: intervals by resampling units, and by repeating a split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

Numbers = npt.NDArray[np.float64]

RESAMPLES: Final = 1_000
LEVEL: Final = 0.95
_AT_ONCE: Final = 4_000_000
"""Draws made together; bounds the memory of resampling."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the interval that holds it with 95 % confidence."""

    mean: float
    low: float
    high: float


def resampled_ratio(
    above: Numbers,
    below: Numbers,
    unit: npt.NDArray[np.int64],
    seed: int,
    less: tuple[Numbers, Numbers] | None = None,
) -> Interval:
    """`resampled_ratios` of one ratio [n]; with *less*, of the difference to another."""
    parts = [(above, below), *([] if less is None else [less])]
    tops, bottoms = (np.column_stack(columns) for columns in zip(*parts, strict=True))
    pairs = () if less is None else ((0, 1),)
    return resampled_ratios(tops, bottoms, unit, seed, pairs)[-1]


def resampled_ratios(
    above: Numbers,
    below: Numbers,
    unit: npt.NDArray[np.int64],
    seed: int,
    pairs: Sequence[tuple[int, int]] = (),
) -> tuple[Interval, ...]:
    """`sum(above) / sum(below)` of every column [n, k], with percentile intervals over units.

    Rows of one *unit* are drawn together (cluster bootstrap: Cameron, Gelbach and Miller 2008), and
    all columns by the same draws. After the k ratios come the differences of *pairs* of them. A
    ratio over nothing is 0. The same seed gives the same intervals.
    """
    _, of = np.unique(unit, return_inverse=True)
    sums: Numbers = np.stack(
        [np.bincount(of, weights=column) for column in (*above.T, *below.T)], axis=1
    )
    random, units = np.random.default_rng(seed), len(sums)
    together = max(1, _AT_ONCE // max(1, units))
    drawn = [
        _ratios(_drawn(random, units, many) @ sums, pairs) for many in _parts(RESAMPLES, together)
    ]
    ends = np.quantile(np.concatenate(drawn), ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    means = _ratios(sums.sum(axis=0)[None, :], pairs)[0]
    return tuple(
        Interval(float(mean), float(low), float(high))
        for mean, low, high in zip(means, *ends, strict=True)
    )


def _drawn(random: np.random.Generator, units: int, many: int) -> Numbers:
    """How often each unit is drawn in each of *many* resamples, [many, units]."""
    return random.multinomial(units, np.full(units, 1 / units), size=many).astype(np.float64)


def _ratios(sums: Numbers, pairs: Sequence[tuple[int, int]]) -> Numbers:
    """The ratios of each row of *sums* [m, 2 k], then the differences of *pairs* of them."""
    above, below = np.hsplit(sums, 2)
    found = np.divide(above, below, out=np.zeros_like(above), where=below != 0)
    return np.column_stack([found, *(found[:, i] - found[:, j] for i, j in pairs)])


def _parts(whole: int, most: int) -> list[int]:
    return [min(most, whole - start) for start in range(0, whole, most)]


def over_splits(values: Sequence[float]) -> Interval:
    """The mean of one figure over repeated splits, with a Student interval for that mean.

    Splits share rows, so it is too narrow for a claim about new data; it says whether repeating the
    split would change the order of two models. Raises ValueError for fewer than two splits.
    """
    if len(values) < 2:  # noqa: PLR2004
        raise ValueError("an interval over splits needs at least two of them")
    numbers = np.asarray(values, dtype=np.float64)
    error = float(numbers.std(ddof=1)) / len(numbers) ** 0.5
    reach = float(stats.t.ppf((1 + LEVEL) / 2, len(numbers) - 1)) * error
    mean = float(numbers.mean())
    return Interval(mean, mean - reach, mean + reach)


def paired(better: Sequence[float], than: Sequence[float]) -> Interval:
    """`over_splits` of the differences of two models on the same splits."""
    return over_splits([a - b for a, b in zip(better, than, strict=True)])
