"""What a model would give where costs count: by expected gain, if that passes a least one.

The gain is that of `domain.objective.expected_gain`, by which the server chooses. Least gains are
compared on training units that the model did not learn from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.domain.money import BP_ONE, PPM_ONE
from sconto.domain.objective import PERMILLE, Objective, expected_gain
from sconto.learning.baselines.constants import arm_means
from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.data.objective import due
from sconto.learning.evaluation.bootstrap import Interval, resampled_ratios
from sconto.learning.examples import Examples
from sconto.learning.models import Prediction, Probabilities
from sconto.scoring.least_gain import least_gain_of
from sconto.scoring.manifest import LeastGain

Choices = npt.NDArray[np.int64]

_LEFT_OUT: Final = (0.25, 0.5, 0.75)
"""Shares of the rows with a gain that the least gains to try leave out."""
_DEVIATIONS: Final = (0.5, 1.0, 2.0)
"""Multiples of the ensemble's spread to try."""
_THRESHOLDS: Final = np.linspace(0.05, 0.95, 19)
"""Shares of the rows that the uplifts to try leave out."""
_LARGE: Final = 10
_PLACES: Final = 9
"""Worths that are equal to so many decimals are the same."""


@dataclass(frozen=True, slots=True)
class Least:
    """What an arm's gain must be for it to be given: what `objective.yaml` can say."""

    gain: float = 0.0
    """`minimum_gain`, in major units of money."""
    deviations: float = 0.0
    """`caution`: standard deviations over the ensemble's members by which its uplift is lowered."""
    of_cost: float = 0.0
    """`minimum_gain_of_cost`, as a share of what the arm is expected to cost."""


def least_of(asked: LeastGain) -> Least:
    """What rules ask for, as numbers."""
    gain, share = asked.minimum_gain / PPM_ONE, asked.minimum_gain_of_cost / BP_ONE
    return Least(gain, asked.caution / PERMILLE, share)


def least_gain(least: Least) -> LeastGain:
    """The same in the whole numbers of rules."""
    return LeastGain(
        minimum_gain=round(least.gain * PPM_ONE),
        minimum_gain_of_cost=round(least.of_cost * BP_ONE),
        caution=round(least.deviations * PERMILLE),
    )


UNSAID: Final = least_of(least_gain_of(Objective(), "USD"))
"""What rules ask for that don't say it."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A least gain and what the choice by it was worth per row, in major units of money."""

    least: Least
    worth: Interval
    """More than giving nobody anything."""
    behind: Interval
    """Less than the first of those that were tried with it: the one that was worth most."""
    given: float
    """The share of rows that it gives an arm to."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What rows that a model did not learn from say of its choices.

    Attributes:
        tried: Least gains by what the choice by each earned, the best first.
        uplift: The threshold on its uplift that earned most, by `by_threshold`.
    """

    tried: tuple[Valued, ...]
    uplift: float

    @property
    def least(self) -> Least:
        """The least gain that earned most."""
        return self.tried[0].least


def chooses_by_response(prediction: Prediction) -> bool:
    """Whether it gives the arm of the largest response, and not the same to everybody."""
    differs = (
        np.ptp(prediction.response, axis=1).any() and np.ptp(prediction.response, axis=0).any()
    )
    return bool(differs) and np.array_equal(prediction.choice, prediction.response.argmax(axis=1))


def expected_gains(
    prediction: Prediction,
    rows: Examples,
    objective: ObjectiveDoc,
    less: Probabilities | float = 0.0,
) -> Probabilities:
    """What each arm is expected to add to the first, in major units of money, [n, a].

    *less* is taken off the uplifts, 0 for the first arm. Raises ValueError where the rows have no
    margin.
    """
    if rows.margin is None:
        raise ValueError("without a margin there is no gain")
    margin = rows.margin.astype(np.float64)[:, None]
    cost, first = _expected_costs(prediction, rows, objective), prediction.response[:, :1]
    gain = expected_gain(prediction.response - less, first, margin, cost, 1.0, 0.0, 1.0)
    found: Probabilities = gain - gain[:, :1]
    return found


def by_gain(
    prediction: Prediction,
    rows: Examples,
    objective: ObjectiveDoc,
    spread: Probabilities | None,
    least: Least,
) -> Choices:
    """The arm that each of *rows* is given, [n]: the first unless another surely passes *least*.

    Among those that pass, the largest expected gain. *spread* [n, a] is the ensemble's of uplifts.
    """
    expected = expected_gains(prediction, rows, objective)
    less = 0.0 if spread is None else least.deviations * spread
    sure = expected_gains(prediction, rows, objective, less)
    needed = np.maximum(least.gain, least.of_cost * _expected_costs(prediction, rows, objective))
    passed = (sure > 0) & (sure >= needed)
    passed[:, 0] = False
    best = np.where(passed, expected, -np.inf).argmax(axis=1)
    return np.where(passed.any(axis=1), best, 0).astype(np.int64)


