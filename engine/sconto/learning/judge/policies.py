"""What the choices of all models bring, by every outcome, over the test rows of all repeats.

A row counts once for every repeat that judged it, and units are resampled whole: the interval is
for the mean over repeats of the value of the policies that were learnt, and says nothing of how
they would differ had other units been learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sconto.learning.baselines.constants import BestArm, NoOffer, arm_means
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.evaluation.offpolicy import Logged, policy_values, value_difference
from sconto.learning.judge.figures import (
    Policies,
    as_served_of,
    by_gain_of,
    by_threshold_of,
    everybody,
)
from sconto.learning.judge.gain import Choices
from sconto.learning.judge.repeat_figures import RepeatFigures
from sconto.learning.judge.repeats import Repeat, joined
from sconto.learning.models import Probabilities


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """The test rows of one repeat, and what every policy would have given them.

    Attributes:
        arm: int64 [n]; what was given.
        propensity: float64 [n]; its probability.
        unit: int64 [n].
        choices: By policy, int64 [n].
        outcomes: By outcome, float64 [n].
        responses: By outcome, float64 [n, a]; what doubly robust estimates expect of each arm.
        best: By outcome, the arm that was best in training.
    """

    arm: Choices
    propensity: Probabilities
    unit: npt.NDArray[np.int64]
    choices: Mapping[str, Choices]
    outcomes: Mapping[str, Probabilities]
    responses: Mapping[str, Probabilities]
    best: Mapping[str, int]


def tried(
    repeat: Repeat, seen: Mapping[str, RepeatFigures], responses: Mapping[str, Probabilities]
) -> Tried:
    """What models *seen* in *repeat* would have given, and each arm for everybody."""
    train, test = repeat.train, repeat.test
    if test.propensity is None:
        raise ValueError("policies can be valued where chances are known")
    constant = {
        everybody(arm): np.full(len(test), i, dtype=np.int64)
        for i, arm in enumerate(test.columns.arms)
    }
    return Tried(
        arm=test.arm,
        propensity=test.propensity.astype(np.float64),
        unit=test.unit,
        choices=constant | _choices(seen),
        outcomes={n: repeat.outcome("test", n).astype(np.float64) for n in responses},
        responses=responses,
        best={
            n: int(arm_means(replace(train, outcome=repeat.outcome("train", n))).argmax())
            for n in responses
        },
    )


def _choices(seen: Mapping[str, RepeatFigures]) -> dict[str, Choices]:
    """What each model gives, by its response and by gain; constants are there as they are."""
    found: dict[str, Choices] = {}
    for name, one in seen.items():
        if name not in {NoOffer.name, BestArm.name}:
            found |= {name: one.choice, **one.by_money}
    return found


def valued_policies(parts: list[Tried], arms: tuple[str, ...], seed: int) -> dict[str, Policies]:
    """Every policy by every outcome, over all *parts*; the first says which arm is best."""
    if not parts:
        return {}
    choices = {
        name: np.concatenate([part.choices[name] for part in parts]) for name in parts[0].choices
    }
    found = {}
    for outcome, best in parts[0].best.items():
        logged = Logged(
            np.concatenate([part.arm for part in parts]),
            joined([part.propensity for part in parts]).clip(None, 1),
            joined([part.outcomes[outcome] for part in parts]),
            np.concatenate([part.unit for part in parts]),
        )
        response = joined([part.responses[outcome] for part in parts])
        than, none = everybody(arms[best]), everybody(arms[0])
        against = tuple(dict.fromkeys((none, than)))
        values = policy_values(logged, choices, response, seed, against)
        each = {
            name: replace(
                value,
                effective=value.effective / len(parts),
                gains={**value.gains, **_gains_over_same_model(name, logged, choices, seed)},
            )
            for name, value in values.items()
        }
        found[outcome] = Policies(than, arms[best], none, each)
    return found


def _gains_over_same_model(
    name: str, logged: Logged, choices: Mapping[str, Choices], seed: int
) -> dict[str, Interval]:
    """How much more a choice as served brings than the other choices by the same model."""
    model = name.removesuffix(as_served_of(""))
    if name != as_served_of(model):
        return {}
    others = (by_gain_of(model), by_threshold_of(model))
    return {o: value_difference(logged, choices[name], choices[o], seed) for o in others}
