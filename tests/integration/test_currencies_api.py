"""A shop whose prices are in euros sells in pounds and yen: a real channel to a real server."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

from sconto.app.audit import find_decision, replays
from sconto.bootstrap import compile_documents
from sconto.domain.behaviour import GIVEN
from sconto.domain.prior_price import LOWEST_PRICE
from sconto.domain.ruleset import Ruleset
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.behaviour_service_pb2 import RecordEventsRequest
from sconto.v1.price_service_pb2 import RecordPricesRequest
from support import builders, currencies
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.requests import bring_back, redeem, release, request

NOW_S = builders.AS_OF_US // 1_000_000
DAY_S = 24 * 3_600
RATES = {"GBP": {"rate": "0.8613", "step": "0.05"}, "JPY": {"rate": "162.5"}}
TEN_OFF = currencies.offer("ten-off", amount_off=["10.00"], budgets=["all"])
BUDGET = {
    "kind": "budget", "id": "all", "name": "All", **currencies.RULED,
    "limit": "25.00", "held_by": "campaign", "period": "total",
}  # fmt: skip
LEDGER = "all/all/total"
SPEND = {
    "kind": "signal", "id": "spend", **currencies.RULED,
    "events": ["purchase", GIVEN], "measure": "sum", "window": "30 days",
}  # fmt: skip
BIG_SPENDERS = {
    "kind": "eligibility", "id": "big-spenders", **currencies.RULED, "sentence": "For few.",
    "require": {"fact": "signal.spend", "at_least": "50.00"},
}  # fmt: skip
FACTS = {"events": {"purchase": {"description": "Paid.", "amount": True}}}


def rules(*more: dict[str, Any], **keys: Any) -> Ruleset:
    """Ten euros off, from a budget of twenty-five."""
    return currencies.compiled(currencies.documents("EUR", RATES, TEN_OFF, BUDGET, *more, **keys))


def money(currency: str, units: int, cents: int = 0) -> dict[str, Any]:
    """An amount."""
    return {"currency_code": currency, "units": units, "nanos": cents * 10_000_000}


def basket(currency: str = "GBP", number: int = 1, **changes: Any) -> wire.DecideRequest:
    """A request for two pieces of cheese at 20 each, or at 2,000 yen."""
    units = 2000 if currency == "JPY" else 20
    line = {
        "line_id": "l1", "product_id": "p-l1", "category": "CHEESE", "quantity": 2,
        "list_price": money(currency, units), "unit_cost": money(currency, 6),
    }  # fmt: skip
    request_id = f"0d5f8ae2-3c53-4a0c-9c1f-{number:012d}"
    return request(line, request_id=request_id, currency_code=currency, **changes)


async def given(d: Door, asked: wire.DecideRequest) -> pb.Decision:
    """The decision on *asked*."""
    reply = await d.decisions.Decide(asked, timeout=SECONDS)
    decision: pb.Decision = reply.decision
    return decision


async def test_what_is_shown_as_saved_is_what_is_taken_off() -> None:
    """10.00 EUR are 8.613 GBP by the declared rate, and 8.60 by the declared steps."""
    store = MemoryStore()
    async with door(rules(), store) as d:
        decision = await given(d, basket())
        (discount,) = decision.discounts
        assert "8.60 GBP" == _text(discount.total) == _text(discount.amount)
        assert ["8.60 GBP"] == [_text(li.discount) for li in discount.lines]
        assert ["31.40 GBP"] == [_text(p.final_price) for p in decision.line_prices]
        # 8.60 GBP are 9.9849 EUR, and a budget is never overspent.
        assert {LEDGER: 999} == store.usage([LEDGER])
        found = find_decision(store, decision.decision_id)
    assert "0.00 EUR of 25.00 EUR in use before; 9.99 EUR more" in " ".join(found.explanation)


async def test_decisions_in_every_currency_replay_to_the_same_bytes() -> None:
    """From the documents that their digest names, with the rates of their day."""
    store, ruleset = MemoryStore(), rules()
    await store.keep_ruleset(ruleset.digest, ruleset.documents)
    async with door(ruleset, store) as d:
        for number, currency in enumerate(("EUR", "GBP", "JPY"), 1):
            decision = await given(d, basket(currency, number))
            found = find_decision(store, decision.decision_id)
            assert replays(store, found, compile_documents)
            assert ("shop_currency" in found.record) == (currency != "EUR")


async def test_one_budget_bounds_the_discounts_of_all_currencies() -> None:
    """In the shop's currency: 25.00 EUR are two discounts of 10, whatever is paid in."""
    store = MemoryStore()
    async with door(rules(), store) as d:
        reasons = [
            (await given(d, basket(currency, number))).reason
            for number, currency in enumerate(("JPY", "GBP", "EUR", "GBP"), 1)
        ]
        chosen, spent = pb.REASON_CODE_CHOSEN, pb.REASON_CODE_BUDGET_SPENT
        assert [chosen, chosen, spent, spent] == reasons
        assert {LEDGER: 1000 + 999} == store.usage([LEDGER])


