"""Shoppers and their baskets, from a seed: a few come often, most come rarely (Zipf's law)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any, Final

import uuid_utils
from google.type.money_pb2 import Money

from ruleset_files import CHANNELS, CONSENT, JURISDICTIONS, SHELF, TIERS
from sconto.api.decision_service import DecisionService
from sconto.api.endpoint import Endpoint
from sconto.app.ports import Policy
from sconto.bootstrap import Engine
from sconto.v1 import decision_pb2 as pb
from sconto.v1.decision_service_pb2 import DecideRequest

SHOPPERS: Final = 5_000
MOST_EXTRA_LINES: Final = 6
CURRENCY: Final = "USD"

_REQUEST_ID_FIELD: Final = b"\x0a\x24"
"""Tag of field 1 and the length of a UUID as text: what precedes the id on the wire."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """One shopper; what is known about them stays the same from basket to basket."""

    number: int
    facts: dict[str, int | str]
    consent: bool


def decide_of(engine: Engine) -> Endpoint[DecideRequest]:
    """The method Decide of *engine*, without a server around it."""

    async def no_other(digest: str) -> Policy:
        raise LookupError(digest)

    service = DecisionService(engine.decider, lambda: engine.policy, engine.user_key, no_other)
    (decide,) = (e for e in service.endpoints() if isinstance(e, Endpoint) and e.name == "Decide")
    return decide


def with_new_id(body: bytes) -> bytes:
    """The request *body*, which has no request_id, with a fresh one."""
    return _REQUEST_ID_FIELD + str(uuid_utils.uuid4()).encode() + body


@cache
def bodies(seed: int, count: int) -> tuple[bytes, ...]:
    """*count* serialised DecideRequests without their request_id; the same for the same seed."""
    random = Random(seed)
    shoppers = [_shopper(random, number) for number in range(SHOPPERS)]
    weights = list(accumulate(1 / rank for rank in range(1, SHOPPERS + 1)))
    guests = random.choices(shoppers, cum_weights=weights, k=count)
    return tuple(_request(random, guest).SerializeToString() for guest in guests)


def _shopper(random: Random, number: int) -> Shopper:
    facts: dict[str, int | str] = {
        "shopper.baskets_14d": random.randrange(6),
        "shopper.baskets_56d": random.randrange(24),
        "shopper.spend_56d": random.randrange(500, 60_000),
        "shopper.days_since_last_basket": min(int(random.expovariate(0.08)), 56),
        "shopper.tenure_days": random.randrange(57),
        "shopper.discount_share_56d": random.randrange(4_000),
        "shopper.basket_total": random.randrange(500, 20_000),
        "shopper.basket_lines": random.randrange(1, 40),
        "shopper.tier": random.choice(TIERS),
    }
    return Shopper(number, facts, random.random() < 0.95)


def _request(random: Random, shopper: Shopper) -> DecideRequest:
    departments = [*SHELF, *random.choices(list(SHELF), k=random.randrange(MOST_EXTRA_LINES + 1))]
    lines = [_line(random, i, department) for i, department in enumerate(departments, start=1)]
    return DecideRequest(
        shopper=pb.Shopper(
            shopper_id=f"shopper-{shopper.number}",
            attributes=_facts(shopper.facts),
            consents=[pb.Consent(name=CONSENT, given=shopper.consent)],
        ),
        channel=random.choice(CHANNELS),
        jurisdiction=JURISDICTIONS[shopper.number % len(JURISDICTIONS)],
        currency_code=CURRENCY,
        basket=pb.Basket(lines=lines),
    )


def _line(random: Random, number: int, department: str) -> pb.BasketLine:
    price = random.randrange(99, 1_500, 10)
    facts: dict[str, int | str] = {
        "line.category_baskets_56d": random.randrange(12),
        "line.category_days_since": random.randrange(56),
        "line.category_spend_56d": random.randrange(200, 8_000),
    }
    return pb.BasketLine(
        line_id=f"line-{number:03d}",
        product_id=str(random.randrange(1_000_000, 2_000_000)),
        category=random.choice(SHELF[department]),
        department=department,
        brand=random.choice(("National", "Private")),
        quantity=random.choice((1, 1, 1, 2, 3)),
        list_price=_money(price),
        unit_cost=_money(price * random.randrange(55, 80) // 100),
        facts=_facts(facts),
    )


def _facts(facts: dict[str, int | str]) -> list[pb.Fact]:
    return [pb.Fact(name=name, **_value(name, value)) for name, value in facts.items()]


def _value(name: str, value: int | str) -> dict[str, Any]:
    if isinstance(value, str):
        return {"text": value}
    return (
        {"money": _money(value)} if name.endswith(("_total", "spend_56d")) else {"integer": value}
    )


def _money(cents: int) -> Money:
    units, rest = divmod(cents, 100)
    return Money(currency_code=CURRENCY, units=units, nanos=rest * 10_000_000)
