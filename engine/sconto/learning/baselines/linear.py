"""The logistic T-learner: one linear model for each arm; in a tenth of a second, hard to beat."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from sconto.learning.baselines.constants import arm_means
from sconto.learning.baselines.matrices import Matrix, Scaled
from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, Probabilities, by_uplift

_MAX_ITERATIONS: Final = 2_000


class TLogistic:
    """A logistic regression for each arm; ridge regression where the outcome is an amount."""

    name = "t logistic"

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit one model on the rows of each arm; an arm without both outcomes has its mean."""
        del held, seed
        self._scaled = Scaled(train)
        self._means = arm_means(train)
        matrix = self._scaled.matrix(train)
        self._models = [
            _fitted(matrix[own], train.outcome[own])
            for own in (train.arm == arm for arm in range(len(train.columns.arms)))
        ]

    def predict(self, rows: Examples) -> Prediction:
        """The response of each arm's model, ranked by uplift."""
        matrix = self._scaled.matrix(rows)
        response = [
            np.full(len(rows), mean) if model is None else expected(model, matrix)
            for model, mean in zip(self._models, self._means, strict=True)
        ]
        return by_uplift(self.name, np.column_stack(response))


def is_chance(outcome: np.ndarray[Any, np.dtype[np.float32]]) -> bool:
    """Whether outcomes are yes or no, not amounts."""
    return bool(np.isin(outcome, (0, 1)).all())


def expected(model: Any, matrix: Matrix) -> Probabilities:
    """The probability, or the amount, that a fitted scikit-learn *model* expects."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(matrix)[:, 1], dtype=np.float64)
    return np.asarray(model.predict(matrix), dtype=np.float64)


def _fitted(matrix: Matrix, outcome: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
    if len(np.unique(outcome)) < 2:  # noqa: PLR2004 - nothing to tell apart
        return None
    if is_chance(outcome):
        return LogisticRegression(max_iter=_MAX_ITERATIONS).fit(matrix, outcome)
    return Ridge().fit(matrix, outcome)
