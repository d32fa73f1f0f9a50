"""What an offer adds at most and costs at least, whoever asks and whatever is in the basket.

Every bound errs towards silence: list prices without costs, outcomes that are certain with the
discount and impossible without it. Only an assumed response lowers what can be added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from sconto.domain.money import BP_ONE, PPM_ONE, format_minor
from sconto.domain.objective import HALF_PPM, CostWhen, Objective, Outcome
from sconto.domain.offer import Offer, OfferKind, RoundingMode
from sconto.domain.ruleset import Ruleset

ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Best:
    """What an offer adds at most at one depth, and what it then costs at least.

    Minor units, or shares of the list price where *aim* is a sale, whose worth that is at most.
    """

    offer: Offer
    adds: Decimal
    costs: Decimal

    def left(self, objective: Objective) -> Decimal:
        """What is left beyond its costs and the share of them that *objective* asks."""
        return self.adds - self.costs * (1 + minimum_gain_share(objective))

    def covers(self, objective: Objective) -> bool:
        """Whether it can be worth it, if no share of its costs is asked."""
        least = 0 if self.offer.aim is Outcome.SALE else objective.minimum_gain
        gain = self.adds - self.costs
        return gain > 0 and gain >= least

    def passes(self, objective: Objective) -> bool:
        """Whether it can be worth it."""
        return self.covers(objective) and self.left(objective) >= 0


def never_worth(ruleset: Ruleset) -> Iterator[str]:
    """A sentence for each offer of *ruleset* that can never be worth it, and what to change."""
    for offer in ruleset.offers:
        best = nearest_to_worth(offer, ruleset.objective)
        if best is not None:
            key, asked = at_fault(best, ruleset)
            margin = " and however large its margin" if offer.aim is Outcome.SALE else ""
            sums = cost_and_gain(best, ruleset)
            yield (
                f"offer `{offer.id}` can never be worth it, however likely the {offer.aim.value}"
                f"{margin}: it {sums}{asked}. No model gives it: give less, let "
                f"the supplier pay more of it, or correct `{key}`"
            )


def nearest_to_worth(offer: Offer, objective: Objective) -> Best | None:
    """*offer* at the depth that lacks least, if it can pass *objective* at none; else None."""
    bests = bests_of(offer, objective)
    if not bests or any(best.passes(objective) for best in bests):
        return None
    return max(bests, key=lambda one: one.left(objective))


def minimum_gain_share(objective: Objective) -> Decimal:
    """The share of its costs that an offer must bring beyond them."""
    return Decimal(objective.minimum_gain_bp) / BP_ONE


def at_fault(best: Best, ruleset: Ruleset) -> tuple[str, str]:
    """The key of the objective that keeps *best* from passing, and what it asks."""
    objective = ruleset.objective
    if best.adds <= best.costs:
        without = "worth" if objective.worth else "aim"
        return "assumed_response" if objective.response else without, ""
    if best.covers(objective):
        share = per_cent(minimum_gain_share(objective))
        return "minimum_gain_of_cost", f", and {share} of the cost is asked beyond it"
    least = format_minor(objective.minimum_gain, ruleset.currency)
    return "minimum_gain", f", and {least} is asked beyond the cost"


def bests_of(offer: Offer, objective: Objective) -> list[Best]:
    """*offer* at each depth at its best; empty where nothing bounds it."""
    if offer.aim is Outcome.SALE:
        return _shares(offer, objective)
    adds = Decimal(objective.worth or 0)
    bests = []
    for depth in offer.ladder:
        most = most_added(objective, depth if offer.kind is OfferKind.PERCENT else None)
        often = offer.aim is Outcome.RETURN and offer.cost_when is CostWhen.REDEEMED
        costs = _least_taken(offer, depth) * _ours(offer) * (most if often else 1)
        bests.append(Best(offer, most * adds, costs + offer.cost_of_offering))
    return bests


def _shares(offer: Offer, objective: Objective) -> list[Best]:
    """Of a sale, whose margin is at most the list price: per unit of list price."""
    exact = offer.rounding.step == 1 or offer.rounding.mode is RoundingMode.UP
    exact = exact and offer.at_most_pieces is None
    if offer.kind is not OfferKind.PERCENT or not exact:
        return []
    at_once = offer.cost_when is CostWhen.GIVEN
    of_sales = most_added if at_once else _most_caused
    return [
        Best(offer, of_sales(objective, depth), Decimal(depth) / BP_ONE * _ours(offer))
        for depth in offer.ladder
    ]


def _least_taken(offer: Offer, depth: int) -> Decimal:
    """What *offer* takes off at least, minor units."""
    if offer.kind is OfferKind.PERCENT and offer.at_most_pieces is None:
        taken = Decimal(offer.minimum_spend * depth) / BP_ONE
        return max(taken - offer.rounding.step, Decimal(0))
    return Decimal(min(depth, offer.minimum_spend) if offer.kind is OfferKind.AMOUNT else 0)


def _ours(offer: Offer) -> Decimal:
    return 1 - Decimal(offer.supplier_share_bp) / BP_ONE


def _odds(objective: Objective, depth: int | None) -> Decimal | None:
    """The factor by which the assumed response raises odds at most; None where none is assumed.

    Also on top of what earlier lanes take off, at the steps.
    """
    if not objective.response:
        return None
    steps = [0, *(step for step, _ in objective.response)]
    deep = steps[-1] if depth is None else depth
    starts = {*steps, *(step - deep for step in steps if step > deep)}
    return max(_odds_at(objective, s + deep) / (_odds_at(objective, s, less=0)) for s in starts)


def _odds_at(objective: Objective, depth: int, less: int = 1) -> Decimal:
    """The odds that an even chance has at *depth*; *less* is what rounding may have taken, ppm."""
    half = objective.lifted(HALF_PPM, min(depth, BP_ONE), BP_ONE) + less
    return Decimal(half) / (PPM_ONE - half)


def most_added(objective: Objective, depth: int | None) -> Decimal:
    """The greatest P(d) - P(0) that there can be."""
    odds = _odds(objective, depth)
    return ONE if odds is None else (odds.sqrt() - 1) / (odds.sqrt() + 1)


def _most_caused(objective: Objective, depth: int | None) -> Decimal:
    """The greatest (P(d) - P(0)) / P(d) that there can be."""
    odds = _odds(objective, depth)
    return ONE if odds is None else 1 - 1 / odds


def cost_and_gain(best: Best, ruleset: Ruleset) -> str:
    """What *best* costs and adds."""
    assumed = " by the assumed response" if ruleset.objective.response else ""
    if best.offer.aim is Outcome.SALE:
        costs, adds = f"{per_cent(best.costs)} of the price", f"{per_cent(best.adds)} of it"
    else:
        rounded = (best.costs.to_integral(ROUND_FLOOR), best.adds.to_integral(ROUND_CEILING))
        costs, adds = (format_minor(int(n), ruleset.currency) for n in rounded)
    return f"costs at least {costs} at its best depth and adds at most {adds}{assumed}"


def per_cent(share: Decimal) -> str:
    """*share* in words, to a tenth of a percent."""
    return f"{(share * 100).quantize(Decimal('0.1')).normalize():f} %"