async def test_an_unknown_currency_is_refused_with_those_that_are_known() -> None:
    """Whether it is one decision or many."""
    async with door(rules()) as d:
        failed = await failure_of(d.decisions.Decide(basket("CHF"), timeout=SECONDS))
        assert ["currency_code"] == failed.fields
        assert "known: `EUR`, `GBP`, `JPY`" in failed.bad.field_violations[0].description
        failed = await failure_of(d.decisions.BatchDecide(_many("CHF"), timeout=SECONDS))
        assert "currency_code" in failed.fields


async def test_many_baskets_are_decided_in_their_currency() -> None:
    """And requests of one stream each in its own."""
    async with door(rules()) as d:
        reply = await d.decisions.BatchDecide(_many("GBP"), timeout=SECONDS)
        assert ["8.60 GBP", "8.60 GBP"] == [_text(x.discounts[0].total) for x in reply.decisions]

        async def sent() -> Any:
            for number, currency in enumerate(("EUR", "GBP"), 1):
                yield wire.DecideStreamRequest(request=basket(currency, number))

        answers = [a async for a in d.decisions.DecideStream(sent(), timeout=SECONDS)]
        shown = {_text(a.response.decision.discounts[0].total) for a in answers}
        assert {"10.00 EUR", "8.60 GBP"} == shown


async def test_returns_give_a_budget_back_exactly_what_was_drawn() -> None:
    """Piece by piece, and the shopper the pounds that were paid."""
    store, ruleset = MemoryStore(), rules()
    await store.keep_ruleset(ruleset.digest, ruleset.documents)
    async with door(ruleset, store) as d:
        decision = await given(d, basket())
        await d.decisions.Redeem(redeem(decision.decision_id), timeout=SECONDS)
        number = "0d5f8ae2-3c53-4a0c-9c1f-00000000001"
        first = await d.decisions.Return(
            bring_back(decision.decision_id, f"{number}1"), timeout=SECONDS
        )
        assert "15.70 GBP" == _text(first.refund)
        # 4.30 GBP are left off, 4.9925 EUR.
        assert {LEDGER: 500} == store.usage([LEDGER])
        await d.decisions.Return(bring_back(decision.decision_id, f"{number}2"), timeout=SECONDS)
        assert {} == {k: v for k, v in store.usage([LEDGER]).items() if v}
        assert replays(store, find_decision(store, decision.decision_id), compile_documents)


async def test_a_replaced_decision_may_be_in_another_currency() -> None:
    """What it held is handed back in the shop's currency."""
    store = MemoryStore()
    async with door(rules(), store) as d:
        first = await given(d, basket())
        second = await given(d, basket("EUR", 2, replaces=first.decision_id))
        assert {LEDGER: 1000} == store.usage([LEDGER])
        await d.decisions.Release(release(second.decision_id), timeout=SECONDS)
        assert not any(store.usage([LEDGER]).values())


