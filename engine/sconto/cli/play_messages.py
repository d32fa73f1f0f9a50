"""Requests as a checkout would send them, from the few things that differ between industries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import uuid_utils
from google.type.money_pb2 import Money

from sconto.v1 import decision_pb2, decision_service_pb2

CENTS: Final = 100
NANOS_PER_CENT: Final = 10_000_000
CONSENT: Final = "personalised_offers"


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of a basket; amounts are minor units for one piece."""

    product_id: str
    category: str
    department: str
    quantity: int
    list_price: int
    unit_cost: int
    brand: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """By name without `line.`; a fact whose value is None is not sent."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, and where."""

    shopper_id: str
    channel: str
    jurisdiction: str
    currency: str
    agreed: bool | None
    """To personalised offers; None when the shopper was never asked."""
    facts: Mapping[str, Any]
    """By name without `shopper.`; a fact whose value is None is not sent."""


def request_of(visit: Visit, goods: Sequence[Goods]) -> Any:
    """The DecideRequest for *goods*, under a new request id."""
    lines = [_line(i, one, visit.currency) for i, one in enumerate(goods, start=1)]
    return decision_service_pb2.DecideRequest(
        request_id=str(uuid_utils.uuid4()),
        shopper=_shopper(visit),
        channel=visit.channel,
        jurisdiction=visit.jurisdiction,
        currency_code=visit.currency,
        basket=decision_pb2.Basket(lines=lines),
    )


def money(cents: int, currency: str) -> Money:
    """*cents* of a currency with two decimals, as it goes over the wire."""
    units, rest = divmod(cents, CENTS)
    return Money(currency_code=currency, units=units, nanos=rest * NANOS_PER_CENT)


def share_of(cents: int, percent: int) -> int:
    """*percent* of *cents*, rounded down."""
    return cents * percent // 100


def dealt(number: int, places: Sequence[str]) -> str:
    """The place that *number* falls to when places are dealt out in turn."""
    return places[number % len(places)]


def _shopper(visit: Visit) -> Any:
    consents = []
    if visit.agreed is not None:
        consents.append(decision_pb2.Consent(name=CONSENT, given=visit.agreed))
    return decision_pb2.Shopper(
        shopper_id=visit.shopper_id,
        attributes=_facts("shopper.", visit.facts),
        consents=consents,
    )


def _line(number: int, goods: Goods, currency: str) -> Any:
    return decision_pb2.BasketLine(
        line_id=f"line-{number:03d}",
        product_id=goods.product_id,
        category=goods.category,
        department=goods.department,
        brand=goods.brand,
        quantity=goods.quantity,
        list_price=money(goods.list_price, currency),
        unit_cost=money(goods.unit_cost, currency),
        facts=_facts("line.", goods.facts),
    )


def _facts(prefix: str, values: Mapping[str, Any]) -> list[Any]:
    return [_fact(prefix + name, value) for name, value in values.items() if value is not None]


def _fact(name: str, value: Any) -> Any:
    match value:
        case bool():
            return decision_pb2.Fact(name=name, boolean=value)
        case int():
            return decision_pb2.Fact(name=name, integer=value)
        case Decimal():
            return decision_pb2.Fact(name=name, decimal=str(value))
        case Money():
            return decision_pb2.Fact(name=name, money=value)
        case _:
            return decision_pb2.Fact(name=name, text=value)
