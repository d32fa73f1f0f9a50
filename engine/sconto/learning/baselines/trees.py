"""LightGBM as response model, S-learner and T-learner; one thread, the same from the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import lightgbm
import numpy as np

from sconto.learning.baselines.constants import arm_means, best_arm
from sconto.learning.baselines.linear import expected, is_chance
from sconto.learning.baselines.matrices import Matrix, arm_columns, plain
from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, by_uplift

PATIENCE: Final = 50
"""Rounds without a better held-out loss after which boosting stops."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many trees of how many leaves, learnt how fast; the same for all three learners."""

    trees: int = 300
    most_trees: int = 3_000
    """With held-out rows to stop by."""
    rate: float = 0.02
    leaves: int = 7
    least_rows: int = 30
    share_of_rows: float = 0.8
    share_of_columns: float = 0.5
    l2: float = 5.0


class ResponseLightGBM:
    """Says who responds, whatever they are given: the ranker that uplift has to beat."""

    name = "response lightgbm"

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit on all rows without their arms."""
        self._best = best_arm(train)
        pair = None if held is None else (plain(held), held.outcome)
        self._model = fitted(self._shape, plain(train), train.outcome, pair, seed)

    def predict(self, rows: Examples) -> Prediction:
        """The same response under every arm; first who responds most; the best arm for all."""
        response = expected(self._model, plain(rows))
        arms = len(rows.columns.arms)
        best = np.full(len(rows), self._best, dtype=np.int64)
        return Prediction(self.name, np.tile(response[:, None], (1, arms)), response, best)


class SLightGBM:
    """One model of all rows that sees the arm and its depth."""

    name = "s lightgbm"

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit on all rows with what they were given."""
        pair = None if held is None else (_with_arm(held), held.outcome)
        self._model = fitted(self._shape, _with_arm(train), train.outcome, pair, seed)

    def predict(self, rows: Examples) -> Prediction:
        """The response as if every row were given each arm, ranked by uplift."""
        arms = range(len(rows.columns.arms))
        response = [expected(self._model, _with_arm(rows.as_if(arm))) for arm in arms]
        return by_uplift(self.name, np.column_stack(response))


class TLightGBM:
    """One model for each arm."""

    name = "t lightgbm"

    def __init__(self, shape: Shape | None = None) -> None:
        self._shape = shape or Shape()

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Fit each model on the rows of its arm; an arm with one outcome, or none, has its mean."""
        self._means = arm_means(train)
        self._models = []
        for arm in range(len(train.columns.arms)):
            own, others = train[train.arm == arm], None if held is None else held[held.arm == arm]
            pair = None if others is None or not len(others) else (plain(others), others.outcome)
            one_outcome = len(np.unique(own.outcome)) < 2  # noqa: PLR2004 - nothing to tell apart
            model = (
                None if one_outcome else fitted(self._shape, plain(own), own.outcome, pair, seed)
            )
            self._models.append(model)

    def predict(self, rows: Examples) -> Prediction:
        """The response of each arm's model, ranked by uplift."""
        matrix = plain(rows)
        response = [
            np.full(len(rows), mean) if model is None else expected(model, matrix)
            for model, mean in zip(self._models, self._means, strict=True)
        ]
        return by_uplift(self.name, np.column_stack(response))


def fitted(
    shape: Shape,
    matrix: Matrix,
    outcome: np.ndarray[Any, np.dtype[np.float32]],
    held: tuple[Matrix, np.ndarray[Any, np.dtype[np.float32]]] | None,
    seed: int,
) -> Any:
    """LightGBM of that *shape* on *matrix*; with *held* rows, stopped where it is best on them."""
    learner = lightgbm.LGBMClassifier if is_chance(outcome) else lightgbm.LGBMRegressor
    trees = shape.trees if held is None else shape.most_trees
    model = learner(n_estimators=trees, **_settings(shape, seed))
    if held is None:
        return model.fit(matrix, outcome)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return model.fit(matrix, outcome, eval_X=held[0], eval_y=held[1], callbacks=[stop])


def regressor(shape: Shape, seed: int) -> Any:
    """An unfitted LightGBM of that *shape* that learns amounts, by squared error."""
    return lightgbm.LGBMRegressor(n_estimators=shape.trees, **_settings(shape, seed))


def _settings(shape: Shape, seed: int) -> dict[str, Any]:
    return {
        "learning_rate": shape.rate,
        "num_leaves": shape.leaves,
        "min_child_samples": shape.least_rows,
        "subsample": shape.share_of_rows,
        "subsample_freq": 1,
        "colsample_bytree": shape.share_of_columns,
        "reg_lambda": shape.l2,
        "random_state": seed,
        "n_jobs": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }


def _with_arm(rows: Examples) -> Matrix:
    return np.hstack([plain(rows), arm_columns(rows)])
