"""Drift feature by feature: which of them the rows of today no longer share with training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sconto.learning.drift.measures import (
    counts_of_ids,
    counts_of_numbers,
    jensen_shannon,
    kolmogorov_smirnov,
    stability,
)
from sconto.learning.examples import UNKNOWN, Columns, Examples, Ints

MODERATE: Final = 0.1
LARGE: Final = 0.25
"""The rule of thumb of credit scoring: below 0.1 little has changed, from 0.25 on much has.

Siddiqi, Credit Risk Scorecards, Wiley 2006. It is a convention, not a test.
"""


class Level(StrEnum):
    """How much a feature has changed."""

    SMALL = "small"
    MODERATE = "moderate"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One quantity in two samples: *expected* is what was learnt from, *actual* what came later.

    Attributes:
        name: Name of the feature; of the outcome or the score.
        kind: `number` or `category`.
        psi: Population stability index.
        by_chance: What the index exceeds once in 1,000 times when nothing has changed.
        distance: Kolmogorov-Smirnov for numbers, Jensen-Shannon for categories, both from 0 to 1;
            None where a sample knows no number at all.
        p_value: How likely chance gives a Kolmogorov-Smirnov distance as large; numbers only.
        missing: Shares of rows without a value (of a category: or of one not listed), before and
            after.
        what: What `before` and `after` are: `mean`, or the share of the value that moved most.
        before: It, in *expected*; None where nothing is known.
        after: It, in *actual*.
    """

    name: str
    kind: str
    psi: float
    by_chance: float
    distance: float | None
    p_value: float | None
    missing: tuple[float, float]
    what: str
    before: float | None
    after: float | None

    @property
    def level(self) -> Level:
        """Small, moderate or large by the rule of thumb; small if chance alone makes as much."""
        if self.psi < MODERATE or self.psi <= self.by_chance:
            return Level.SMALL
        return Level.LARGE if self.psi >= LARGE else Level.MODERATE


def drift(expected: Examples, actual: Examples) -> tuple[FeatureDrift, ...]:
    """How every feature of *actual* differs from *expected*, the most changed first.

    Features are matched by name and categories by their text, so the two may have been prepared
    apart. The last events of a row are not compared.

    Raises:
        ValueError: A feature of *expected* is not in *actual*, or a sample has no rows.
    """
    found = [*_numbers(expected, actual), *_categories(expected, actual)]
    return tuple(sorted(found, key=lambda d: (-d.psi, d.name)))


def outcome_drift(expected: Examples, actual: Examples) -> FeatureDrift:
    """How the outcome differs; its means are its rates where it is 0 or 1."""
    return number_drift(expected.columns.outcome, expected.outcome, actual.outcome)


def number_drift(name: str, expected: npt.NDArray[Any], actual: npt.NDArray[Any]) -> FeatureDrift:
    """How one number, [n] and [m], NaN where missing, differs; a model's score is one too."""
    found = stability(*counts_of_numbers(expected, actual))
    apart = kolmogorov_smirnov(expected, actual)
    return FeatureDrift(
        name=name,
        kind="number",
        psi=found.psi,
        by_chance=found.by_chance,
        distance=None if apart is None else apart[0],
        p_value=None if apart is None else apart[1],
        missing=(float(np.isnan(expected).mean()), float(np.isnan(actual).mean())),
        what="mean",
        before=_mean(expected),
        after=_mean(actual),
    )


def category_drift(
    name: str, expected: Ints, actual: Ints, vocabulary: tuple[str, ...]
) -> FeatureDrift:
    """How one category differs; ids [n] and [m] are those of *vocabulary*."""
    counts = counts_of_ids(expected, actual, len(vocabulary) + 1)
    found = stability(*counts)
    before, after = (c / c.sum() for c in counts)
    most = int(np.abs(after - before).argmax())
    return FeatureDrift(
        name=name,
        kind="category",
        psi=found.psi,
        by_chance=found.by_chance,
        distance=jensen_shannon(*counts),
        p_value=None,
        missing=(float(before[UNKNOWN]), float(after[UNKNOWN])),
        what="share not listed" if most == UNKNOWN else f"share of {vocabulary[most - 1]}",
        before=float(before[most]),
        after=float(after[most]),
    )


def _numbers(expected: Examples, actual: Examples) -> Iterator[FeatureDrift]:
    for i, name in enumerate(expected.columns.numeric):
        position = _position(name, actual.columns.numeric)
        yield number_drift(name, expected.numeric[:, i], actual.numeric[:, position])


def _categories(expected: Examples, actual: Examples) -> Iterator[FeatureDrift]:
    for i, name in enumerate(expected.columns.categorical):
        position = _position(name, actual.columns.categorical)
        listed = expected.columns.vocabularies[i]
        ids = _renamed(actual.columns, position, listed)[actual.categorical[:, position]]
        yield category_drift(name, expected.categorical[:, i], ids, listed)


def _position(name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise ValueError(f"there is no feature `{name}` to compare with")
    return names.index(name)


def _renamed(columns: Columns, position: int, listed: tuple[str, ...]) -> Ints:
    """For each id of a category of *columns*, the id that its text has in *listed*."""
    known = {text: i for i, text in enumerate(listed, start=1)}
    texts = columns.vocabularies[position]
    return np.array([UNKNOWN, *(known.get(text, UNKNOWN) for text in texts)], dtype=np.int64)


def _mean(values: npt.NDArray[Any]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean(dtype=np.float64)) if len(known) else None
