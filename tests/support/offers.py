"""Offers of each kind that are short to write; see `builders` for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sconto.domain.offer import BundleItem, BuyGet, Off, Offer, OfferKind
from sconto.domain.scope import Scope
from support import builders

SHIPPING = Scope(categories=frozenset({"SHIPPING"}))


def of(*categories: str) -> Scope:
    """The lines of *categories*."""
    return Scope(categories=frozenset(categories))


def buy_get(
    buy: int,
    get: int,
    *steps: int,
    reward: Scope | None = None,
    scope: Scope = builders.EVERYTHING,
    at_most_sets: int | None = None,
) -> Offer:
    """*get* pieces free, or at the shares *steps* off, for every *buy* pieces bought."""
    plain = builders.offer("o", *(steps or (10_000,)), kind=OfferKind.BUY_X_GET_Y, scope=scope)
    return replace(plain, buy_get=BuyGet(buy, get, reward, at_most_sets))


def bundle(*prices: int, items: Mapping[Scope, int] | tuple[tuple[Scope, int], ...]) -> Offer:
    """A bundle of so many pieces of each scope, at *prices*."""
    pairs = tuple(items.items()) if isinstance(items, Mapping) else items
    parts = tuple(BundleItem(scope, pieces) for scope, pieces in pairs)
    union = Scope(classes=tuple(item.scope for item in parts))
    return replace(builders.offer("o", *prices, kind=OfferKind.BUNDLE, scope=union), bundle=parts)


def free_shipping(*steps: int, minimum_spend: int = 0) -> Offer:
    """Shares *steps* off the shipping lines for goods of *minimum_spend*."""
    goods = Scope(exclude_categories=SHIPPING.categories)
    plain = builders.offer(
        "o", *(steps or (10_000,)), kind=OfferKind.FREE_SHIPPING, scope=goods,
        minimum_spend=minimum_spend,
    )  # fmt: skip
    return replace(plain, shipping=SHIPPING)


def tiers(by_spend: Mapping[int, Off], *, scope: Scope = builders.EVERYTHING) -> Offer:
    """What is off, by the spend that reaches it."""
    plain = builders.offer("o", *by_spend, kind=OfferKind.SPEND_TIERS, scope=scope)
    return replace(plain, tiers=by_spend)
