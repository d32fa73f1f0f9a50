"""Returns: pieces come back, and what their discounts drew goes back to its budgets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sconto.app.audit import FoundDecision, decided_by, find_decision
from sconto.app.idempotency import Answer, same_request, unless_answered
from sconto.app.lifecycle import refused
from sconto.app.ports import (
    Clock,
    Committed,
    Left,
    Policy,
    Reservation,
    ReservationState,
    Step,
    StepWrite,
    Store,
    StoredAnswer,
)
from sconto.domain.canonical import canonical
from sconto.domain.context import Line
from sconto.domain.measured import MeasuredQuantity, quantity_text
from sconto.domain.record_reading import line_of
from sconto.domain.returns import Kept, Sale, kept_after, pieces_of, refund, return_record
from sconto.errors import FieldViolation, InvalidRequest, StoreUnavailable, WrongState

MAX_ROUNDS: Final = 20
"""Times a refund is worked out again because of another return in the meantime."""


class Returned(NamedTuple):
    """How much of one line came back; one piece of measured goods is the whole line."""

    pieces: int
    measured: MeasuredQuantity | None


class ReturnCommand(NamedTuple):
    """One request to take pieces back, read and checked: how many of each line."""

    request_id: str
    request_key: str
    request_hash: bytes
    decision_id: str
    returned: Mapping[str, Returned]
    """By line id, in the order of the request."""
    validate_only: bool
    caller: str = ""


Render = Callable[[Mapping[str, Any], Reservation], bytes]
"""Makes the reply's bytes from the return's record and what it leaves reserved."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Takes returns; *policy_of* gives the policy that a decision was made with, by digest."""

    store: Store
    clock: Clock
    policy_of: Callable[[str], Awaitable[Policy]]

    async def take_back(self, command: ReturnCommand, render: Render) -> Answer:
        """Refund what *command* brings back, make it durable, and return the reply.

        A dry run (`validate_only`) writes nothing. Raises NotFound as `owned` does,
        InvalidRequest for a line that it does not have, WrongState when it was not redeemed or
        fewer pieces are left, RequestIdReused, and StoreUnavailable when nothing was written.
        """
        if command.validate_only:
            return await self._take_back(command, render)
        made = self._take_back(command, render)
        return await unless_answered(self.store, command.request_key, command.request_hash, made)

    async def _take_back(self, command: ReturnCommand, render: Render) -> Answer:
        for _ in range(MAX_ROUNDS):
            found = await self.store.read(
                lambda: find_decision(self.store, command.decision_id, command.caller)
            )
            answer = await self._once(command, found, render)
            if answer is not None:
                return answer
        raise StoreUnavailable("other returns for this decision kept coming first")

    async def _once(
        self, command: ReturnCommand, found: FoundDecision, render: Render
    ) -> Answer | None:
        """The answer, or None when another return came first."""
        held = await self.store.read(lambda: self._redeemed(found))
        kept = kept_after(found.record, found.returns, held.draws)
        pieces = _pieces(command.returned, kept, found)
        policy = decided_by(await self.policy_of(found.record["ruleset"]), found.record)
        sale = Sale(found.record, policy.ruleset, policy.judges)
        made = refund(sale, kept, pieces)
        state = ReservationState.REDEEMED if any(made.kept.pieces) else ReservationState.RETURNED
        left = replace(held, state=state, draws=made.kept.draws, returns=held.returns + 1)
        at_us = self.clock()
        record = return_record(sale, made, pieces, kept, command.request_id, at_us)
        reply = render(record, left)
        if command.validate_only:
            return Answer(reply, replayed=False)
        write = StepWrite(
            request_key=command.request_key,
            answer=StoredAnswer(command.request_hash, reply),
            decision_id=held.decision_id,
            step=Step.RETURN,
            at_us=at_us,
            record=canonical(record),
            returns=held.returns,
            left=Left(left, policy.ruleset.exchange.drawn(made.kept.discount)),
        )
        outcome = await self.store.commit_step(write)
        match outcome:
            case Committed():
                return Answer(reply, replayed=False)
            case StoredAnswer():
                return Answer(same_request(outcome, command.request_hash), replayed=True)
            case _:
                return None

    def _redeemed(self, found: FoundDecision) -> Reservation:
        held = found.reservation
        if held is not None and held.state is ReservationState.REDEEMED:
            return held
        if held is not None and held.state is ReservationState.HELD:
            raise WrongState("NOT_REDEEMED", "nothing was sold yet: redeem it, or release it")
        decision_id: str = found.record["decision_id"]
        raise refused(self.store, decision_id, held.state if held else None)


def _pieces(returned: Mapping[str, Returned], kept: Kept, found: FoundDecision) -> tuple[int, ...]:
    """How many pieces come back of each line, or thousandths of what is measured."""
    lines = {line["line_id"]: line_of(line) for line in found.record["context"]["lines"]}
    others = {line[0] for line in found.record["context"].get("other_lines", ())}
    wrong: list[FieldViolation] = []
    pieces = dict.fromkeys(lines, 0)
    for i, (line_id, came) in enumerate(returned.items()):
        line = lines.get(line_id)
        if line is None:
            where = f"lines[{i}].line_id"
            wrong.append(FieldViolation(where, _unknown(line_id, others), "UNKNOWN_LINE"))
        elif came.measured is not None and not _same_unit(came.measured, line.measured):
            sold = quantity_text(line.quantity, line.measured)
            description = f"is in another unit than what was sold: `{sold}`"
            wrong.append(FieldViolation(f"lines[{i}].measured_quantity", description, "OTHER_UNIT"))
        else:
            pieces[line_id] = _came(came, line)
    if wrong:
        raise InvalidRequest(tuple(wrong))
    for (line_id, line), left in zip(lines.items(), kept.pieces, strict=True):
        if pieces[line_id] > left:
            there, came_back = (_text(n, line) for n in (left, pieces[line_id]))
            message = f"of line `{line_id}` {there} are left, and {came_back} came back"
            raise WrongState("MORE_THAN_LEFT", message)
    return tuple(pieces.values())


def _same_unit(came: MeasuredQuantity, sold: MeasuredQuantity | None) -> bool:
    return sold is not None and came.unit is sold.unit


def _came(came: Returned, line: Line) -> int:
    """Pieces of *line*, or thousandths where it is measured."""
    if came.measured is not None:
        return came.measured.thousandths
    return came.pieces * pieces_of(line) if line.measured else came.pieces


def _text(pieces: int, line: Line) -> str:
    if line.measured is None:
        return str(pieces)
    return quantity_text(1, line.measured._replace(thousandths=pieces))


def _unknown(line_id: str, others: Collection[str]) -> str:
    if line_id in others:
        return f"line `{line_id}` is no goods and had no discount: refund its price"
    return f"the decision has no line `{line_id}`"