def by_threshold(prediction: Prediction, least_uplift: float) -> Choices:
    """The arm of the largest uplift, [n]; the first where that is not above *least_uplift*."""
    uplift = prediction.response[:, 1:] - prediction.response[:, :1]
    best = uplift.argmax(axis=1) + 1
    return np.where(uplift.max(axis=1) > least_uplift, best, 0).astype(np.int64)


def best_uplift(prediction: Prediction, held: Examples) -> float:
    """The least uplift whose choice earns most on *held* rows, which the model did not learn from.

    Everybody and nobody are among those tried. Of several that earn the same, the highest.
    """
    uplift = (prediction.response[:, 1:] - prediction.response[:, :1]).max(axis=1)
    tried = [-np.inf, *np.quantile(uplift, _THRESHOLDS), np.inf]
    worth = [float(_net_values(by_threshold(prediction, least), held).mean()) for least in tried]
    return float(tried[-1 - int(np.argmax(worth[::-1]))])


def picked(
    prediction: Prediction,
    held: Examples,
    objective: ObjectiveDoc,
    spread: Probabilities | None,
    rules: Least,
) -> Picked:
    """What earns most on *held* rows, which *prediction* did not learn from; see `compared`."""
    return Picked(
        compared(prediction, held, objective, spread, rules), best_uplift(prediction, held)
    )


def compared(
    prediction: Prediction,
    held: Examples,
    objective: ObjectiveDoc,
    spread: Probabilities | None,
    rules: Least,
) -> tuple[Valued, ...]:
    """Several least gains, and that of the *rules*, by what they earn on *held* rows; best first.

    *prediction* did not learn from these rows. Of several that earn the same, the one that gives to
    fewest comes first.
    """
    tried = dict.fromkeys((*_candidates(prediction, held, objective, spread), rules))
    choices = {least: by_gain(prediction, held, objective, spread, least) for least in tried}
    values = {least: _net_values(choice, held) for least, choice in choices.items()}
    given = {least: float((choice != 0).mean()) for least, choice in choices.items()}
    none = _net_values(np.zeros(len(held), dtype=np.int64), held)
    ranked = sorted(tried, key=lambda one: (-round(values[one].mean(), _PLACES), given[one]))
    best = values[ranked[0]]
    pairs = [
        difference for one in ranked for difference in (values[one] - none, best - values[one])
    ]
    columns = np.column_stack(pairs)
    found = iter(resampled_ratios(columns, np.ones_like(columns), held.unit, 0))
    return tuple(Valued(one, next(found), next(found), given[one]) for one in ranked)


def _candidates(
    prediction: Prediction, held: Examples, objective: ObjectiveDoc, spread: Probabilities | None
) -> Iterator[Least]:
    """Least gains, none alike but for rounding, that rules can ask for."""
    yield Least()
    gain = expected_gains(prediction, held, objective).max(axis=1)
    if (gain > 0).any():
        yield from (Least(_written(float(g))) for g in np.quantile(gain[gain > 0], _LEFT_OUT))
    if spread is not None:
        yield from (Least(deviations=deviations) for deviations in _DEVIATIONS)


def _written(gain: float) -> float:
    """*gain* with two decimals, or none where it is large: some currencies have no smaller unit."""
    return round(gain, 0 if gain >= _LARGE else 2)


def _expected_costs(
    prediction: Prediction, rows: Examples, objective: ObjectiveDoc
) -> Probabilities:
    if rows.costs is None:
        return np.zeros_like(prediction.response)
    found: Probabilities = rows.costs.astype(np.float64) * due(
        objective, prediction.response.clip(0, 1)
    )
    return found


def _net_values(choice: Choices, rows: Examples) -> Probabilities:
    """The value less cost of each row under *choice*, [n]: doubly robust, by the arms' means."""
    net = rows.net_value()
    if net is None or rows.propensity is None:
        raise ValueError("a policy is valued by what rows brought, and by what chance")
    means = arm_means(replace(rows, outcome=net))
    weight = (rows.arm == choice) / rows.propensity.astype(np.float64)
    found: Probabilities = means[choice] + weight * (net - means[rows.arm])
    return found
