"""What a report asks of every model, baseline or network: one form, so that all stand side by side.

n rows, a arms, as in `examples`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sconto.learning.examples import Examples

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What one model says of n rows.

    Attributes:
        name: The model's, as reports print it.
        response: float64 [n, a]; the outcome to expect under each arm.
        rank: float64 [n]; who comes first when not everybody can be given an offer: largest first.
        choice: int64 [n]; the arm that the model would give, without a budget.
    """

    name: str
    response: Probabilities
    rank: Probabilities
    choice: npt.NDArray[np.int64]

    def logged(self, rows: Examples) -> Probabilities:
        """The outcome expected under the arm that each of *rows* was really given, [n]."""
        taken: Probabilities = np.take_along_axis(self.response, rows.arm[:, None], axis=1)[:, 0]
        return taken

    def uplift(self, arm: int) -> Probabilities:
        """How much more outcome *arm* is expected to bring than the first arm, [n]."""
        gained: Probabilities = self.response[:, arm] - self.response[:, 0]
        return gained


class Model(Protocol):
    """Something that learns from rows and says what to expect under each arm."""

    name: str

    def fit(self, train: Examples, held: Examples | None, seed: int) -> None:
        """Learn from *train*; *held* may serve to stop early or to calibrate, nothing else does.

        The same rows and *seed* give the same model.
        """

    def predict(self, rows: Examples) -> Prediction:
        """What to expect of *rows*; never looks at their outcome, value, cost or propensities."""


def by_uplift(name: str, response: Probabilities) -> Prediction:
    """The prediction of a model that ranks by what its best arm adds to the first arm.

    With one arm there is nothing to add, and it ranks by the response itself.
    """
    choice = response.argmax(axis=1).astype(np.int64)
    if response.shape[1] == 1:
        return Prediction(name, response, response[:, 0], choice)
    best = response[:, 1:].max(axis=1)
    return Prediction(name, response, best - response[:, 0], choice)
