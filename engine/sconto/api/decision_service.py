"""DecisionService: decide, follow the reservation to the till, and read one decision back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from sconto.api.access import caller_of, log_read, tenant_of
from sconto.api.amounts import to_minor
from sconto.api.batch_decide import batch_contexts
from sconto.api.convert import decision_context
from sconto.api.endpoint import Context, Endpoint
from sconto.api.measured import read_measured
from sconto.api.render import (
    FIELDS,
    NEAR_MISSES,
    decision_fields,
    past_return,
    reservation_message,
    return_reply,
    wanted_fields,
)
from sconto.api.replies import replayed, request_hash, request_key, trail
from sconto.api.shopper_texts import ShopperTexts, shopper_texts
from sconto.api.validation import Refused, Violations, check
from sconto.api.watch import Watch
from sconto.app.audit import find_decision
from sconto.app.callers import CallerRole
from sconto.app.decide import DecideCommand, Decider
from sconto.app.idempotency import earlier_answer
from sconto.app.lifecycle import SoldLine, replaced_by, take_step
from sconto.app.ports import Policy, Reservation, ReservationState, Step
from sconto.app.returns import ReturnCommand, Returned, Returns
from sconto.domain.canonical import canonical, parse
from sconto.domain.record import Columns
from sconto.domain.record_reading import Record
from sconto.v1 import decision_service_pb2 as wire

NAME: Final = wire.DESCRIPTOR.services_by_name["DecisionService"].full_name


@dataclass(frozen=True, slots=True)
class DecisionService:
    """What checkouts call. *policy* gives the ruleset in force; *user_key* hides shopper ids."""

    decider: Decider
    policy: Callable[[], Policy]
    user_key: bytes
    policy_of: Callable[[str], Awaitable[Policy]]
    """The policy of a ruleset that was in force once, by digest."""
    watches: Sequence[Watch] = ()

    def endpoints(self) -> tuple[Endpoint[Any], ...]:
        """The service's unary methods."""
        new_id = self.decider.new_id
        return (
            Endpoint("Decide", wire.DecideRequest, self.decide, new_id),
            Endpoint("BatchDecide", wire.BatchDecideRequest, self.batch_decide, new_id),
            Endpoint("Redeem", wire.RedeemRequest, self.redeem, new_id),
            Endpoint("Return", wire.ReturnRequest, self.take_back, new_id),
            Endpoint("Release", wire.ReleaseRequest, self.release, new_id),
            Endpoint("GetDecision", wire.GetDecisionRequest, self.get_decision, new_id),
        )

    async def decide(self, request: wire.DecideRequest, context: Context) -> bytes:
        """Decide, or give the answer given before to the same request."""
        caller = _name(context)
        key, body_hash = request_key(request, caller), request_hash(request, self.user_key)
        if not request.validate_only:
            store = self.decider.store
            earlier = await store.read(lambda: earlier_answer(store, key, body_hash))
            if earlier is not None:
                return _decided_before(earlier, context)
        command = self._command(request, key, body_hash, context)
        texts = shopper_texts(command.policy.ruleset, request.language_code)
        rendering = _Rendering(request, texts)
        if request.codes:
            command = command._replace(address=_address(context))
        answer = await self.decider.decide(command, rendering)
        if answer.made:
            for watch in self.watches:
                watch.decided(tenant_of(context), answer.made)
        if answer.replayed:
            return _decided_before(answer.reply, context)
        trail(context, rendering.decision_id, again=False)
        return answer.reply

    async def batch_decide(self, request: wire.BatchDecideRequest, _: Context) -> bytes:
        """Decide many baskets of one shopper in a dry run."""
        policy, now_us = self.policy().for_request(request.currency_code), self.decider.clock()
        commands, fields = [], wanted_fields(request)
        near = NEAR_MISSES in fields
        for read in batch_contexts(request, policy.ruleset, self.user_key, now_us):
            command = DecideCommand("", "", b"", read, policy, validate_only=True, near_misses=near)
            commands.append(command)
            # Others come in between.
            await asyncio.sleep(0)
        texts = shopper_texts(policy.ruleset, request.language_code)
        render = partial(_one_of_batch, fields=fields, texts=texts)
        return b"".join(await self.decider.dry_runs(commands, render))

    async def redeem(self, request: wire.RedeemRequest, context: Context) -> bytes:
        """Spend what a decision reserved."""
        sold = partial(_sold, request.sold_lines) if request.sold_lines else None
        return await self._step(Step.REDEEM, request, wire.RedeemResponse, context, sold)

    async def take_back(self, request: wire.ReturnRequest, context: Context) -> bytes:
        """Refund pieces that came back."""
        check(request)
        caller = _name(context)
        command = ReturnCommand(
            request_id=request.request_id,
            request_key=request_key(request, caller),
            request_hash=request_hash(request, self.user_key),
            decision_id=request.decision_id.lower(),
            returned=_returned(request.lines),
            validate_only=request.validate_only,
            caller=caller,
        )
        returns = Returns(self.decider.store, self.decider.clock, self.policy_of)
        answer = await returns.take_back(command, return_reply)
        trail(context, command.decision_id, again=answer.replayed)
        return replayed(wire.ReturnResponse, answer.reply) if answer.replayed else answer.reply

    async def release(self, request: wire.ReleaseRequest, context: Context) -> bytes:
        """Hand back what a decision reserved."""
        return await self._step(Step.RELEASE, request, wire.ReleaseResponse, context)

    async def get_decision(self, request: wire.GetDecisionRequest, context: Context) -> bytes:
        """One decision in full, with its explanation and its record."""
        check(request)
        store, decision_id = self.decider.store, request.decision_id.lower()
        caller = caller_of(context)
        reads_all = caller is None or CallerRole.COMPLIANCE in caller.roles
        own = "" if reads_all else _name(context)
        found = await store.read(lambda: find_decision(store, decision_id, own))
        shopper = found.record["context"]["user_ref"]
        log_read(context, "GetDecision", decision=decision_id, shopper=shopper)
        state = found.reservation.state if found.reservation else None
        trail(context, decision_id, again=False)
        reply = wire.GetDecisionResponse(
            decision=decision_fields(found.columns, state, FIELDS),
            explanation=found.explanation,
            record=canonical(found.record),
            returns=[past_return(parse(raw)) for raw in found.returns],
        )
        if state is ReservationState.REPLACED:
            reply.decision.reservation.replaced_by = replaced_by(found.history)
        return reply.SerializeToString()

    def _command(
        self, request: wire.DecideRequest, key: str, body_hash: bytes, context: Context
    ) -> DecideCommand:
        policy = self.policy().for_request(request.currency_code)
        now_us, left = self.decider.clock(), context.time_remaining()
        return DecideCommand(
            request_id=request.request_id,
            request_key=key,
            request_hash=body_hash,
            context=decision_context(request, policy.ruleset, self.user_key, now_us),
            policy=policy,
            validate_only=request.validate_only,
            replaces=request.replaces.lower(),
            near_misses=NEAR_MISSES in wanted_fields(request),
            caller=_name(context),
            deadline_us=None if left is None else now_us + int(left * 1_000_000),
        )

    async def _step(
        self,
        step: Step,
        request: wire.RedeemRequest | wire.ReleaseRequest,
        reply_type: type[wire.RedeemResponse | wire.ReleaseResponse],
        context: Context,
        sold: Callable[[Record], Sequence[SoldLine]] | None = None,
    ) -> bytes:
        check(request)
        decision_id, caller = request.decision_id.lower(), _name(context)

        def render(after: Reservation) -> bytes:
            message = reservation_message(after.state, after.expires_us)
            return reply_type(reservation=message).SerializeToString()

        answer = await take_step(
            self.decider.store,
            self.decider.clock,
            step,
            decision_id=decision_id,
            request_id=request.request_id,
            request_key=request_key(request, caller),
            request_hash=request_hash(request, self.user_key),
            render=render,
            sold=sold,
            caller=caller,
        )
        trail(context, decision_id, again=answer.replayed)
        return replayed(reply_type, answer.reply) if answer.replayed else answer.reply


