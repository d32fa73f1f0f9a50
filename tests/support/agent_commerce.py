"""A shop with every kind of offer and code, random baskets, and the schemas of the standards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from sconto.domain.condition import Comparison, Op
from sconto.domain.lane import Lane
from sconto.domain.offer import Off, OfferKind
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Disclosure, Ruleset
from sconto.domain.validity import Validity
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders, offers
from support.served import ROOT
from unit.api.requests import line, request, usd

SCHEMAS = ROOT.parent / "shared" / "data" / "agent_commerce"
UCP_DISCOUNTS = {"$ref": "https://ucp.dev/schemas/shopping/discount.json#/$defs/discounts_object"}
UCP_MESSAGE = {"$ref": "https://ucp.dev/schemas/common/types/message.json"}
ACP_DISCOUNTS = {
    "$ref": "https://agentic-commerce-protocol.com/schemas/discount.json#/$defs/discounts_response"
}
_ACP_CHECKOUT = "https://example.com/schemas/agentic-checkout/bundle.schema.json#/$defs"
ACP_MESSAGE = {
    "anyOf": [{"$ref": f"{_ACP_CHECKOUT}/Message{kind}"} for kind in ("Warning", "Info")]
}

CATEGORIES = ("CHEESE", "WINE", "BREAD", "SHIPPING")
CODES = ("ALL", "wine 5", "B0UND", "0LD", "S00N", "freight", "ALSO-ALL", "nothing")
"""As shoppers type them; the last is nobody's."""


def shop() -> Ruleset:
    """A ruleset in which codes end in every way."""
    lanes = (Lane("main"), Lane("basket", after_earlier=True), Lane("shipping"))
    of, kind = offers.of, OfferKind
    given = (
        builders.offer("cheese", 500, 1250, scope=of("CHEESE")),
        builders.offer("everything", 1000),
        builders.offer("wine-five", 500, kind=kind.AMOUNT, scope=of("WINE"), minimum_spend=2000),
        replace(offers.buy_get(2, 1, scope=of("BREAD")), id="bread", name="Bread"),
        replace(
            offers.tiers({3000: Off(amount=300), 6000: Off(bp=1500)}),
            id="tiers",
            name="Ladder",
            lane="basket",
        ),
        replace(offers.free_shipping(), id="freight", name="Freight", lane="shipping"),
    )
    past, future = Validity(date(2020, 1, 1), date(2021, 1, 1)), Validity(date(2029, 1, 1), None)
    use, campaign = BudgetMeasure.USE, BudgetHolder.CAMPAIGN
    sets = (
        builders.code_set("all", "everything", text="A11"),
        builders.code_set("also-all", "everything", text="A1S0A11"),
        builders.code_set("bound", "tiers", text="B0UND"),
        builders.code_set("old", "everything", text="01D", validity=past),
        builders.code_set("freight", "freight", text="FRE1GHT"),
        builders.code_set("soon", "everything", text="S00N", validity=future),
        builders.code_set("wine", "wine-five", text="W1NE5", limits=["thrice"]),
    )
    told = Disclosure("why", "It was chosen by a model.", frozenset(), builders.ALWAYS)
    thrice = builders.budget("thrice", 3, measure=use, holder=campaign)
    none_yet = Comparison("shopper.baskets", Op.EQ, 0)
    new = builders.eligibility("new", none_yet, offer_ids=["freight"])
    return builders.ruleset(
        *given,
        lanes=lanes,
        code_sets=sets,
        budgets=[thrice],
        disclosures=(told,),
        eligibility=[new],
    )


def basket_request(random: Random) -> DecideRequest:
    """What the shop asks for a random basket and some codes."""
    lines = [
        line(
            f"line-{number}",
            category=random.choice(CATEGORIES),
            quantity=random.randint(1, 4),
            list_price=usd(random.randint(0, 20), random.randint(0, 99) * 10_000_000),
        )
        for number in range(random.randint(1, 6))
    ]
    random.shuffle(lines)
    baskets = {"name": "shopper.baskets", "integer": random.randint(0, 2)}
    return request(
        *lines,
        request_id=str(UUID(int=random.getrandbits(128))),
        codes=random.sample(CODES, random.randint(0, len(CODES))),
        shopper={"shopper_id": f"shopper-{random.randint(1, 40)}", "attributes": [baskets]},
    )


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    """What *schema* has against *value*; the test is skipped where the schemas are not there."""
    return [error.message for error in _validator(json.dumps(schema)).iter_errors(value)]


@cache
def _validator(schema: str) -> Draft202012Validator:
    if not SCHEMAS.exists():
        pytest.skip(f"the schemas of the standards are not at {SCHEMAS}")
    registry: Registry[Any] = Registry().with_resources(_resources())
    return Draft202012Validator(json.loads(schema), registry=registry)


def _resources() -> Iterator[tuple[str, Resource[Any]]]:
    for path in sorted(SCHEMAS.rglob("*.json")):
        document = _read(path)
        if isinstance(document, dict) and "$id" in document:
            yield document["$id"], Resource.from_contents(document)


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
