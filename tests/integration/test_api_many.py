"""Many decisions at once: a page of dry runs, and a stream of real ones."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf import json_format
from google.rpc.error_details_pb2 import ErrorInfo

from integration.test_api import OTHER_ID
from integration.test_http import SlowStore
from sconto.api.batch_decide import MAX_BASKETS, MAX_LINES
from sconto.api.decide_stream import AT_ONCE
from sconto.app.log_query import LogQuery
from sconto.app.ports import Behaviour
from sconto.domain.behaviour import GIVEN, Measure, Signal
from sconto.domain.budget import BudgetView
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from unit.api.door import AT_ONCE as SOON
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.requests import REQUEST_ID, line, request, usd

BASKETS = [
    [line("a")],
    [line("a", quantity=3), line("b", list_price=usd(1, 990_000_000))],
    [line("z", category="BEEF")],
    [line("a", unit_cost=usd(11))],
    [line("a", measured_quantity={"amount": "0.482", "unit": "UNIT_KILOGRAM"})],
]


def batch(baskets: Sequence[Sequence[dict[str, Any]]], **changes: Any) -> wire.BatchDecideRequest:
    """A request for the prices of *baskets*."""
    one = json_format.MessageToDict(request(), preserving_proto_field_name=True)
    del one["request_id"], one["basket"]
    body = {**one, "baskets": [{"lines": list(lines)} for lines in baskets], **changes}
    return json_format.ParseDict(body, wire.BatchDecideRequest())


class CountingStore(MemoryStore):
    """A store that counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    def usage(self, keys: Sequence[str]) -> BudgetView:
        """See Store."""
        self.asked["usage"] += 1
        return super().usage(keys)

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        self.asked["behaviour"] += 1
        return super().behaviour(user_ref, since_us, until_us, without)


def _rules() -> builders.Ruleset:
    given = Signal("given", frozenset({GIVEN}), Measure.COUNT, 1_000_000)
    offers = builders.offer("cheese", 500, 1000, budgets=("campaign",))
    rules = builders.ruleset(
        offers,
        builders.offer("off", 50, kind=builders.OfferKind.AMOUNT),
        budgets=[builders.budget()],
    )
    return replace(rules, signals=(given,))


async def test_a_batch_gives_what_dry_runs_give_one_by_one() -> None:
    """In the order of its baskets; nothing is stored, and the shopper is looked up once."""
    store = CountingStore()
    async with door(_rules(), store=store) as d:
        await d.decisions.Decide(request(), timeout=SECONDS)
        alone = [
            await d.decisions.Decide(
                request(*lines, request_id="", validate_only=True), timeout=SECONDS
            )
            for lines in BASKETS
        ]
        store.asked.clear()
        together = await d.decisions.BatchDecide(batch(BASKETS), timeout=SECONDS)

    assert [reply.decision for reply in alone] == list(together.decisions)
    assert {"usage": 1, "behaviour": 1} == store.asked
    assert 1 == len(store.decisions(LogQuery()))
    assert any(decision.discounts for decision in together.decisions)


