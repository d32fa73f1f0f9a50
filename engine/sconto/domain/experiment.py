"""Holdout and exploration: shares of contexts set aside by chance, so that effects can be measured.

Chance is a hash of a declared seed and the shopper, never a random number: the same shopper is in
the same group on every machine, and a replay finds the same group again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sconto.domain.context import DecisionContext
from sconto.domain.money import PPM_ONE
from sconto.domain.validity import Validity

_BYTES: Final = 8


class Group(Enum):
    """How a context's discount is chosen."""

    POLICY = "policy"
    HOLDOUT = "holdout"
    EXPLORATION = "exploration"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Shares of contexts in parts per million.

    A shopper stays in the holdout for as long as the seed stays. Exploration is drawn anew for each
    shopper and day, so that asking again changes nothing.
    """

    id: str
    seed: str
    holdout_ppm: int
    exploration_ppm: int
    validity: Validity


@dataclass(frozen=True, slots=True)
class Assignment:
    """The group of one context; *draw* in [0, 2**64) picks the explored candidate."""

    group: Group = Group.POLICY
    holdout_ppm: int = 0
    exploration_ppm: int = 0
    draw: int = 0

    @property
    def by_chance(self) -> bool:
        """Whether chance has any say: whether some share is set aside."""
        return self.holdout_ppm + self.exploration_ppm > 0


def assign(context: DecisionContext, experiment: Experiment | None) -> Assignment:
    """The group of *context*: always POLICY without an experiment that runs on its day."""
    day = context.moment.local_date
    if experiment is None or not experiment.validity.covers(day):
        return Assignment()
    held = _draw(experiment.seed, "holdout", context.user_ref)
    group = Group.POLICY
    daily = _draw(experiment.seed, "exploration", f"{context.user_ref}/{day.isoformat()}")
    if held % PPM_ONE < experiment.holdout_ppm:
        group = Group.HOLDOUT
    # Among those who are not held out, so that both shares are shares of all contexts.
    elif (
        daily % PPM_ONE * (PPM_ONE - experiment.holdout_ppm) < experiment.exploration_ppm * PPM_ONE
    ):
        group = Group.EXPLORATION
    draw = _draw(experiment.seed, "pick", f"{context.user_ref}/{day.isoformat()}")
    return Assignment(group, experiment.holdout_ppm, experiment.exploration_ppm, draw)


def _draw(seed: str, purpose: str, who: str) -> int:
    digest = hashlib.sha256(f"{seed}/{purpose}/{who}".encode()).digest()
    return int.from_bytes(digest[:_BYTES], "big")


def propensity_ppm(
    assignment: Assignment, options: int, *, preferred: bool, explorable: bool, nothing: bool
) -> int:
    """The probability, in ppm, with which the choice policy gives what it gave.

    *preferred*: it is what the policy itself would give; *explorable*: it is one of the *options*
    from which exploration picks evenly; *nothing*: it is no discount, which the holdout gets.
    Rounded down, at least 1.
    """
    own = PPM_ONE - assignment.holdout_ppm - assignment.exploration_ppm
    explored = assignment.exploration_ppm // options if explorable else 0
    held = assignment.holdout_ppm if nothing else 0
    return max(1, (own if preferred else 0) + explored + held)
