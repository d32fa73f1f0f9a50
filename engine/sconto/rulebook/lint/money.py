"""Warnings about money that defeats itself, and about numbers that are hardly meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from sconto.domain.facts import CANDIDATE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.money import BP_ONE, format_minor
from sconto.domain.offer import Off, Offer
from sconto.domain.ruleset import FactType
from sconto.rulebook.compile.vocabulary import GIVEN_LINE_FACTS
from sconto.rulebook.documents.base import ScopeDoc
from sconto.rulebook.documents.offers import OfferDoc
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.findings import DocPath
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.units import Compared, compared_in

DEAR: Final = Decimal(10)
CHEAP: Final = Decimal("0.01")
"""Shadow prices that are hardly meant: above the one, or below the other and not 0."""
NEAR: Final = 2
"""An amount is near what must be spent when it is a half of it or more."""
MOST: Final = BP_ONE // 2
"""The largest part of all shoppers that an experiment can reasonably take."""

_NEVER_NEGATIVE: Final = frozenset({*REQUEST_FACTS, *CANDIDATE_FACTS, *GIVEN_LINE_FACTS})
_COUNT: Final = re.compile(
    r"[._](days|hours|minutes|weeks|months|years|nights|count|times|visits|orders|baskets|carts"
    r"|purchases|pieces|items|age)(_[0-9]+[a-z]*)?$"
)
_SIGNED: Final = re.compile(r"(until|before|left|late|over|change|delta|diff|balance)")


def check_money(subject: Subject) -> None:
    """Warn about tiers, amounts, floors, prices and shares that work against what they are for."""
    compiled = {offer.id: offer for offer in subject.ruleset.offers}
    for doc, source in subject.library.offers:
        offer = compiled[doc.id]
        found = (*_tiers(offer, subject), *_amounts(doc, offer, subject), *_steps(doc, subject))
        for path, message, advice in found:
            subject.warn((source, path), "SEM-023", message, advice)
    for guardrail, source in subject.library.guardrails:
        floor = guardrail.margin_floor
        if floor is not None and (basis_points(floor.at_least) or 0) >= BP_ONE:
            message = "a margin of 100 % leaves nothing to give on goods that cost anything"
            advice = "write the part of the price that must remain after cost, like `8 %`"
            subject.warn((source, ("margin_floor", "at_least")), "SEM-024", message, advice)
    _check_shadow_prices(subject)
    _check_experiment(subject)
    for number in compared_in(subject.documents):
        _check_count(number, subject)


_Found = tuple[DocPath, str, str]


def _tiers(offer: Offer, subject: Subject) -> list[_Found]:
    found: list[_Found] = []
    for i, spend, before, after in falls(offer):
        less, taken, more, then = (
            format_minor(n, subject.ruleset.currency) for n in (spend - 1, before, spend, after)
        )
        message = (
            f"spending more costs the shopper: a basket of {less} gets {taken} off, "
            f"one of {more} gets {then}"
        )
        found.append((("spend_tiers", i), message, "give more from each tier to the next"))
    return found


def falls(offer: Offer) -> Iterator[tuple[int, int, int, int]]:
    """Tiers of *offer* from which on less comes off than from a basket just below them.

    Each as its number from 0, its spend, and what comes off just below and from it on, all money
    in minor units.
    """
    for i, ((_, lower), (spend, higher)) in enumerate(pairwise(offer.tiers.items()), start=1):
        before, after = _taken(lower, spend - 1, offer), _taken(higher, spend, offer)
        if before > after:
            yield i, spend, before, after


def _taken(off: Off, spend: int, offer: Offer) -> int:
    """What a tier takes off goods of *spend* minor units; more than they cost is never given."""
    amount = off.amount
    taken = offer.rounding.apply(spend * (off.bp or 0), BP_ONE) if amount is None else amount
    return taken if taken <= spend else 0


def _amounts(doc: OfferDoc, offer: Offer, subject: Subject) -> list[_Found]:
    """Amounts that are most of what must be spent for them."""
    asked: list[tuple[DocPath, int, int]] = []
    if doc.amount_off is not None and offer.minimum_spend:
        steps = enumerate(offer.ladder)
        asked += [(("amount_off", i), step, offer.minimum_spend) for i, step in steps]
    for i, (spend, off) in enumerate(offer.tiers.items()):
        least = max(spend, offer.minimum_spend)
        asked += (
            [] if off.amount is None else [(("spend_tiers", i, "amount_off"), off.amount, least)]
        )
    found: list[_Found] = []
    for path, amount, spend in asked:
        if amount * NEAR >= spend:
            taken, least_spend = (
                format_minor(n, subject.ruleset.currency) for n in (amount, spend)
            )
            message = f"{taken} come off a basket that needs to cost no more than {least_spend}"
            advice = "ask for a larger spend, or take less off"
            found.append((path, message, advice))
    return found


def _steps(doc: OfferDoc, subject: Subject) -> list[_Found]:
    """Shares of some goods above a cap on the whole basket; without a scope, none is ever given."""
    found: list[_Found] = []
    for guardrail, _ in subject.library.guardrails:
        cap = guardrail.discount_cap
        everywhere = guardrail.scope == ScopeDoc() and guardrail.jurisdictions is None
        if cap is None or cap.at_most_percent is None or doc.scope is None or not everywhere:
            continue
        most = basis_points(cap.at_most_percent) or 0
        for i, step in enumerate(doc.percent_off or ()):
            if guardrail.encode == "hard" and (basis_points(step) or 0) > most:
                message = (
                    f"{step} off is more than the {cap.at_most_percent} of the basket that "
                    f"`{guardrail.id}` allows, so it is given only beside enough other goods"
                )
                advice = f"lower the step to {cap.at_most_percent} or less, or raise the cap"
                found.append((("percent_off", i), message, advice))
    return found


def _check_shadow_prices(subject: Subject) -> None:
    for budget, source in subject.library.budgets:
        if budget.shadow_price is None:
            continue
        price = Decimal(budget.shadow_price.at_pace)
        if price > DEAR or 0 < price < CHEAP:
            message = (
                f"each 1.00 of budget `{budget.id}` must bring a margin of {price}, "
                f"which {'hardly any discount does' if price > DEAR else 'is next to nothing'}"
            )
            advice = "write units of margin for a unit of the budget, like `0.35`; no percentage"
            subject.warn((source, ("shadow_price", "at_pace")), "SEM-024", message, advice)


def _check_experiment(subject: Subject) -> None:
    if subject.library.experiment is None:
        return
    doc, source = subject.library.experiment
    for key, they in (("holdout", "given nothing"), ("exploration", "given what chance draws")):
        share = getattr(doc, key)
        if share is not None and (basis_points(share) or 0) > MOST:
            message = f"{share} of all shoppers are {they}, to measure the few that are left"
            subject.warn((source, (key,)), "SEM-024", message, "write a small share, like `5 %`")


def _check_count(number: Compared, subject: Subject) -> None:
    below = number.value < 0 or (number.value == 0 and number.path[-1] == "less_than")
    if below and _counts(number.fact, subject):
        message = f"`{number.fact}` is never below 0"
        subject.warn((number.source, number.path), "SEM-024", message, "write 0 or more")


def _counts(fact: str, subject: Subject) -> bool:
    if fact in _NEVER_NEGATIVE:
        return True
    if fact.startswith(SIGNAL_PREFIX):
        return any(
            doc.measure == "count" and fact == f"{SIGNAL_PREFIX}{doc.id}"
            for doc, _ in subject.library.signals
        )
    spec = subject.ruleset.facts.get(fact)
    whole = spec is not None and spec.type is FactType.INTEGER
    return whole and bool(_COUNT.search(fact)) and not _SIGNED.search(fact)