async def test_a_batch_has_its_mask_and_instant() -> None:
    """Fields that are not named are not sent, and rules are judged at the instant given."""
    async with door() as d:
        asked = batch(BASKETS[:2], read_mask="linePrices", as_of_time="2020-01-01T00:00:00Z")
        masked = await d.decisions.BatchDecide(asked, timeout=SECONDS)
        asked = batch(BASKETS[:2], as_of_time="2020-01-01T00:00:00Z")
        full = await d.decisions.BatchDecide(asked, timeout=SECONDS)

    assert [["line_prices"]] * 2 == [[f.name for f, _ in m.ListFields()] for m in masked.decisions]
    assert {1_577_836_800} == {decision.as_of_time.seconds for decision in full.decisions}


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (batch([]), ["baskets"]),
        (batch([[line()]] * (MAX_BASKETS + 1)), ["baskets"]),
        (batch([[line(f"l{n}") for n in range(401)]] * (MAX_LINES // 400)), ["baskets"]),
        (batch([[line()], []]), ["baskets[1].lines"]),
        (batch([[line()], [line(quantity=0)]]), ["baskets[1].lines[0].quantity"]),
        (batch([[line()]], channel="moon"), ["channel"]),
        (batch([[line()]], shopper={"shopper_id": ""}), ["shopper.shopper_id"]),
        (batch([[line()]], read_mask="colour"), ["read_mask"]),
    ],
)
async def test_a_batch_that_is_wrong_is_refused_by_field(
    asked: wire.BatchDecideRequest, fields: list[str]
) -> None:
    """The basket is named, as a field of it."""
    async with door() as d:
        failure = await failure_of(d.decisions.BatchDecide(asked, timeout=SECONDS))

    assert fields == [violation.field for violation in failure.bad.field_violations]


async def test_others_are_answered_while_a_page_is_decided() -> None:
    """A batch lets other callers in between its baskets."""
    async with door() as d:
        page = d.decisions.BatchDecide(batch([[line()]] * MAX_BASKETS), timeout=SECONDS)
        waiting = asyncio.ensure_future(page)
        await asyncio.sleep(0)
        await d.decisions.Decide(request(), timeout=SECONDS)
        first = not waiting.done()
        reply = await waiting

    assert first
    assert MAX_BASKETS == len(reply.decisions)


async def streamed(d: Door, asked: Sequence[wire.DecideRequest]) -> list[wire.DecideStreamResponse]:
    """What a stream answers to *asked*, which is sent at once."""

    async def sent() -> AsyncIterator[wire.DecideStreamRequest]:
        for one in asked:
            yield wire.DecideStreamRequest(request=one)

    return [reply async for reply in d.decisions.DecideStream(sent(), timeout=SECONDS)]


async def test_a_stream_answers_every_request_like_decide() -> None:
    """More than it has in flight; each by its id, stored, and given again for the same id."""
    ids = [str(UUID(int=n)) for n in range(3 * AT_ONCE)]
    async with door() as d:
        replies = await streamed(d, [request(request_id=i) for i in ids])
        again = await d.decisions.Decide(request(request_id=ids[0]), timeout=SECONDS)
    answered = {reply.request_id: reply.response.decision for reply in replies}

    assert set(ids) == set(answered)
    assert len(ids) == len({decision.decision_id for decision in answered.values()})
    assert again.replayed
    assert again.decision == answered[ids[0]]


async def test_a_wrong_request_does_not_end_the_stream() -> None:
    """It is answered with the status that Decide would have failed with."""
    asked = [
        request(channel="moon"),
        request(request_id=OTHER_ID),
        request(request_id=OTHER_ID, channel="app"),
    ]
    async with door() as d:
        await streamed(d, [asked[1]])
        replies = {(r.request_id, r.WhichOneof("outcome")): r for r in await streamed(d, asked)}

    assert {(REQUEST_ID, "error"), (OTHER_ID, "response"), (OTHER_ID, "error")} == set(replies)
    assert replies[OTHER_ID, "response"].response.replayed
    assert 3 == replies[REQUEST_ID, "error"].error.code
    assert "channel" in replies[REQUEST_ID, "error"].error.message
    assert {"INVALID_REQUEST", "REQUEST_ID_REUSED"} == {
        _reason(reply) for key, reply in replies.items() if key[1] == "error"
    }


def _reason(reply: wire.DecideStreamResponse) -> str:
    info = ErrorInfo()
    assert reply.error.details[0].Unpack(info)
    return info.reason


async def test_a_stream_that_is_hung_up_leaves_the_server_well() -> None:
    """Half way through its answers; the next caller is served."""

    async def endless() -> AsyncIterator[wire.DecideStreamRequest]:
        for n in range(10**6):
            yield wire.DecideStreamRequest(request=request(request_id=str(UUID(int=n))))

    async with door() as d:
        call = d.decisions.DecideStream(endless(), timeout=SECONDS)
        async for _ in call:
            break
        call.cancel()
        reply = await d.decisions.Decide(request(), timeout=SECONDS)

    assert reply.decision.decision_id


async def test_a_stream_is_no_way_around_the_limit_on_guesses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its requests count for the address that called, whichever shoppers they name."""
    monkeypatch.setattr("sconto.app.guesses.BY_CALLER", 4)
    asked = [
        request(request_id=str(UUID(int=n)), shopper={"shopper_id": f"s{n}"}, codes=["guess"])
        for n in range(6)
    ]
    async with door() as d:
        replies = await streamed(d, asked)
        single = await failure_of(d.decisions.Decide(asked[-1], timeout=SECONDS))
    refused = [_reason(reply) for reply in replies if reply.HasField("error")]

    assert ["TOO_MANY_UNKNOWN_CODES"] * 2 == refused
    assert "TOO_MANY_UNKNOWN_CODES" == single.info.reason


async def answered_stream(d: Door, request_id: str) -> Any:
    """An open stream that was answered once and is idle."""
    call = d.decisions.DecideStream(timeout=SECONDS)
    await call.write(wire.DecideStreamRequest(request=request(request_id=request_id)))
    assert request_id == (await call.read()).request_id
    return call


async def test_an_idle_stream_does_not_hold_a_server_that_ends() -> None:
    """It ends as UNAVAILABLE, long before the grace of calls is over."""
    async with door(settings=replace(SOON, grace_seconds=3_600)) as d:
        call = await answered_stream(d, REQUEST_ID)
        await asyncio.wait_for(d.server.drain(), SECONDS / 2)

        assert grpc.StatusCode.UNAVAILABLE == await call.code()


async def test_what_a_stream_has_in_flight_is_answered_when_the_server_ends() -> None:
    """Nothing that was read is dropped."""
    store = SlowStore()
    async with door(store=store, settings=replace(SOON, grace_seconds=3_600)) as d:
        call = d.decisions.DecideStream(timeout=SECONDS)
        await call.write(wire.DecideStreamRequest(request=request()))
        await store.asked.wait()
        draining = asyncio.create_task(d.server.drain())
        while not all(open_.when() for s in d.server._streams for open_ in s._open):  # noqa: ASYNC110
            await asyncio.sleep(0)
        store.told.set()
        reply = await call.read()
        await asyncio.wait_for(draining, SECONDS / 2)

    assert reply.response.decision.decision_id


async def test_idle_streams_leave_room_for_other_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is refused, and finds room when another has ended."""
    monkeypatch.setattr("sconto.api.decide_stream.STREAMS", 2)
    ids = [str(UUID(int=n)) for n in range(4)]
    async with door() as d:
        kept = [await answered_stream(d, i) for i in ids[:2]]
        refused = d.decisions.DecideStream(timeout=SECONDS)
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == await refused.code()
        single = await d.decisions.Decide(request(request_id=ids[2]), timeout=SECONDS)
        await kept[0].done_writing()
        assert grpc.StatusCode.OK == await kept[0].code()
        await answered_stream(d, ids[3])
        kept[1].cancel()

    assert single.decision.decision_id
