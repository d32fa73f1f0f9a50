"""X- and DR-learner: what each arm adds to the first, learnt as a quantity of its own.

X-learner: S. Künzel, J. Sekhon, P. Bickel and B. Yu, Metalearners for estimating heterogeneous
treatment effects using machine learning, PNAS 116(10), 2019. DR-learner: E. Kennedy, Towards
optimal doubly robust estimation of heterogeneous causal effects, Electronic Journal of Statistics
17(2), 2023. All parts are LightGBM of one shape.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from sconto.learning.baselines.linear import expected
from sconto.learning.baselines.matrices import Matrix, Scaled, plain
from sconto.learning.baselines.trees import Shape, TLightGBM, regressor
from sconto.learning.examples import Examples
from sconto.learning.hashing import hashed_share
from sconto.learning.models import Prediction, Probabilities, by_uplift

_FOLD_SEED: Final = 7_919
"""Of the hash that parts units in two halves; another than any split's."""
_LEAST_CHANCE: Final = 0.01
"""Estimated chances of an arm are never taken to be smaller."""


class XLightGBM:
    """For each arm two models of what it adds, one of the treated and one of the untreated."""

    name = "x lightgbm"

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit the response of each arm, impute what was not seen, and fit the differences.

        Both models of an arm are weighed by the share of the other group (equation 9 of the paper).
        """
        del held
        self._responses = TLightGBM(self._shape)
        self._responses.fit(train, None, seed)
        response = self._responses.predict(train).response
        matrix, outcome = plain(train), train.outcome.astype(np.float64)
        first = train.arm == 0
        self._added = []
        for arm in range(1, len(train.columns.arms)):
            own = train.arm == arm
            share = float(own.sum() / max(1, own.sum() + first.sum()))
            treated = _fitted(self._shape, matrix[own], (outcome - response[:, 0])[own], seed)
            untreated = _fitted(
                self._shape, matrix[first], (response[:, arm] - outcome)[first], seed
            )
            self._added.append((share, untreated, treated))

    def predict(self, rows: Examples) -> Prediction:
        """The first arm's response, and to it what each arm adds; ranked by that."""
        matrix = plain(rows)
        added = [
            share * _predicted(untreated, matrix) + (1 - share) * _predicted(treated, matrix)
            for share, untreated, treated in self._added
        ]
        return _of_added(self.name, self._responses.predict(rows).response[:, 0], added)


class DRLightGBM:
    """For each arm one model of its doubly robust difference to the first arm."""

    name = "dr lightgbm"

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit differences that responses of the other half of the units make, and what was seen.

        Chances are those of the recipe; where it has none, a logistic regression's.
        """
        del held
        self._first = TLightGBM(self._shape)
        self._first.fit(train, None, seed)
        response = self._crossed(train, seed)
        chance = _chances(train)
        rows = np.arange(len(train))
        corrected = (train.outcome - response[rows, train.arm]) / chance
        matrix, first = plain(train), train.arm == 0
        self._added = []
        for arm in range(1, len(train.columns.arms)):
            seen = np.where(train.arm == arm, corrected, np.where(first, -corrected, 0))
            difference = response[:, arm] - response[:, 0] + seen
            self._added.append(_fitted(self._shape, matrix, difference, seed))

    def predict(self, rows: Examples) -> Prediction:
        """The first arm's response, and to it what each arm adds; ranked by that."""
        matrix = plain(rows)
        added = [_predicted(model, matrix) for model in self._added]
        return _of_added(self.name, self._first.predict(rows).response[:, 0], added)

    def _crossed(self, train: Examples, seed: int) -> Probabilities:
        """The response of every arm [n, a], each row's by models of the other half."""
        half = hashed_share(train.unit, seed=_FOLD_SEED) < 5_000  # noqa: PLR2004 - half of 10,000
        response = np.empty((len(train), len(train.columns.arms)))
        for asked in (half, ~half):
            if asked.any():
                model = TLightGBM(self._shape)
                model.fit(train[~asked] if (~asked).any() else train, None, seed)
                response[asked] = model.predict(train[asked]).response
        return response


def _chances(train: Examples) -> Probabilities:
    """The probability of the arm that each row was given, [n]."""
    if train.propensity is not None:
        return train.propensity.astype(np.float64)
    matrix = Scaled(train).matrix(train)
    model = LogisticRegression(max_iter=500).fit(matrix, train.arm)
    place = np.searchsorted(model.classes_, train.arm)
    own: Probabilities = model.predict_proba(matrix)[np.arange(len(train)), place]
    return own.clip(_LEAST_CHANCE, 1)


def _fitted(shape: Shape, matrix: Matrix, target: Probabilities, seed: int) -> Any:
    """A model of *target*, or its only value."""
    if not len(target):
        return 0.0
    if np.ptp(target) == 0:
        return float(target[0])
    return regressor(shape, seed).fit(matrix, target)


def _predicted(model: Any, matrix: Matrix) -> Probabilities:
    if isinstance(model, float):
        return np.full(len(matrix), model)
    return expected(model, matrix)


def _of_added(name: str, first: Probabilities, added: list[Probabilities]) -> Prediction:
    return by_uplift(name, np.column_stack([first, *(first + more for more in added)]))
