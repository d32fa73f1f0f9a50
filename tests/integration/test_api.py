"""A checkout at the door: a real channel to a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sconto.api.server import ServerSettings
from sconto.api.status import ROWS
from sconto.app.expiry import expire_for_ever
from sconto.serving.server_process import in_background
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from support import builders, deciding
from unit.api import known, overload, publications
from unit.api.door import AT_ONCE, SECONDS, Failure, decided, door, failure_of, get
from unit.api.requests import REQUEST_ID, bring_back, line, redeem, release, request

OTHER_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0002"
UNKNOWN_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6affff"


async def test_a_decision_gives_a_discount_that_adds_up() -> None:
    """Discount, line prices, reservation and reasons are all in the reply."""
    rules = builders.ruleset(builders.offer("cheese", 500, 1000))
    async with door(rules) as d:
        reply = await d.decisions.Decide(request(line("b"), line("a")), timeout=SECONDS)

    decision = reply.decision
    assert not reply.replayed
    assert [("cheese", 500)] == [(d.offer_id, d.percent_bp) for d in decision.discounts]
    assert [(1, 0)] == [(d.total.units, d.total.nanos) for d in decision.discounts]
    assert [("a", 500_000_000), ("b", 500_000_000)] == [
        (part.line_id, part.discount.nanos) for part in decision.discounts[0].lines
    ]
    assert ["a", "b"] == [p.line_id for p in decision.line_prices]
    assert [(9, 500_000_000)] * 2 == [
        (p.final_price.units, p.final_price.nanos) for p in decision.line_prices
    ]
    assert pb.RESERVATION_STATE_HELD == decision.reservation.state
    assert 1800 == decision.reservation.expire_time.seconds - decision.as_of_time.seconds
    assert (pb.RUNG_MODEL, pb.REASON_CODE_CHOSEN) == (decision.rung, decision.reason)
    assert (["cheese"], [1000]) == (
        list(decision.not_chosen.offer_ids),
        list(decision.not_chosen.depths),
    )
    assert not decision.candidates


async def test_a_repeated_request_gets_the_same_answer_marked_as_replayed() -> None:
    """The decision is the same to the byte, and the trailers say whose it is."""
    async with door() as d:
        first = d.decisions.Decide(request(), timeout=SECONDS)
        fresh = await first
        again = d.decisions.Decide(request(), timeout=SECONDS)
        replayed = await again
        trailers = dict(await first.trailing_metadata()), dict(await again.trailing_metadata())

    assert (False, True) == (fresh.replayed, replayed.replayed)
    assert fresh.decision.SerializeToString() == replayed.decision.SerializeToString()
    decision_id = fresh.decision.decision_id
    assert {"sconto-decision-id": decision_id} == trailers[0]
    assert {"sconto-decision-id": decision_id, "sconto-replayed": "true"} == trailers[1]


async def test_a_read_mask_picks_fields_and_always_keeps_the_id() -> None:
    """What is not named is not sent; candidates come in full when named."""
    async with door() as d:
        masked = await d.decisions.Decide(request(read_mask="reason,candidates"), timeout=SECONDS)

    fields = {f.name for f, _ in masked.decision.ListFields()}
    assert {"decision_id", "reason", "candidates"} == fields
    assert 500_000 == masked.decision.candidates[0].value.baseline_ppm


async def test_an_amount_offer_says_its_amount() -> None:
    """The depth of an amount offer is money, not basis points."""
    rules = builders.ruleset(builders.offer("off", 50, kind=builders.OfferKind.AMOUNT))
    async with door(rules) as d:
        reply = await d.decisions.Decide(request(), timeout=SECONDS)

    (discount,) = reply.decision.discounts
    assert "amount" == discount.WhichOneof("depth")
    assert (0, 500_000_000) == (discount.amount.units, discount.amount.nanos)


async def test_a_reservation_goes_from_held_to_redeemed_to_released() -> None:
    """Each step says the new state, a repetition says so, and GetDecision shows where it stands."""
    async with door() as d:
        decision_id = await decided(d)
        step: dict[str, Any] = {"decision_id": decision_id, "request_id": REQUEST_ID}
        redeemed = await d.decisions.Redeem(wire.RedeemRequest(**step), timeout=SECONDS)
        again = await d.decisions.Redeem(wire.RedeemRequest(**step), timeout=SECONDS)
        released = await d.decisions.Release(wire.ReleaseRequest(**step), timeout=SECONDS)
        found = await get(d, decision_id)

    assert (pb.RESERVATION_STATE_REDEEMED, False) == (redeemed.reservation.state, redeemed.replayed)
    assert (pb.RESERVATION_STATE_REDEEMED, True) == (again.reservation.state, again.replayed)
    assert pb.RESERVATION_STATE_RELEASED == released.reservation.state
    assert pb.RESERVATION_STATE_RELEASED == found.decision.reservation.state
    assert decision_id.encode() in found.record
    assert found.explanation


async def test_a_spent_budget_is_told_like_a_rule_that_spoke() -> None:
    """The finding names the budget, its limit and what would have been used."""
    offer = builders.offer("cheese", 1000, budgets=("campaign",))
    rules = builders.ruleset(offer, budgets=(builders.budget("campaign", 99),))
    async with door(rules) as d:
        reply = await d.decisions.Decide(request(read_mask="*"), timeout=SECONDS)

    assert pb.REASON_CODE_BUDGET_SPENT == reply.decision.reason
    clause = reply.decision.candidates[0].findings[0].clauses[0]
    assert ("budget.campaign", "<=", "99", "100") == (
        clause.fact,
        clause.comparison,
        clause.threshold,
        clause.observed,
    )
    assert not reply.decision.HasField("reservation")


class BrokenStore(MemoryStore):
    """A store with a bug."""

    def usage(self, keys: object) -> dict[str, int]:
        """Fail with words that must not get out."""
        raise KeyError("secret shopper anna")


async def invalid_request() -> Failure:
    """A basket without lines."""
    async with door() as d:
        return await failure_of(d.decisions.Decide(request(basket={}), timeout=SECONDS))


async def request_id_reused() -> Failure:
    """The same id for another channel."""
    async with door() as d:
        await decided(d)
        return await failure_of(d.decisions.Decide(request(channel="app"), timeout=SECONDS))


async def decision_not_found() -> Failure:
    """An id that nobody was given."""
    async with door() as d:
        return await failure_of(d.decisions.Redeem(redeem(UNKNOWN_ID), timeout=SECONDS))


async def reservation_expired() -> Failure:
    """Redeemed after its time."""
    async with door() as d:
        decision_id = await decided(d)
        d.clock.now_us += 1800 * 1_000_000
        return await failure_of(d.decisions.Redeem(redeem(decision_id), timeout=SECONDS))


async def already_redeemed() -> Failure:
    """Redeemed twice, with two ids."""
    async with door() as d:
        decision_id = await decided(d)
        await d.decisions.Redeem(redeem(decision_id), timeout=SECONDS)
        return await failure_of(d.decisions.Redeem(redeem(decision_id, OTHER_ID), timeout=SECONDS))


async def already_released() -> Failure:
    """Redeemed after it was handed back."""
    async with door() as d:
        decision_id = await decided(d)
        await d.decisions.Release(release(decision_id), timeout=SECONDS)
        return await failure_of(d.decisions.Redeem(redeem(decision_id), timeout=SECONDS))


async def already_returned() -> Failure:
    """A piece comes back after all came back."""
    async with door() as d:
        decision_id = await decided(d)
        await d.decisions.Redeem(redeem(decision_id), timeout=SECONDS)
        await d.decisions.Return(bring_back(decision_id), timeout=SECONDS)
        again = bring_back(decision_id, OTHER_ID)
        return await failure_of(d.decisions.Return(again, timeout=SECONDS))


async def already_replaced() -> Failure:
    """Redeemed after another decision took its place."""
    async with door() as d:
        decision_id = await decided(d)
        await decided(d, request_id=OTHER_ID, replaces=decision_id)
        return await failure_of(d.decisions.Redeem(redeem(decision_id), timeout=SECONDS))


async def basket_changed() -> Failure:
    """Redeemed with one piece more than was decided."""
    async with door() as d:
        asked = redeem(await decided(d))
        asked.sold_lines.add(line_id="l1", quantity=2)
        return await failure_of(d.decisions.Redeem(asked, timeout=SECONDS))


async def not_redeemed() -> Failure:
    """A piece comes back of what was not sold yet."""
    async with door() as d:
        return await failure_of(d.decisions.Return(bring_back(await decided(d)), timeout=SECONDS))


async def more_than_left() -> Failure:
    """Two pieces come back of one."""
    async with door() as d:
        decision_id = await decided(d)
        await d.decisions.Redeem(redeem(decision_id), timeout=SECONDS)
        return await failure_of(d.decisions.Return(bring_back(decision_id, l1=2), timeout=SECONDS))


async def nothing_reserved() -> Failure:
    """Redeemed though nothing was given."""
    async with door(builders.ruleset(builders.offer(minimum_spend=10**6))) as d:
        return await failure_of(d.decisions.Redeem(redeem(await decided(d)), timeout=SECONDS))


async def too_many_unknown_codes() -> Failure:
    """A shopper who guesses."""
    async with door() as d:
        await d.decisions.Decide(request(codes=["guess"] * 10), timeout=SECONDS)
        again = request(request_id=OTHER_ID, codes=["guess"])
        return await failure_of(d.decisions.Decide(again, timeout=SECONDS))


async def store_unavailable() -> Failure:
    """A disk that is full."""
    async with door(store=deciding.FullDiskStore()) as d:
        return await failure_of(d.decisions.Decide(request(), timeout=SECONDS))


async def internal() -> Failure:
    """A bug."""
    async with door(store=BrokenStore()) as d:
        return await failure_of(d.decisions.Decide(request(), timeout=SECONDS))


FAILURES = {
    f.__name__.upper(): f
    for f in (
        invalid_request, request_id_reused, decision_not_found, reservation_expired,
        already_redeemed, already_released, already_returned, already_replaced,
        basket_changed, not_redeemed,
        more_than_left, nothing_reserved, too_many_unknown_codes, store_unavailable, internal,
    )
} | publications.FAILURES | overload.FAILURES | known.FAILURES  # fmt: skip


@pytest.mark.parametrize("reason", ROWS)
async def test_every_error_reaches_the_caller_as_the_table_says(reason: str) -> None:
    """Code, reason and domain arrive in the rich details; only what may be retried says so."""
    failed = await FAILURES[reason]()

    assert (ROWS[reason].code, reason, "sconto") == (
        failed.code,
        failed.info.reason,
        failed.info.domain,
    )
    delay = failed.retry.retry_delay
    assert ROWS[reason].retry is bool(delay.nanos or delay.seconds)


async def test_an_internal_error_keeps_its_words_and_gives_an_incident() -> None:
    """The caller gets an id to report, and nothing of what went wrong inside."""
    failed = await internal()

    assert failed.info.metadata["incident"] in failed.message
    assert "anna" not in failed.message + str(failed.info)


async def test_ten_thousand_lines_are_refused_by_name() -> None:
    """A request far too long is still answered with the field at fault."""
    message = request()
    one = message.basket.lines[0]
    message.basket.lines.extend([one] * 9_999)
    async with door() as d:
        failed = await failure_of(d.decisions.Decide(message, timeout=SECONDS))

    assert grpc.StatusCode.INVALID_ARGUMENT is failed.code
    assert ["basket.lines"] == failed.fields


async def test_very_many_violations_still_arrive() -> None:
    """As many as fit into the trailers are named, and how many there are."""
    lines = [line(f"l{i}", quantity=-1, category="x\n" * 60) for i in range(500)]
    async with door() as d:
        failed = await failure_of(d.decisions.Decide(request(*lines), timeout=SECONDS))

    assert "1000" == failed.info.metadata["violations"]
    assert "basket.lines[0].quantity" == failed.fields[0]


async def test_bytes_that_are_no_message_are_the_callers_fault() -> None:
    """What can't be parsed is INVALID_ARGUMENT, on every method."""
    methods = [f"/sconto.v1.DecisionService/{m}" for m in ("Decide", "Redeem", "GetDecision")]
    async with door() as d:
        for method in [*methods, "/sconto.v1.AuditService/ListDecisions"]:
            failed = await failure_of(d.channel.unary_unary(method)(b"\xff\xff", timeout=SECONDS))
            assert grpc.StatusCode.INVALID_ARGUMENT is failed.code


