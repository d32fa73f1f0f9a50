"""Prior prices at the door: recorded, worked out, and not believed."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from google.protobuf import json_format

from sconto.app.audit import find_decision
from sconto.domain.formula import Constant, FactRef, Operation
from sconto.domain.prior_price import LOWEST_PRICE
from sconto.domain.replay import replay
from sconto.domain.ruleset import FactSpec, FactType, GuardrailKind, Ruleset
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import price_service_pb2 as wire
from support import builders, judges
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.requests import line, request, usd

DAY_US = 24 * 3_600 * 1_000_000


def _rules(*, history: bool = True) -> Ruleset:
    """10 % off, which must end at or below 90 % of the lowest price of 30 days."""
    share = Operation("-", Constant(Decimal(1)), FactRef("candidate.depth_share"))
    ceiling = Operation("*", FactRef(LOWEST_PRICE), share)
    limit = builders.guardrail("prior", GuardrailKind.PRICE_CEILING, formula=ceiling)
    rules = builders.ruleset(builders.offer("cheese", 1000), guardrails=[limit])
    fact = FactSpec(LOWEST_PRICE, FactType.MONEY)
    return replace(rules, price_history=history, facts={**rules.facts, LOWEST_PRICE: fact})


def _price(days_ago: float, units: int, cents: int = 0, **changes: Any) -> dict[str, Any]:
    """A list price of cheese, from some days before now on."""
    at_us = int(builders.AS_OF_US - days_ago * DAY_US)
    seconds, rest = divmod(at_us, 1_000_000)
    at = {"seconds": seconds, "nanos": rest * 1_000}
    return {
        "product_id": "p-l1", "list_price": usd(units, cents * 10_000_000), "effective_time": at,
        **changes,
    }  # fmt: skip


async def recorded(d: Door, *prices: dict[str, Any]) -> int:
    """How many of *prices* were new."""
    message = wire.RecordPricesRequest()
    for one in prices:
        sent = message.prices.add()
        at = one["effective_time"]
        rest = {k: v for k, v in one.items() if k != "effective_time"}
        json_format.ParseDict(rest, sent)
        sent.effective_time.seconds, sent.effective_time.nanos = at["seconds"], at["nanos"]
    reply = await d.prices.RecordPrices(message, timeout=SECONDS)
    return int(reply.new_prices)


async def reason(d: Door, request_number: int = 1, **facts: Any) -> str:
    """Why a basket of cheese gets its discount, or none."""
    sent = [{"name": LOWEST_PRICE, "money": money} for money in facts.values()]
    name = f"0d5f8ae2-3c53-4a0c-9c1f-{request_number:012d}"
    asked = request(line(facts=sent), request_id=name)
    reply = await d.decisions.Decide(asked, timeout=SECONDS)
    return pb.ReasonCode.Name(reply.decision.reason).removeprefix("REASON_CODE_")


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([_price(60, 10)], "CHOSEN"),
        ([_price(60, 10), _price(20, 9, 50), _price(10, 10)], "ABOVE_PRICE_CEILING"),
        ([_price(60, 9, 50), _price(31, 10)], "CHOSEN"),
        ([_price(60, 9, 50), _price(29, 10)], "ABOVE_PRICE_CEILING"),
        ([_price(3, 10)], "CHOSEN"),
        ([], "FACT_MISSING"),
        ([_price(60, 10, product_id="p-other")], "FACT_MISSING"),
        ([_price(60, 10), _price(20, 9, jurisdiction="US-TN")], "CHOSEN"),
        ([_price(60, 10), _price(20, 9, channel="app")], "CHOSEN"),
        ([_price(60, 10), _price(20, 9, channel="store")], "ABOVE_PRICE_CEILING"),
    ],
)
async def test_a_reduction_is_measured_by_what_was_recorded(
    prices: list[dict[str, Any]], expected: str
) -> None:
    """Whatever the checkout says that the lowest price was."""
    async with door(_rules()) as d:
        if prices:
            assert len(prices) == await recorded(d, *prices)
            assert 0 == await recorded(d, *prices)
        assert expected == await reason(d, 1)
        assert expected == await reason(d, 2, told=usd(99))


async def test_without_a_record_the_checkout_is_believed() -> None:
    """A shop that keeps none sends the price itself."""
    async with door(_rules(history=False)) as d:
        await recorded(d, _price(60, 1))
        assert "CHOSEN" == await reason(d, 1, told=usd(10))
        assert "FACT_MISSING" == await reason(d, 2)


async def test_a_decision_on_recorded_prices_replays() -> None:
    """The record has the price that was worked out, whatever is recorded afterwards."""
    store, rules = MemoryStore(), _rules()
    async with door(rules, store=store) as d:
        await recorded(d, _price(60, 10))
        reply = await d.decisions.Decide(request(), timeout=SECONDS)
        await recorded(d, _price(20, 1))
    found = find_decision(store, reply.decision.decision_id)

    assert {LOWEST_PRICE: 1000} == found.record["context"]["lines"][0]["facts"]
    assert found.raw == replay(found.record, rules, judges.reference(rules))


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"jurisdiction": "XX"}, "prices[1].jurisdiction", "is not a jurisdiction of this shop"),
        ({"channel": "moon"}, "prices[1].channel", "is not a channel of this shop"),
        ({"product_id": ""}, "prices[1].product_id", "at least 1 character$"),
        ({"list_price": usd(-1)}, "prices[1].list_price", "must not be negative"),
        ({"list_price": {"currency_code": "EUR"}}, "prices[1].list_price.currency_code", "USD"),
        ({"list_price": usd(11)}, "prices[1].list_price", "10.00 USD is recorded"),
    ],
)
async def test_a_wrong_price_is_named_and_none_is_kept(
    changes: dict[str, Any], field: str, why: str
) -> None:
    """By its place in the list; the good ones beside it wait for the next call."""
    async with door(_rules()) as d:
        await recorded(d, _price(60, 10))
        failure = await failure_of(recorded(d, _price(9, 10), {**_price(60, 10), **changes}))
        assert 1 == await recorded(d, _price(9, 10))

    (violation,) = failure.bad.field_violations
    assert field == violation.field
    assert re.search(why, violation.description)


async def test_a_price_of_the_future_is_refused() -> None:
    """Clocks may differ by five minutes."""
    async with door(_rules()) as d:
        assert 1 == await recorded(d, _price(-4 / (24 * 60), 10))
        failure = await failure_of(recorded(d, _price(-6 / (24 * 60), 10)))

    assert ["prices[0].effective_time"] == [v.field for v in failure.bad.field_violations]
