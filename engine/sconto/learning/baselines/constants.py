"""Policies that look at nobody: no offer, and the one arm that is best for all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, Probabilities


def arm_means(rows: Examples) -> Probabilities:
    """The mean outcome under each arm, [a]; weighted by chance where it is known.

    An arm that nobody was given has the mean of all.
    """
    weights = np.ones(len(rows)) if rows.propensity is None else 1 / rows.propensity
    arms = len(rows.columns.arms)
    total = np.bincount(rows.arm, weights=weights, minlength=arms)
    outcome = np.bincount(rows.arm, weights=weights * rows.outcome, minlength=arms)
    overall = outcome.sum() / max(total.sum(), 1)
    return np.where(total > 0, outcome / np.where(total > 0, total, 1), overall)


def best_arm(rows: Examples) -> int:
    """The arm that brought most on average: value less cost where rows have it, else outcome."""
    net = rows.net_value()
    return int(arm_means(rows if net is None else replace(rows, outcome=net)).argmax())


class NoOffer:
    """Gives nobody anything: always the first arm."""

    name = "none"

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Learn the mean outcome of each arm."""
        del held, seed
        self._means = arm_means(train)
        self._best = best_arm(train)

    def predict(self, rows: Examples) -> Prediction:
        """The first arm for all; nobody comes first."""
        return constant(self.name, self._means, 0, len(rows))


class BestArm(NoOffer):
    """Gives everybody the arm that brought most in training: `best_arm`."""

    name = "best arm"

    def predict(self, rows: Examples) -> Prediction:
        """The best arm for all; nobody comes first."""
        return constant(self.name, self._means, self._best, len(rows))


def constant(name: str, means: Probabilities, arm: int, rows: int) -> Prediction:
    """The same for *rows* rows: the *means* of the arms, and *arm*."""
    return Prediction(
        name,
        np.tile(means, (rows, 1)),
        np.zeros(rows),
        np.full(rows, arm, dtype=np.int64),
    )
