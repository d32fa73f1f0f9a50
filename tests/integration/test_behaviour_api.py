"""A shop tells what its shoppers did: a real channel to a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from sconto.app.expiry import expire_for_ever
from sconto.app.ports import EventsWrite
from sconto.app.user_ref import user_ref
from sconto.domain.behaviour import GIVEN, LONGEST_WINDOW_US, BehaviourEvent
from sconto.errors import StoreUnavailable
from sconto.serving.server_process import in_background
from sconto.store.memory import MemoryStore
from sconto.v1.behaviour_service_pb2 import RecordEventsRequest
from support import builders
from unit.api.door import KEY, SECONDS, Failure, door, failure_of
from unit.api.requests import request as decide_request

RULES = replace(builders.ruleset(), events={"basket_abandoned": False, "purchase": True})
NOW_US = builders.AS_OF_US
FOREVER_US = 1 << 62


class WatchedStore(MemoryStore):
    """A store that tells when it has forgotten something."""

    def __init__(self) -> None:
        super().__init__()
        self.forgot = asyncio.Event()

    async def forget_events(self, before_us: int, limit: int) -> int:
        """See Store."""
        gone = await super().forget_events(before_us, limit)
        if gone:
            self.forgot.set()
        return gone


class FullStore(MemoryStore):
    """A store that can't keep events."""

    async def commit_events(self, write: EventsWrite) -> int:
        """See Store."""
        raise StoreUnavailable("the disk is full")


def event(event_id: str = "e1", *, after_s: int = -60, **changes: Any) -> dict[str, Any]:
    """An abandoned basket of anna's, *after_s* seconds from now."""
    seconds = NOW_US // 1_000_000 + after_s
    return {
        "event_id": event_id,
        "shopper_id": "anna",
        "kind": "basket_abandoned",
        "event_time": {"seconds": seconds},
        **changes,
    }


def purchase(event_id: str = "p1", **changes: Any) -> dict[str, Any]:
    """A purchase of anna's for 12.50."""
    usd = {"currency_code": "USD", "units": 12, "nanos": 500_000_000}
    return event(event_id, kind="purchase", amount=usd) | changes


def request(*sent: dict[str, Any]) -> RecordEventsRequest:
    """*sent* events in one call."""
    message = RecordEventsRequest()
    for body in sent:
        added = message.events.add()
        stamp = body.get("event_time")
        plain = {k: v for k, v in body.items() if k != "event_time" and v is not None}
        json_format.ParseDict(plain, added)
        if stamp:
            added.event_time.seconds = stamp["seconds"]
    return message


def kept(store: MemoryStore, shopper: str = "anna") -> list[BehaviourEvent]:
    """What the store holds of *shopper*."""
    return [*store.behaviour(user_ref(KEY, shopper), 0, FOREVER_US).events]


async def refused(store: MemoryStore, *sent: dict[str, Any]) -> Failure:
    """What the caller is told of a call that must fail."""
    async with door(RULES, store) as d:
        return await failure_of(d.behaviour.RecordEvents(request(*sent), timeout=SECONDS))


async def test_events_are_kept_and_counted_once() -> None:
    """The reply says how many were new; sent again none is, and another shopper's is another."""
    store = MemoryStore()
    async with door(RULES, store) as d:
        first = await d.behaviour.RecordEvents(request(event(), purchase()), timeout=SECONDS)
        again = await d.behaviour.RecordEvents(request(event(), purchase("p2")), timeout=SECONDS)
        other = event(shopper_id="bob")
        others = await d.behaviour.RecordEvents(request(other), timeout=SECONDS)

    assert [first.new_events, again.new_events, others.new_events] == [2, 1, 1]
    at_us = NOW_US - 60_000_000
    bought = BehaviourEvent("purchase", at_us, 1_250)
    assert kept(store) == [BehaviourEvent("basket_abandoned", at_us), bought, bought]
    assert len(kept(store, "bob")) == 1


async def test_an_event_belongs_to_the_shopper_of_decide() -> None:
    """What Decide gave and what the shop sent are in one history, by the same shopper id."""
    store = MemoryStore()
    shopper = decide_request().shopper.shopper_id
    async with door(RULES, store) as d:
        await d.behaviour.RecordEvents(request(event(shopper_id=shopper)), timeout=SECONDS)
        await d.decisions.Decide(decide_request(), timeout=SECONDS)

    assert [e.kind for e in kept(store, shopper)] == ["basket_abandoned", GIVEN]