async def test_what_a_shopper_spent_counts_in_any_currency() -> None:
    """Events are kept in euros; a sum is read in the currency of the decision."""
    store = MemoryStore()
    async with door(rules(SPEND, BIG_SPENDERS, facts=FACTS), store) as d:
        assert pb.REASON_CODE_NOT_ELIGIBLE == (await given(d, basket("GBP", 1))).reason
        await d.behaviour.RecordEvents(_spent("e1", money("GBP", 42)), timeout=SECONDS)
        assert pb.REASON_CODE_NOT_ELIGIBLE == (await given(d, basket("GBP", 2))).reason
        await d.behaviour.RecordEvents(_spent("e2", money("JPY", 200)), timeout=SECONDS)
        for number, currency in enumerate(("GBP", "EUR"), 3):
            decision = await given(d, basket(currency, number))
            assert pb.REASON_CODE_CHOSEN == decision.reason
        user_ref = find_decision(store, decision.decision_id).record["context"]["user_ref"]
        amounts = [e.amount for e in store.behaviour(user_ref, 0, 1 << 60).events]
        # 42.00 / 0.8613 and 200 / 162.5, half up; then what was given, up.
        assert [4876, 123, 999, 1000] == amounts

        refused = await failure_of(
            d.behaviour.RecordEvents(_spent("e3", money("CHF", 5)), timeout=SECONDS)
        )
        assert ["events[0].amount.currency_code"] == refused.fields


async def test_a_prior_price_is_one_that_was_asked_in_the_same_currency() -> None:
    """A converted price was never asked, so it is no price to measure a reduction by."""
    fact = {LOWEST_PRICE: {"type": "money", "description": "Lowest price of 30 days."}}
    ceiling = {
        "kind": "guardrail", "id": "prior", "name": "Prior", **currencies.RULED,
        "price_ceiling": {"formula": f"{LOWEST_PRICE} * 0.9"},
    }  # fmt: skip
    ruleset = rules(ceiling, facts={"facts": fact}, price_history=True)
    store = MemoryStore()
    async with door(ruleset, store) as d:
        await _priced(d, money("EUR", 20))
        unknown = await given(d, basket("GBP", 1))
        assert pb.REASON_CODE_FACT_MISSING == unknown.reason
        await _priced(d, money("GBP", 18))
        chosen = await given(d, basket("GBP", 2))
        assert pb.REASON_CODE_CHOSEN == chosen.reason
        line = find_decision(store, chosen.decision_id).record["context"]["lines"][0]
        assert {LOWEST_PRICE: 1800} == line["facts"]


def _many(currency: str) -> wire.BatchDecideRequest:
    one = basket(currency)
    return wire.BatchDecideRequest(
        shopper=one.shopper,
        channel=one.channel,
        jurisdiction=one.jurisdiction,
        currency_code=currency,
        baskets=[one.basket, one.basket],
    )


def _spent(event_id: str, amount: dict[str, Any]) -> RecordEventsRequest:
    event = {"event_id": event_id, "shopper_id": "anna", "kind": "purchase", "amount": amount}
    message = json_format.ParseDict({"events": [event]}, RecordEventsRequest())
    message.events[0].event_time.seconds = NOW_S - 60
    return message


async def _priced(d: Door, amount: dict[str, Any]) -> None:
    price = {"product_id": "p-l1", "list_price": amount}
    message = json_format.ParseDict({"prices": [price]}, RecordPricesRequest())
    message.prices[0].effective_time.seconds = NOW_S - 60 * DAY_S
    reply = await d.prices.RecordPrices(message, timeout=SECONDS)
    assert 1 == reply.new_prices


def _text(amount: Any) -> str:
    digits = 0 if amount.currency_code == "JPY" else 2
    return f"{amount.units + amount.nanos / 1_000_000_000:.{digits}f} {amount.currency_code}"
