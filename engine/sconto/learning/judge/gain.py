"""What a model would give where costs count: by expected gain, if that passes a least one.

The gain is that of `domain.objective.expected_gain`, by which the server chooses. What has to be
passed is picked on training units that the model did not learn from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.domain.objective import expected_gain
from sconto.learning.baselines.constants import arm_means
from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.data.objective import due
from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, Probabilities

Choices = npt.NDArray[np.int64]

_LEFT_OUT: Final = (0.25, 0.5, 0.75)
"""Shares of the rows with a gain that the least gains to try leave out."""
_DEVIATIONS: Final = (0.5, 1.0, 2.0)
"""Multiples of the ensemble's spread to try."""
_ALIKE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Least:
    """What an arm's gain must be for it to be given."""

    gain: float = 0.0
    """In major units of money."""
    deviations: float = 0.0
    """Standard deviations over the ensemble's members by which its uplift is lowered before."""


def chooses_by_response(said: Prediction) -> bool:
    """Whether it gives the arm of the largest response, and not the same to everybody."""
    told_apart = np.ptp(said.response, axis=1).any() and np.ptp(said.response, axis=0).any()
    return bool(told_apart) and np.array_equal(said.choice, said.response.argmax(axis=1))


def expected_gains(
    said: Prediction, rows: Examples, objective: ObjectiveDoc, less: Probabilities | float = 0.0
) -> Probabilities:
    """What each arm is expected to add to the first, in major units of money, [n, a].

    *less* is taken off the uplifts, 0 for the first arm. Raises ValueError where the rows have no
    margin.
    """
    if rows.margin is None:
        raise ValueError("without a margin there is no gain")
    margin = rows.margin.astype(np.float64)[:, None]
    cost = np.zeros_like(said.response) if rows.costs is None else rows.costs.astype(np.float64)
    often = due(objective, said.response.clip(0, 1))
    first = said.response[:, :1]
    gain = expected_gain(said.response - less, first, margin, cost, often, 0.0, 1.0)
    found: Probabilities = gain - gain[:, :1]
    return found


def by_gain(
    said: Prediction,
    rows: Examples,
    objective: ObjectiveDoc,
    spread: Probabilities | None,
    least: Least,
) -> Choices:
    """The arm that each of *rows* is given, [n]: the first unless another surely passes *least*.

    Among those that pass, the largest expected gain. *spread* [n, a] is the ensemble's of uplifts.
    """
    expected = expected_gains(said, rows, objective)
    less = 0.0 if spread is None else least.deviations * spread
    sure = expected_gains(said, rows, objective, less)
    passed = (sure > 0) & (sure >= least.gain)
    passed[:, 0] = False
    best = np.where(passed, expected, -np.inf).argmax(axis=1)
    return np.where(passed.any(axis=1), best, 0).astype(np.int64)


def picked(
    said: Prediction, held: Examples, objective: ObjectiveDoc, spread: Probabilities | None
) -> Least:
    """The least that earns most on *held* rows, which *said* did not learn from.

    Of several that earn the same, the one that gives to fewest.
    """
    value, given, best = -np.inf, 0.0, Least()
    for least in _candidates(said, held, objective, spread):
        choice = by_gain(said, held, objective, spread, least)
        own, share = _net_value(choice, held), float((choice != 0).mean())
        better = own > value + _ALIKE or (own > value - _ALIKE and share < given)
        if better:
            value, given, best = own, share, least
    return best


def _candidates(
    said: Prediction, held: Examples, objective: ObjectiveDoc, spread: Probabilities | None
) -> Iterator[Least]:
    yield Least()
    gain = expected_gains(said, held, objective).max(axis=1)
    if (gain > 0).any():
        yield from (Least(float(g)) for g in np.quantile(gain[gain > 0], _LEFT_OUT))
    if spread is not None:
        yield from (Least(deviations=deviations) for deviations in _DEVIATIONS)


def _net_value(choice: Choices, rows: Examples) -> float:
    """The value less cost per row of giving *choice*: doubly robust, by the means of the arms."""
    net = rows.net_value()
    if net is None or rows.propensity is None:
        raise ValueError("a policy is valued by what rows brought, and by what chance")
    means = arm_means(replace(rows, outcome=net))
    weight = (rows.arm == choice) / rows.propensity.astype(np.float64)
    return float((means[choice] + weight * (net - means[rows.arm])).mean())