TEXTS = st.text(max_size=6) | st.sampled_from(["USD", "US-WI", "store", "shopper.tier", "1.5"])
NUMBERS = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 1, 5_000_000])


@st.composite
def messages(draw: st.DrawFn, kind: type[Message], depth: int = 4) -> Message:
    """A message of *kind* with any fields set to anything."""
    message = kind()
    for field in kind.DESCRIPTOR.fields:
        if depth == 0 or not draw(st.booleans()):
            continue
        if field.message_type is not None:
            part = draw(messages(field.message_type._concrete_class, depth - 1))
            target = getattr(message, field.name)
            (target.add() if field.is_repeated else target).CopyFrom(part)
        elif field.is_repeated:
            getattr(message, field.name).append(draw(TEXTS))
        elif field.cpp_type == field.CPPTYPE_STRING and field.type != field.TYPE_BYTES:
            setattr(message, field.name, draw(TEXTS))
        elif field.cpp_type == field.CPPTYPE_BOOL:
            setattr(message, field.name, draw(st.booleans()))
        elif field.cpp_type != field.CPPTYPE_ENUM:
            setattr(message, field.name, draw(NUMBERS))
    return message


@given(messages(wire.DecideRequest), st.booleans(), messages(ListDecisionsRequest))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_request_is_ever_an_internal_error(
    garbled: wire.DecideRequest, over_a_good_one: bool, listed: ListDecisionsRequest
) -> None:
    """Whatever is sent is answered, or refused as the caller's fault."""
    message = request() if over_a_good_one else wire.DecideRequest()
    message.MergeFrom(garbled)

    codes = asyncio.run(_codes(message, listed))

    assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT}


