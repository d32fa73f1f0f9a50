"""What another policy would have brought, from what one policy with known chances did.

IPS and SNIPS: Horvitz and Thompson 1952; Swaminathan and Joachims, The self-normalized estimator,
NeurIPS 2015. DR: Dudik, Langford and Li, Doubly robust policy evaluation, ICML 2011. The effective
sample size is Kish's, (sum w)^2 / sum w^2: a value that rests on few shoppers says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.evaluation.bootstrap import Interval, resampled_ratio, resampled_ratios

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
    where the policy would have done what was done; `gains` says how much more it brings than each
    of the policies that it was held against (SNIPS), on the same resamples.
    """

    ips: Interval
    snips: Interval
    dr: Interval | None
    effective: float
    matched: float
    gains: Mapping[str, Interval] = field(default_factory=dict)


def policy_value(
    logged: Logged, choice: Choices, response: Numbers | None, seed: int
) -> PolicyValue:
    """The value of giving *choice* [n]; see `policy_values`."""
    return policy_values(logged, {"": choice}, response, seed)[""]


def policy_values(
    logged: Logged,
    choices: Mapping[str, Choices],
    response: Numbers | None,
    seed: int,
    than: Sequence[str] = (),
) -> dict[str, PolicyValue]:
    """The value of giving each of *choices* [n], all by the same resamples of units.

    *response* [n, a] is a model's outcome of each arm; without one there is no doubly robust
    estimate, and it must come from other rows than these. *than* are the policies that all are held
    against.
    """
    names, parts = [*choices], 2 if response is None else 3
    above, below = (
        np.column_stack(columns)
        for columns in zip(*(_columns(logged, choices[n], response) for n in names), strict=True)
    )
    pairs = [(i * parts + 1, names.index(o) * parts + 1) for i in range(len(names)) for o in than]
    found = resampled_ratios(above, below, logged.unit, seed, pairs)
    gains = iter(found[len(names) * parts :])
    values = {}
    for i, name in enumerate(names):
        ips, snips, *doubly = found[i * parts : (i + 1) * parts]
        weight = below[:, i * parts + 1]
        squared = float((weight**2).sum())
        values[name] = PolicyValue(
            ips=ips,
            snips=snips,
            dr=doubly[0] if doubly else None,
            effective=float(weight.sum()) ** 2 / squared if squared else 0.0,
            matched=float((weight > 0).mean()),
            gains={other: next(gains) for other in than},
        )
    return values


def _columns(logged: Logged, choice: Choices, response: Numbers | None) -> tuple[Numbers, Numbers]:
    """What is summed above and below the line by IPS, SNIPS and, with a *response*, DR."""
    total, weight = _weighted(logged, choice)
    one, rows = np.ones_like(weight), np.arange(len(choice))
    if response is None:
        return np.column_stack([total, total]), np.column_stack([one, weight])
    corrected = logged.outcome - response[rows, logged.arm]
    doubly = response[rows, choice] + weight * corrected
    return np.column_stack([total, total, doubly]), np.column_stack([one, weight, one])


def value_difference(logged: Logged, better: Choices, than: Choices, seed: int) -> Interval:
    """How much more *better* brings than *than* (SNIPS), paired: the same units are resampled."""
    return resampled_ratio(
        *_weighted(logged, better), logged.unit, seed, less=_weighted(logged, than)
    )


def _weighted(logged: Logged, choice: Choices) -> tuple[Numbers, Numbers]:
    weight = (logged.arm == choice) / logged.propensity
    return weight * logged.outcome, weight
