"""Offers that take an exact amount off a single line, for worked examples."""

from __future__ import annotations

from datetime import date
from typing import Final

from sconto.domain.context import Line
from sconto.domain.money import BP_ONE
from sconto.domain.offer import BundleItem, BuyGet, Off, Offer, OfferKind, Rounding
from sconto.domain.scope import EVERYTHING
from sconto.domain.validity import Validity

_ALWAYS: Final = Validity(date.min, date.max)


class CannotTake(Exception):
    """No offer of the kind takes just that off the line: why, and what to do about it."""

    def __init__(self, message: str, advice: str) -> None:
        self.advice = advice
        super().__init__(message)


def offer_taking(discount: int, kind: str, line: Line) -> Offer:
    """An offer of *kind* that takes *discount* minor units off *line*; raises CannotTake."""
    if not 0 < discount <= line.list_total:
        raise CannotTake(
            "the discount must be above zero, and at most what the line costs", "change it"
        )
    match OfferKind(kind):
        case OfferKind.PERCENT:
            return _offer(OfferKind.PERCENT, _share(discount, line.list_total))
        case OfferKind.AMOUNT:
            return _offer(OfferKind.AMOUNT, discount)
        case OfferKind.BUY_X_GET_Y:
            return _buy_get(discount, line)
        case OfferKind.BUNDLE:
            bundle = (BundleItem(EVERYTHING, line.quantity),)
            return _offer(OfferKind.BUNDLE, line.list_total - discount, bundle=bundle)
        case OfferKind.FREE_SHIPPING:
            share = _share(discount, line.list_total)
            return _offer(OfferKind.FREE_SHIPPING, share, shipping=True)
        case OfferKind.SPEND_TIERS:
            return _offer(OfferKind.SPEND_TIERS, line.list_total, off=Off(amount=discount))


def _buy_get(discount: int, line: Line) -> Offer:
    get = -(-discount // line.list_price)
    if get >= line.quantity:
        raise CannotTake(
            "buying one piece to get another takes more pieces", "give the line a `quantity`"
        )
    share = _share(discount, get * line.list_price)
    return _offer(OfferKind.BUY_X_GET_Y, share, buy_get=BuyGet(line.quantity - get, get))


def _share(discount: int, total: int) -> int:
    """The basis points of *total* that make *discount*."""
    nearest = (2 * discount * BP_ONE + total) // (2 * total)
    if nearest and Rounding().apply(total * nearest, BP_ONE) == discount:
        return nearest
    raise CannotTake("no percentage with two decimals takes just this discount off", "change it")


def _offer(
    kind: OfferKind,
    depth: int,
    *,
    buy_get: BuyGet | None = None,
    bundle: tuple[BundleItem, ...] = (),
    shipping: bool = False,
    off: Off | None = None,
) -> Offer:
    return Offer(
        id="example",
        name="Example",
        kind=kind,
        ladder=(depth,),
        scope=EVERYTHING,
        minimum_spend=0,
        supplier_share_bp=0,
        budgets=(),
        validity=_ALWAYS,
        buy_get=buy_get,
        bundle=bundle,
        shipping=EVERYTHING if shipping else None,
        tiers={} if off is None else {depth: off},
    )
