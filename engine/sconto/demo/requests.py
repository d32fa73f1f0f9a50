"""DecideRequests of a checkout, from visits and goods, and from the rows of a data sample."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import uuid_utils
from google.type.money_pb2 import Money

from sconto.v1 import decision_pb2, decision_service_pb2

CENTS: Final = 100
NANOS_PER_CENT: Final = 10_000_000
CONSENT: Final = "personalised_offers"
NO_CONSENT_EVERY: Final = 10
"""One person in so many has not agreed to personalised offers."""

Row = dict[str, str]
Facts = Mapping[str, Callable[[str], Any]]
"""How the text of a column is read, by the name of the column, which is also the fact's."""


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
    """The shopper and the place of a request."""

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
    """*cents* of a currency with two decimals, as google.type.Money."""
    units, rest = divmod(cents, CENTS)
    return Money(currency_code=currency, units=units, nanos=rest * NANOS_PER_CENT)


def share_of(cents: int, percent: int) -> int:
    """*percent* of *cents*, rounded down."""
    return cents * percent // 100


def pick(number: int, places: Sequence[str]) -> str:
    """The place for *number*: places are assigned in turn."""
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


def rows_from(path: Path, skip: int, count: int) -> list[Row]:
    """*count* rows after the first *skip*, going on with the first after the last; none twice."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = skip % len(rows)
    return list(islice(chain(rows[start:], rows[:start]), count))


def facts_of(row: Row, facts: Facts) -> dict[str, Any]:
    """The values of *facts* in *row*; None for what is missing."""
    return {name: read(row[name]) if row[name] else None for name, read in facts.items()}


def yes_no(text: str) -> bool:
    """Whether *text* is 1; the other value is 0."""
    return text == "1"


def cents(text: str) -> int:
    """An amount in major units, in minor units of a currency with two decimals."""
    return int(Decimal(text) * CENTS)


def amount_in(currency: str) -> Callable[[str], Money]:
    """A function that reads an amount of *currency* in major units."""
    return lambda text: money(cents(text), currency)
