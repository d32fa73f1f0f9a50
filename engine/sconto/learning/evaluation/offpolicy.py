"""What another policy would have brought, from what one policy with known chances did.

IPS and SNIPS: Horvitz and Thompson 1952; Swaminathan and Joachims, The self-normalized estimator,
NeurIPS 2015. DR: Dudik, Langford and Li, Doubly robust policy evaluation, ICML 2011. The effective
sample size is Kish's, (sum w)^2 / sum w^2: a value that rests on few shoppers says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.evaluation.bootstrap import Interval, resampled_ratio

Numbers = npt.NDArray[np.float64]
Choices = npt.NDArray[np.int64]

LEAST_PROPENSITY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Logged:
    """What was done and what came of it.

    Attributes:
        arm: int64 [n]; what was given.
        propensity: float64 [n]; the probability with which just that was given, above 0.
        outcome: float64 [n]; what it brought.
        unit: int64 [n]; who was randomised: rows of one unit are resampled together.
    """

    arm: Choices
    propensity: Numbers
    outcome: Numbers
    unit: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse propensities that are no probabilities of what happened."""
        if not ((self.propensity > LEAST_PROPENSITY) & (self.propensity <= 1)).all():
            raise ValueError("what was given was given with a probability above 0, at most 1")


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """The mean outcome per row under a policy, by three estimators, each with a 95 % interval.

    `effective` is how many rows the importance weights leave (ESS); `matched` is the share of rows
    where the policy would have done what was done.
    """

    ips: Interval
    snips: Interval
    dr: Interval | None
    effective: float
    matched: float


def policy_value(
    logged: Logged, choice: Choices, response: Numbers | None, seed: int
) -> PolicyValue:
    """The value of giving *choice* [n]; *response* [n, a] is a model's outcome of each arm.

    Without a response there is no doubly robust estimate. The response must come from other rows
    than these.
    """
    rows = np.arange(len(choice))
    weight = (logged.arm == choice) / logged.propensity
    one = np.ones_like(weight)
    doubly: Interval | None = None
    if response is not None:
        corrected = logged.outcome - response[rows, logged.arm]
        doubly = resampled_ratio(
            response[rows, choice] + weight * corrected, one, logged.unit, seed
        )
    squared = float((weight**2).sum())
    return PolicyValue(
        ips=resampled_ratio(weight * logged.outcome, one, logged.unit, seed),
        snips=resampled_ratio(weight * logged.outcome, weight, logged.unit, seed),
        dr=doubly,
        effective=float(weight.sum()) ** 2 / squared if squared else 0.0,
        matched=float((weight > 0).mean()),
    )


def value_difference(logged: Logged, better: Choices, than: Choices, seed: int) -> Interval:
    """How much more *better* brings than *than* (SNIPS), paired: the same units are resampled."""
    return resampled_ratio(
        *_weighted(logged, better), logged.unit, seed, less=_weighted(logged, than)
    )


def _weighted(logged: Logged, choice: Choices) -> tuple[Numbers, Numbers]:
    weight = (logged.arm == choice) / logged.propensity
    return weight * logged.outcome, weight
