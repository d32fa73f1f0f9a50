"""The answer does not depend on the order in which a checkout sends lines, facts or offers."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from google.type.money_pb2 import Money
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.api.convert import decision_context
from sconto.domain.record import Provenance, stored
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.loader import load_folder
from sconto.v1.decision_pb2 import Basket, BasketLine, Consent, Fact, Shopper
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders
from support.worlds import World

RETAIL: Final = Path(__file__).parents[2] / "rules" / "retail"
MADE: Final = Provenance("d1", "r1", 1, {}, {})
CATEGORIES: Final = ("CHEESE", "SOFT DRINKS", "BEERS/ALES", "FRUIT")


@cache
def _retail() -> Ruleset:
    return load_folder(RETAIL)


def _line(random: Random, number: int) -> BasketLine:
    units = random.choice((15, 15, random.randint(5, 40)))
    return BasketLine(
        line_id=f"{random.randint(0, 99)}-{number}",
        product_id=f"p{random.randint(0, 3)}",
        category=random.choice(CATEGORIES),
        department="GROCERY",
        brand="National",
        quantity=random.randint(1, 3),
        list_price=Money(currency_code="USD", units=units),
        unit_cost=Money(currency_code="USD", units=units // 2),
    )


def _request(random: Random) -> DecideRequest:
    facts = {"baskets_56d": 9, "days_since_last_basket": 3, "tenure_days": 99}
    return DecideRequest(
        request_id=str(uuid.UUID(int=random.getrandbits(128), version=4)),
        shopper=Shopper(
            shopper_id="s1",
            attributes=[Fact(name=f"shopper.{n}", integer=value) for n, value in facts.items()],
            consents=[Consent(name="personalised_offers", given=True)],
        ),
        channel="store",
        jurisdiction=random.choice(("US-TN", "US-WI")),
        currency_code="USD",
        basket=Basket(lines=[_line(random, i) for i in range(random.randint(3, 6))]),
        offer_ids=["basket", "cheese", "soft-drinks"],
    )


def _shuffled(request: DecideRequest, random: Random) -> DecideRequest:
    other = DecideRequest()
    other.CopyFrom(request)
    for mine, theirs in (
        (other.basket.lines, request.basket.lines),
        (other.shopper.attributes, request.shopper.attributes),
        (other.offer_ids, request.offer_ids),
    ):
        del mine[:]
        mine.extend(random.sample(list(theirs), len(theirs)))
    return other


def _record(request: DecideRequest) -> bytes:
    context = decision_context(request, _retail(), b"k" * 32, builders.AS_OF_US)
    world = World(_retail(), context, {}, ((900_000, 500_000), (950_000, 500_000)))
    return stored(world.decide(), MADE)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1))
def test_a_request_in_another_order_gets_the_same_record(seed: int) -> None:
    """Down to whose line gets the cent that is left over."""
    random = Random(seed)
    request = _request(random)

    assert _record(request) == _record(_shuffled(request, random))
