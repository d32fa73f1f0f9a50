"""A generated world, declared and asked in another order, gets the same bytes as its answer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final, TypeVar

from google.protobuf import json_format
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.api.convert import decision_context
from sconto.domain.context import FactValue, Line
from sconto.domain.money import format_minor
from sconto.domain.record import Provenance, stored
from sconto.domain.ruleset import Ruleset
from sconto.v1.decision_service_pb2 import DecideRequest
from support import builders
from support.worlds import World, worlds

V = TypeVar("V")
MADE: Final = Provenance("d1", "r1", 1, {}, {})
DECIMALS: Final = {"line.volume_ml": 1, "line.tax_percent": 1}


def _mixed(random: Random, values: Sequence[V]) -> list[V]:
    return random.sample(list(values), len(values))


def _mapping(random: Random, entries: Mapping[str, V]) -> dict[str, V]:
    return dict(_mixed(random, list(entries.items())))


def _declared_otherwise(world: World, random: Random) -> World:
    """*world* with its documents in another order; the order of lanes means something."""
    rules = world.ruleset
    ruleset = builders.ruleset(
        *_mixed(random, rules.offers),
        eligibility=_mixed(random, rules.eligibility),
        guardrails=_mixed(random, rules.guardrails),
        budgets=_mixed(random, list(rules.budgets.values())),
        segment_levels=tuple(tuple(_mixed(random, level)) for level in rules.segment_levels),
        lanes=rules.lanes,
        experiment=rules.experiment,
        objective=rules.objective,
    )
    conditions = _mapping(random, ruleset.line_conditions)
    return replace(
        world,
        ruleset=replace(ruleset, line_conditions=conditions, facts=_mapping(random, rules.facts)),
        view=_mapping(random, world.view),
    )


def _money(minor: int) -> dict[str, Any]:
    units, _, cents = format_minor(minor, "USD").removesuffix(" USD").partition(".")
    return {"currency_code": "USD", "units": int(units), "nanos": int(cents) * 10_000_000}


def _fact(name: str, value: FactValue) -> dict[str, Any]:
    if name in DECIMALS:
        return {"name": name, "decimal": f"{int(value) // 10}.{int(value) % 10}"}
    if name == "line.deposit":
        return {"name": name, "money": _money(int(value))}
    return {"name": name, "text" if isinstance(value, str) else "integer": value}


def _line(line: Line, random: Random) -> dict[str, Any]:
    some: dict[str, Any] = {}
    if line.unit_cost is not None:
        some["unit_cost"] = _money(line.unit_cost)
    if line.measured is not None:
        amount, unit = line.measured.amount, f"UNIT_{line.measured.unit.name}"
        some["measured_quantity"] = {"amount": amount, "unit": unit}
    return {
        "line_id": line.line_id, "product_id": line.product_id, "category": line.category,
        "department": line.department, "brand": line.brand, "quantity": line.quantity,
        "list_price": _money(line.list_price), **some,
        "facts": [_fact(*fact) for fact in _mixed(random, list(line.facts.items()))],
    }  # fmt: skip


def _asked(world: World, random: Random) -> World:
    """*world* with the context that its request is read as, sent in an order of its own."""
    c = world.context
    body = {
        "request_id": str(uuid.UUID(int=1, version=4)),
        "shopper": {
            "shopper_id": c.user_ref,
            "attributes": [_fact(*fact) for fact in _mixed(random, list(c.shopper.items()))],
            "consents": [
                {"name": name, "given": given_now}
                for name, given_now in _mixed(random, list(c.consents.items()))
            ],
        },
        "channel": c.channel,
        "jurisdiction": c.jurisdiction,
        "currency_code": "USD",
        "basket": {"lines": [_line(line, random) for line in _mixed(random, c.lines)]},
        "offer_ids": _mixed(random, [o.id for o in world.ruleset.offers]),
    }
    request = json_format.ParseDict(body, DecideRequest())
    read = decision_context(request, world.ruleset, b"k" * 32, builders.AS_OF_US)
    return replace(world, context=read)


def _record(world: World) -> bytes:
    return stored(world.decide(), MADE)


@settings(deadline=None, max_examples=400)
@given(world=worlds, seed=st.integers(0, 2**32 - 1))
def test_nothing_depends_on_the_order_of_documents(world: World, seed: int) -> None:
    """Offers, rules, budgets, segments and facts in any order, with lanes, caps and chance."""
    record = _record(world)

    assert record == _record(_declared_otherwise(world, Random(seed)))


@settings(deadline=None, max_examples=400)
@given(world=worlds, seed=st.integers(0, 2**32 - 1))
def test_nothing_depends_on_the_order_of_a_request(world: World, seed: int) -> None:
    """Lines, their facts, the shopper's facts, consents and offer ids in any order."""
    random = Random(seed)
    asked = _asked(world, random)
    event(f"{len(asked.decide().stack.candidates)} given")

    assert _record(asked) == _record(_asked(world, random))
    assert asked.context.lines == world.context.lines


def test_the_ruleset_of_a_world_is_well_formed() -> None:
    """The request of a plain world is accepted: the words of both sides are the same."""
    ruleset: Ruleset = builders.ruleset()
    world = World(ruleset, builders.context(), {}, None)

    assert world.context.lines == _asked(world, Random(1)).context.lines