async def _codes(message: wire.DecideRequest, listed: ListDecisionsRequest) -> set[object]:
    async with door() as d:
        calls = (
            d.decisions.Decide(message, timeout=SECONDS),
            d.audit.ListDecisions(listed, timeout=SECONDS),
        )
        return {await call.code() for call in calls}


async def test_decisions_are_listed_newest_first_a_page_at_a_time() -> None:
    """Pages of any size hold every decision once; the last has no token."""
    async with door() as d:
        ids = [await decided(d, request_id=f"{REQUEST_ID[:-1]}{i}") for i in range(5)]
        pages, token = [], ""
        while (token or not pages) and len(pages) < 9:
            asked = ListDecisionsRequest(shopper_id="anna", page_size=2, page_token=token)
            page = await d.audit.ListDecisions(asked, timeout=SECONDS)
            pages.append([summary.decision_id for summary in page.decisions])
            token = page.next_page_token

    assert [ids[:2:-1], ids[2:0:-1], ids[:1]] == pages


async def test_decisions_are_found_by_every_filter() -> None:
    """Shopper, offer, reason and time each leave out what they should."""
    at = builders.AS_OF_US // 1_000_000
    async with door() as d:
        decision_id = await decided(d)
        found = {
            name: len((await d.audit.ListDecisions(asked, timeout=SECONDS)).decisions)
            for name, asked in {
                "shopper": ListDecisionsRequest(shopper_id="anna"),
                "other shopper": ListDecisionsRequest(shopper_id="bert"),
                "offer": ListDecisionsRequest(offer_id="cheese"),
                "other offer": ListDecisionsRequest(offer_id="wine"),
                "reason": ListDecisionsRequest(reason_code=pb.REASON_CODE_CHOSEN),
                "other reason": ListDecisionsRequest(reason_code=pb.REASON_CODE_BUDGET_SPENT),
                "from": ListDecisionsRequest(start_time={"seconds": at}),
                "before": ListDecisionsRequest(end_time={"seconds": at}),
            }.items()
        }

    assert decision_id
    assert {
        "shopper": 1, "other shopper": 0, "offer": 1, "other offer": 0, "reason": 1,
        "other reason": 0, "from": 1, "before": 0,
    } == found  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shopper_id": "bert"}, "page_token"),
        ({"page_token": "AAAA"}, "page_token"),
        ({"page_token": "ä"}, "page_token"),
        ({"page_size": -1}, "page_size"),
    ],
)
async def test_a_page_that_can_not_be_is_refused(changes: dict[str, Any], field: str) -> None:
    """A token of other filters, a token made up, and a negative size each name their field."""
    async with door() as d:
        for i in range(2):
            await decided(d, request_id=f"{REQUEST_ID[:-1]}{i}")
        first = await d.audit.ListDecisions(
            ListDecisionsRequest(shopper_id="anna", page_size=1), timeout=SECONDS
        )
        asked = {"shopper_id": "anna", "page_token": first.next_page_token, **changes}
        failed = await failure_of(
            d.audit.ListDecisions(ListDecisionsRequest(**asked), timeout=SECONDS)
        )

    assert grpc.StatusCode.INVALID_ARGUMENT is failed.code
    assert [field] == failed.fields


