"""The objective: what a discount is expected to add, and the least that makes it worth giving.

For candidate d in one context, in expectation:

    gain(d) = (P(d) - P(0)) * m  -  due(d) * c(d)  -  k  -  due(d) * price * draw(d)

P is the probability of the model's outcome with d and without; m the margin that the outcome
brings; c our share of what d takes off; due the probability that this cost falls due; k the cost of
offering; price the shadow price of the budget that d draws on. docs/objective.md has it with a
worked example.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sconto.domain.money import BP_ONE, PPM_ONE


class Outcome(Enum):
    """What an offer is for, and what a model's probability is of."""

    SALE = "sale"
    """This sale is made."""
    GROWTH = "growth"
    """This basket grows."""
    RETURN = "return"
    """The shopper comes back."""


class CostWhen(Enum):
    """When what an offer takes off is lost to the shop."""

    GIVEN = "given"
    """At once, whatever comes of it."""
    SOLD = "sold"
    """If the goods in the basket are sold."""
    REDEEMED = "redeemed"
    """If the shopper makes use of it."""


PERMILLE: Final = 1_000
HALF_PPM: Final = PPM_ONE // 2


@dataclass(frozen=True, slots=True)
class Objective:
    """What offers are for and what they must bring; of a whole ruleset."""

    aim: Outcome = Outcome.SALE
    """What offers are for unless they say otherwise."""
    worth: int | None = None
    """The margin that one growth or return brings, minor units; a sale brings its own margin."""
    minimum_gain: int = 0
    """Minor units."""
    minimum_gain_bp: int = 0
    """As a share of the expected cost, basis points."""
    caution_permille: int = PERMILLE
    """Thousandths of the ensemble's standard deviation by which an uplift is lowered."""
    response: tuple[tuple[int, int], ...] = ()
    """The assumed response to depth, for models that learnt none: (basis points off the
    basket, ppm), ascending; or empty. An even chance, `HALF_PPM`, becomes so many ppm: linear
    between steps, flat beyond the last."""
    response_source: str = ""
    """Who assumes it, and why."""

    def margin(self, outcome: Outcome, scope_margin: int) -> int:
        """What *outcome* brings before any discount, minor units, never below 0.

        *scope_margin* is the margin of the lines that the candidate is about. Margins below 0 count
        as 0: a discount can't be worth it because it makes a loss less likely.
        """
        brings = scope_margin if outcome is Outcome.SALE else self.worth or 0
        return max(brings, 0)

    def lifted(self, baseline_ppm: int, off: int, basket: int) -> int:
        """What a probability becomes, by the assumed response, when *off* comes off a *basket*.

        In ppm, rounded down; amounts are minor units, 0 <= off <= basket, 0 < basket. The odds rise
        as those of an even chance do.
        """
        half = self._from_half(off * BP_ONE // basket)
        happens, not_ = baseline_ppm * half, (PPM_ONE - baseline_ppm) * (PPM_ONE - half)
        return happens * PPM_ONE // (happens + not_)

    def _from_half(self, depth_bp: int) -> int:
        """What an even chance becomes at a depth, ppm, rounded down."""
        start = (0, HALF_PPM)
        for end in self.response:
            if depth_bp < end[0]:
                return start[1] + (end[1] - start[1]) * (depth_bp - start[0]) // (end[0] - start[0])
            start = end
        return start[1]

    def least_gain(self, expected_cost: int) -> int:
        """What must surely be gained, millionths of a minor unit; *expected_cost* in the same."""
        share = -(-expected_cost * self.minimum_gain_bp // BP_ONE)
        return max(self.minimum_gain * PPM_ONE, share)


def due_ppm(cost_when: CostWhen, outcome: Outcome, probability_ppm: int) -> int:
    """The probability that the cost falls due, in ppm: at most what it is, never less.

    It falls due as often as the outcome happens where a discount on a sale is for that sale, and
    where one that must be redeemed is for a sale or a return. Elsewhere the model says nothing of
    when it does, so it counts in full.
    """
    if cost_when is CostWhen.SOLD:
        often = outcome is Outcome.SALE
    else:
        often = cost_when is CostWhen.REDEEMED and outcome is not Outcome.GROWTH
    return probability_ppm if often else PPM_ONE


def expected_gain(
    probability: Any, baseline: Any, margin: Any, cost: Any, due: Any, offering: Any, one: Any
) -> Any:
    """What giving adds to giving nothing, budgets apart: `(P(d) - P(0)) m - due c - k`.

    The server ranks by it and training judges by it. Amounts are in one unit of money and
    probabilities in one unit of chance, of which *one* is certainty: PPM_ONE for integers in ppm,
    whose result is in millionths, or 1 for numbers and for arrays of them.
    """
    return (probability - baseline) * margin - due * cost - one * offering