WRONG = {
    "no-event-id": (event(""), "event_id"),
    "long-event-id": (event("e" * 65), "event_id"),
    "control-character": (event("a\0b"), "event_id"),
    "no-shopper": (event(shopper_id=""), "shopper_id"),
    "unknown-kind": (event(kind="basket_abandonned"), "kind"),
    "own-kind-given": (event(kind="discount_given"), "kind"),
    "own-kind-redeemed": (event(kind="discount_redeemed"), "kind"),
    "no-time": (event(event_time=None), "event_time"),
    "before-1970": (event(event_time={"seconds": -1}), "event_time"),
    "in-the-future": (event(after_s=301), "event_time"),
    "amount-missing": (purchase(amount=None), "amount"),
    "amount-unexpected": (event(amount={"currency_code": "USD", "units": 1}), "amount"),
    "negative-amount": (purchase(amount={"currency_code": "USD", "units": -1}), "amount"),
    "other-currency": (
        purchase(amount={"currency_code": "EUR", "units": 1}),
        "amount.currency_code",
    ),
    "half-cents": (
        purchase(amount={"currency_code": "USD", "nanos": 5_000_000}),
        "amount.nanos",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_one_wrong_event_refuses_the_call(wrong: str) -> None:
    """The field at fault is named, and what stood beside it is not kept either."""
    store = MemoryStore()
    sent, field = WRONG[wrong]
    said = await refused(store, event("good"), sent)

    assert (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST") == (said.code, said.info.reason)
    assert said.fields == [f"events[1].{field}"]
    assert kept(store) == []


async def test_everything_wrong_is_said_at_once() -> None:
    """One reply names every field at fault, with advice for words that are nearly right."""
    said = await refused(MemoryStore(), event(kind="purchas"), purchase(amount=None))

    assert said.fields == ["events[0].kind", "events[1].amount"]
    advice = "did you mean `purchase`? known: `basket_abandoned`, `purchase`"
    assert [v.description for v in said.bad.field_violations] == [
        f"`purchas` is not a kind of event of this shop; {advice}",
        "`purchase` needs one",
    ]


async def test_clocks_may_differ_by_five_minutes() -> None:
    """An event five minutes ahead is kept; the decision's instant has to reach it to count it."""
    store = MemoryStore()
    async with door(RULES, store) as d:
        reply = await d.behaviour.RecordEvents(request(event(after_s=300)), timeout=SECONDS)

    assert reply.new_events == 1
    assert store.behaviour(user_ref(KEY, "anna"), 0, NOW_US).events == ()


@pytest.mark.parametrize("count", [0, 101])
async def test_a_call_has_1_to_100_events(count: int) -> None:
    """A call without events, or with more than can be looked at, is refused by its length."""
    said = await refused(MemoryStore(), *(event(f"e{n}") for n in range(count)))

    assert said.fields == ["events"]
    async with door(RULES) as d:
        full = request(*(event(f"e{n}") for n in range(100)))
        assert (await d.behaviour.RecordEvents(full, timeout=SECONDS)).new_events == 100


async def test_what_can_not_be_kept_is_said_to_be_unavailable() -> None:
    """The caller may send the call again."""
    said = await refused(FullStore(), event())

    assert said.code is grpc.StatusCode.UNAVAILABLE
    assert said.info.reason == "STORE_UNAVAILABLE"


async def test_a_server_forgets_what_no_signal_can_count() -> None:
    """An event from before the longest window goes without anybody asking."""
    store = WatchedStore()
    async with door(RULES, store) as d:
        old = event("old", after_s=-LONGEST_WINDOW_US // 1_000_000 - 1)
        await d.behaviour.RecordEvents(request(old, event("new")), timeout=SECONDS)
        async with in_background((expire_for_ever(store, d.clock),)):
            await asyncio.wait_for(store.forgot.wait(), SECONDS)

    assert [e.at_us for e in kept(store)] == [NOW_US - 60_000_000]
