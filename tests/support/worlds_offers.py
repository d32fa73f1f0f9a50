"""Generated offers of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final, TypeVar

from sconto.domain.lane import Lane
from sconto.domain.objective import CostWhen, Outcome
from sconto.domain.offer import (
    BundleItem,
    BuyGet,
    Off,
    Offer,
    OfferKind,
    Rounding,
    RoundingMode,
)
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity
from support import builders

T = TypeVar("T")

CATEGORIES: Final = ("CHEESE", "BEEF", "CIGARETTES", "SHIPPING")
BUDGETS: Final = ("campaign", "count", "region", "shopper")
KINDS: Final = (*[OfferKind.PERCENT] * 4, OfferKind.AMOUNT, *OfferKind)
STEPS: Final = {
    OfferKind.PERCENT: (500, 1000, 2500, 10_000),
    OfferKind.AMOUNT: (1, 50, 99, 250, 1500),
    OfferKind.BUY_X_GET_Y: (2500, 5000, 10_000),
    OfferKind.BUNDLE: (1, 300, 900, 2000),
    OfferKind.FREE_SHIPPING: (3333, 5000, 10_000),
    OfferKind.SPEND_TIERS: (1, 500, 900, 2000),
}
ROUNDINGS: Final = (
    *[Rounding()] * 4,
    *(Rounding(mode, step) for mode in RoundingMode for step in (1, 5, 50)),
)


def some(random: Random, values: Sequence[T], most: int) -> list[T]:
    """None to *most* of *values*."""
    return random.sample(values, random.randint(0, most))


def any_scope(random: Random) -> Scope:
    """Everything more often than not, else some categories, here and there as classes."""
    if random.random() < 0.6:
        return builders.EVERYTHING
    excluded = frozenset(some(random, ("CIGARETTES",), 1))
    wanted = some(random, CATEGORIES, 2)
    if random.random() < 0.2:
        classes = tuple(Scope(categories=frozenset({category})) for category in wanted)
        return Scope(classes=classes, exclude_categories=excluded)
    return Scope(categories=frozenset(wanted), exclude_categories=excluded)


def any_offer(
    random: Random, number: int, lanes: Sequence[Lane], validities: Sequence[Validity]
) -> Offer:
    """An offer of any kind in one of *lanes*."""
    kind = random.choice(KINDS)
    steps = sorted(random.sample(STEPS[kind], random.randint(1, 3)))
    plain = builders.offer(
        f"offer-{number}",
        *(reversed(steps) if kind is OfferKind.BUNDLE else steps),
        kind=kind,
        scope=any_scope(random),
        minimum_spend=random.choice((0, 0, 0, 0, 800)),
        supplier_share_bp=random.choice((0, 3333, 10_000)),
        budgets=tuple(sorted(some(random, BUDGETS, random.choice((0, 1, 2))))),
        validity=random.choice(validities),
    )
    placed = replace(
        plain,
        lane=random.choice((lanes[number % len(lanes)], random.choice(lanes))).id,
        exclusive=random.random() < 0.12,
        rounding=random.choice(ROUNDINGS),
        cost_when=random.choice(tuple(CostWhen)),
        cost_of_offering=random.choice((0, 0, 0, 15)),
        aim=random.choice((*[Outcome.SALE] * 4, *Outcome)),
        at_most_pieces=random.choice((None, None, None, 1, 2, 4)),
    )
    return _with_terms(random, placed)


def _with_terms(random: Random, offer: Offer) -> Offer:
    """*offer* with what its kind asks for."""
    match offer.kind:
        case OfferKind.BUY_X_GET_Y:
            reward = random.choice((None, any_scope(random)))
            terms = BuyGet(random.randint(1, 2), 1, reward, random.choice((None, None, 1, 2)))
            return replace(offer, buy_get=terms)
        case OfferKind.BUNDLE:
            items = tuple(
                BundleItem(any_scope(random), random.randint(1, 2))
                for _ in range(random.choice((1, 2, 2, 3)))
            )
            return replace(offer, bundle=items, scope=Scope(classes=tuple(i.scope for i in items)))
        case OfferKind.FREE_SHIPPING:
            return replace(offer, shipping=Scope(categories=frozenset({"SHIPPING"})))
        case OfferKind.SPEND_TIERS:
            return replace(offer, tiers={spend: _off(random) for spend in offer.ladder})
        case _:
            return offer


def _off(random: Random) -> Off:
    if random.random() < 0.5:
        return Off(bp=random.choice((500, 1000, 3333)))
    return Off(amount=random.choice((50, 99, 400)))
