"""Amounts and depths of a reply, as numbers and in words."""

from __future__ import annotations

from typing import Any

from sconto.domain.money import format_minor
from sconto.v1.decision_pb2 import OfferKind


def depth_of(discount: Any) -> str:
    """How deep *discount* is, in the words of its kind of offer."""
    if discount.WhichOneof("depth") == "percent_bp":
        return depth_words(discount.kind, discount.percent_bp, "")
    return depth_words(discount.kind, minor(discount.amount), discount.amount.currency_code)


def depth_words(kind: int, depth: int, currency: str) -> str:
    """*depth* in words, which counts basis points or minor units by the *kind* of its offer."""
    match kind:
        case OfferKind.OFFER_KIND_BUNDLE:
            return f"for {format_minor(depth, currency)}"
        case OfferKind.OFFER_KIND_SPEND_TIERS:
            return f"from {format_minor(depth, currency)}"
        case OfferKind.OFFER_KIND_AMOUNT:
            return format_minor(depth, currency)
        case _:
            return f"{depth / 100:g} %"


def minor(money: Any) -> int:
    """A google.type.Money in minor units of a currency with two decimals."""
    return int(money.units * 100 + money.nanos // 10_000_000)