def _sold(sent: Sequence[wire.SoldLine], record: Record) -> list[SoldLine]:
    """The lines of a Redeem request, in the currency of the decision's *record*."""
    currency, found, lines = record["context"]["currency"], Violations(), []
    for i, line in enumerate(sent):
        price = None
        if line.HasField("final_price"):
            try:
                price = to_minor(line.final_price, currency, "final_price")
            except Refused as refused:
                found.add_refused(refused, f"sold_lines[{i}]")
        measured = read_measured(line.measured_quantity)
        lines.append(SoldLine(line.line_id, line.quantity, measured, price))
    found.raise_if_any()
    return lines


def _one_of_batch(record: Columns, fields: frozenset[str], texts: ShopperTexts) -> bytes:
    """A reply with the decision of *record* alone; such replies, joined, are one with all."""
    fields_of = decision_fields(record, None, fields, texts)
    return wire.BatchDecideResponse(decisions=[fields_of]).SerializeToString()


def _returned(sent: Sequence[wire.ReturnedLine]) -> dict[str, Returned]:
    """What came back by line id; raises InvalidRequest for a line that is there twice."""
    pieces: dict[str, Returned] = {}
    found = Violations()
    for i, line in enumerate(sent):
        if line.line_id in pieces:
            description = "is the line_id of an earlier line too"
            found.add(f"lines[{i}].line_id", description, "DUPLICATE_LINE_ID")
        pieces[line.line_id] = Returned(line.quantity, read_measured(line.measured_quantity))
    found.raise_if_any()
    return pieces


def _name(context: Context) -> str:
    """Who called; empty where callers are not known."""
    caller = caller_of(context)
    return caller.name if caller else ""


def _address(context: Context) -> str:
    """The host that called: its port is another one for each connection."""
    return unquote(context.peer()).rpartition(":")[0]


class _Rendering:
    """Renders the reply to one Decide request, and keeps its decision id for the trailers."""

    def __init__(self, request: wire.DecideRequest, texts: ShopperTexts) -> None:
        self._fields = wanted_fields(request)
        self._texts = texts
        self.decision_id = ""

    def __call__(self, record: Columns) -> bytes:
        """The reply's bytes for *record*."""
        self.decision_id = record["decision_id"]
        reserved = self.decision_id and record["outcome"]["expires_us"] is not None
        state = ReservationState.HELD if reserved else None
        fields = decision_fields(record, state, self._fields, self._texts)
        return wire.DecideResponse(decision=fields).SerializeToString()


def _decided_before(stored: bytes, context: Context) -> bytes:
    decision_id = wire.DecideResponse.FromString(stored).decision.decision_id
    trail(context, decision_id, again=True)
    return replayed(wire.DecideResponse, stored)
