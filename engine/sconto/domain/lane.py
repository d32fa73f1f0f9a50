"""Lanes: what may be combined. One candidate wins in each lane; lanes apply in their order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class WithoutScores(Enum):
    """Which candidate of a lane is given on the rules-only rung."""

    SMALLEST = "smallest"
    """The one that costs the shop least: nothing is known of what a deeper one would bring."""
    LARGEST = "largest"
    """The one that takes the most off for the shopper."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of discounts, of which at most one is given.

    With *after_earlier* its offers see the prices that earlier lanes have left; otherwise they
    see list prices.
    """

    id: str
    after_earlier: bool = False
    without_scores: WithoutScores = WithoutScores.SMALLEST


MAIN = Lane("main")
"""The only lane of a ruleset that declares none."""