async def test_health_and_reflection_answer() -> None:
    """The server says that it serves, as a whole and by service, and which services it has."""
    names = {"sconto.v1.DecisionService", "sconto.v1.AuditService"}
    async with door() as d:
        health = health_pb2_grpc.HealthStub(d.channel)
        states = {
            (await health.Check(health_pb2.HealthCheckRequest(service=n), timeout=SECONDS)).status
            for n in ("", *names)
        }
        info = reflection_pb2_grpc.ServerReflectionStub(d.channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=SECONDS
        )
        listed = {s.name for s in (await info.read()).list_services_response.service}

    assert {health_pb2.HealthCheckResponse.SERVING} == states
    assert names <= listed


async def test_reflection_can_be_turned_off() -> None:
    """Without the setting the server does not describe itself."""
    quiet = ServerSettings(reflection=False, drain_seconds=0.0)
    async with door(settings=quiet) as d:
        info = reflection_pb2_grpc.ServerReflectionStub(d.channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=SECONDS
        )
        assert grpc.StatusCode.UNIMPLEMENTED is await info.code()


async def test_a_server_told_to_end_says_so_first() -> None:
    """Health says NOT_SERVING while calls are still answered; then serving ends."""
    async with door(settings=replace(AT_ONCE, drain_seconds=0.5)) as d:
        ending = asyncio.create_task(d.server.drain())
        await asyncio.sleep(0.1)
        check = health_pb2_grpc.HealthStub(d.channel).Check(
            health_pb2.HealthCheckRequest(), timeout=SECONDS
        )
        assert health_pb2.HealthCheckResponse.NOT_SERVING == (await check).status
        assert await decided(d)
        await ending


async def test_time_gives_the_budget_of_abandoned_baskets_back() -> None:
    """A reservation whose time is up is expired without being asked for."""
    offer = builders.offer("cheese", 1000, budgets=("campaign",))
    rules = builders.ruleset(offer, budgets=(builders.budget("campaign", 100),))
    store = MemoryStore()
    async with door(rules, store) as d:
        decision_id = await decided(d)
        d.clock.now_us += 1800 * 1_000_000
        async with in_background((expire_for_ever(store, d.clock),)):
            state = pb.RESERVATION_STATE_HELD
            while state == pb.RESERVATION_STATE_HELD:
                state = (await get(d, decision_id)).decision.reservation.state

    assert pb.RESERVATION_STATE_EXPIRED == state


async def test_a_taken_address_is_an_os_error() -> None:
    """A second server on the same port must not share the first one's calls in silence."""
    async with door() as d:
        with pytest.raises(OSError, match="can't listen on"):
            async with door(settings=replace(AT_ONCE, port=d.server.port)):
                pass
