"""Objectives that nothing can pass: what a discount adds at most is less than what is asked.

Every bound errs towards silence: list prices without costs, outcomes that are certain with the
discount and impossible without it. Only an assumed response lowers what can be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from sconto.domain.money import BP_ONE, PPM_ONE, format_minor
from sconto.domain.objective import CostWhen, Objective, Outcome
from sconto.domain.offer import Offer, OfferKind, RoundingMode
from sconto.rulebook.findings import Source
from sconto.rulebook.lint.subject import Subject

CODE: Final = "SEM-019"
ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Best:
    """What an offer adds at most at one depth, and what it then costs at least.

    Minor units, or shares of the list price where *aim* is a sale, whose worth that is at most.
    """

    offer: Offer
    adds: Decimal
    costs: Decimal

    def left(self, share: Decimal) -> Decimal:
        """What is left beyond its costs and *share* of them."""
        return self.adds - self.costs * (1 + share)

    def passes(self, objective: Objective, share: Decimal) -> bool:
        """Whether it can be worth it, if *share* of its costs is asked."""
        least = 0 if self.offer.aim is Outcome.SALE else objective.minimum_gain
        gain = self.left(Decimal(0))
        return gain > 0 and gain >= least and self.left(share) >= 0


def check_worth(subject: Subject) -> None:
    """Warn about an objective that no offer of one aim can pass."""
    if subject.library.objective is None:
        return
    source, ruleset = subject.library.objective[1], subject.ruleset
    for aim in Outcome:
        offers = [offer for offer in ruleset.offers if offer.aim is aim]
        if offers and (aim is Outcome.SALE or not _worth_too_small(subject, source, aim)):
            _check_offers(subject, source, offers)


def _worth_too_small(subject: Subject, source: Source, aim: Outcome) -> bool:
    """Warn where the worth of *aim* alone lets nothing pass."""
    objective, currency = subject.ruleset.objective, subject.ruleset.currency
    worth = objective.worth or 0
    if not worth:
        message = f"one {aim.value} is worth 0, so no discount for it can be worth its cost"
        advice = f'write the margin that one {aim.value} brings, like `worth: "8.50"`'
        subject.warn((source, ("worth",)), CODE, message, advice)
        return True
    most = _most_added(objective, None)
    if most * worth > objective.minimum_gain:
        return False
    points = _per_cent(most).replace("%", "percentage points")
    assumed = f", and its probability is assumed to rise by at most {points}" if most < 1 else ""
    asked, brings = (format_minor(n, currency) for n in (objective.minimum_gain, worth))
    message = f"no discount can add {asked}: one {aim.value} is worth {brings}{assumed}"
    advice = f"lower `minimum_gain`, or correct `worth`, the margin that one {aim.value} brings"
    subject.warn((source, ("minimum_gain",)), CODE, message, advice)
    return True


def _check_offers(subject: Subject, source: Source, offers: Sequence[Offer]) -> None:
    """Warn where none of *offers*, which have one aim, can pass."""
    objective = subject.ruleset.objective
    share = Decimal(objective.minimum_gain_bp) / BP_ONE
    found = [_bests(offer, objective) for offer in offers]
    every = [best for bests in found for best in bests]
    if not all(found) or any(best.passes(objective, share) for best in every):
        return
    best = max(every, key=lambda one: one.left(share))
    key, asked = _at_fault(best, subject)
    message = f"no offer for a {best.offer.aim.value} can pass: the best, `{best.offer.id}`, "
    message += _said(best, subject) + asked
    advice = f"correct `{key}`; or give less, or let the supplier pay more of it"
    subject.warn((source, (key,)), CODE, message, advice)


def _at_fault(best: _Best, subject: Subject) -> tuple[str, str]:
    """The key of the objective that keeps *best* from passing, and what it asks, in words."""
    objective = subject.ruleset.objective
    if best.left(Decimal(0)) <= 0:
        without = "worth" if objective.worth else "aim"
        return "assumed_response" if objective.response else without, ""
    if best.passes(objective, Decimal(0)):
        share = _per_cent(Decimal(objective.minimum_gain_bp) / BP_ONE)
        return "minimum_gain_of_cost", f", and {share} of the cost is asked beyond it"
    least = format_minor(objective.minimum_gain, subject.ruleset.currency)
    return "minimum_gain", f", and {least} is asked beyond the cost"


def _bests(offer: Offer, objective: Objective) -> list[_Best]:
    """*offer* at each depth at its best; empty where nothing bounds it."""
    if offer.aim is Outcome.SALE:
        return _shares(offer, objective)
    adds = Decimal(objective.worth or 0)
    bests = []
    for depth in offer.ladder:
        most = _most_added(objective, depth if offer.kind is OfferKind.PERCENT else None)
        often = offer.aim is Outcome.RETURN and offer.cost_when is CostWhen.REDEEMED
        costs = _least_taken(offer, depth) * _ours(offer) * (most if often else 1)
        bests.append(_Best(offer, most * adds, costs + offer.cost_of_offering))
    return bests


def _shares(offer: Offer, objective: Objective) -> list[_Best]:
    """Of a sale, whose margin is at most the list price: per unit of list price."""
    exact = offer.rounding.step == 1 or offer.rounding.mode is RoundingMode.UP
    if offer.kind is not OfferKind.PERCENT or not exact:
        return []
    at_once = offer.cost_when is CostWhen.GIVEN
    of_sales = _most_added if at_once else _most_caused
    return [
        _Best(offer, of_sales(objective, depth), Decimal(depth) / BP_ONE * _ours(offer))
        for depth in offer.ladder
    ]


def _least_taken(offer: Offer, depth: int) -> Decimal:
    """What *offer* takes off at least, minor units."""
    if offer.kind is OfferKind.PERCENT:
        taken = Decimal(offer.minimum_spend * depth) / BP_ONE
        return max(taken - offer.rounding.step, Decimal(0))
    return Decimal(min(depth, offer.minimum_spend) if offer.kind is OfferKind.AMOUNT else 0)


def _ours(offer: Offer) -> Decimal:
    return 1 - Decimal(offer.supplier_share_bp) / BP_ONE


def _odds(objective: Objective, depth: int | None) -> Decimal | None:
    """The factor by which the assumed response raises odds at most; None where none is assumed."""
    if not objective.response:
        return None
    last = objective.response[-1][1]
    half = next((h for bp, h in objective.response if depth is not None and bp >= depth), last)
    return Decimal(half) / (PPM_ONE - half)


def _most_added(objective: Objective, depth: int | None) -> Decimal:
    """The greatest P(d) - P(0) that there can be."""
    odds = _odds(objective, depth)
    return ONE if odds is None else (odds.sqrt() - 1) / (odds.sqrt() + 1)


def _most_caused(objective: Objective, depth: int | None) -> Decimal:
    """The greatest (P(d) - P(0)) / P(d) that there can be."""
    odds = _odds(objective, depth)
    return ONE if odds is None else 1 - 1 / odds


def _said(best: _Best, subject: Subject) -> str:
    assumed = " by the assumed response" if subject.ruleset.objective.response else ""
    if best.offer.aim is Outcome.SALE:
        costs, adds = f"{_per_cent(best.costs)} of the price", f"{_per_cent(best.adds)} of it"
    else:
        rounded = (best.costs.to_integral(ROUND_FLOOR), best.adds.to_integral(ROUND_CEILING))
        costs, adds = (format_minor(int(n), subject.ruleset.currency) for n in rounded)
    return f"costs at least {costs} at its best depth and adds at most {adds}{assumed}"


def _per_cent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.1')).normalize():f} %"
