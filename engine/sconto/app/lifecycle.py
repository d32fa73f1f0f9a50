"""What happens to a reservation after the decision: redeemed, released, or lapsed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import Any, Final, NamedTuple

from sconto.app.idempotency import Answer, earlier_answer, same_request
from sconto.app.log_entries import decision_record
from sconto.app.ports import (
    NO_ANSWER,
    Clock,
    LogEntry,
    Reservation,
    ReservationState,
    Step,
    StepRefused,
    StepWrite,
    Store,
    StoredAnswer,
)
from sconto.domain.canonical import canonical, parse
from sconto.domain.measured import MeasuredQuantity, quantity_text
from sconto.domain.money import format_minor
from sconto.domain.record_reading import Record, line_of
from sconto.errors import (
    FieldViolation,
    InvalidRequest,
    NotFound,
    StoreUnavailable,
    WrongState,
)

MAX_ROUNDS: Final = 20
"""Times a step is taken again because of a return in the meantime."""

EXPIRY_BATCH: Final = 500
"""Reservations expired at one go, so that decisions are never held up for long."""

NEXT_STATE: Final = {
    Step.REDEEM: ReservationState.REDEEMED,
    Step.RELEASE: ReservationState.RELEASED,
    Step.EXPIRE: ReservationState.EXPIRED,
    Step.REPLACE: ReservationState.REPLACED,
}

_REFUSALS: Final = {
    ReservationState.HELD: ("RESERVATION_EXPIRED", "the reservation's time is up"),
    ReservationState.REDEEMED: ("ALREADY_REDEEMED", "the reservation was redeemed before"),
    ReservationState.RELEASED: ("ALREADY_RELEASED", "the reservation was released before"),
    ReservationState.EXPIRED: ("RESERVATION_EXPIRED", "the reservation's time is up"),
    ReservationState.RETURNED: ("ALREADY_RETURNED", "everything came back before"),
    ReservationState.REPLACED: ("ALREADY_REPLACED", "another decision replaced this one"),
    None: ("NOTHING_RESERVED", "the decision gave no discount, so it reserved nothing"),
}

STATE_CODES: Final = frozenset(
    {"BASKET_CHANGED", "NOT_REDEEMED", "MORE_THAN_LEFT", *(code for code, _ in _REFUSALS.values())}
)
"""Every code that a WrongState can carry."""


def refused(store: Store, decision_id: str, state: ReservationState | None) -> WrongState:
    """The error for a step that a reservation in *state* does not allow; None is without one."""
    code, message = _REFUSALS[state]
    if state is not ReservationState.REPLACED:
        return WrongState(code, message)
    by = replaced_by(store.history(decision_id))
    return WrongState(code, f"decision `{by}` replaced this one", {"replaced_by": by})


def replaced_by(history: Iterable[LogEntry]) -> str:
    """The decision that took the place of the one that *history* is about; empty for none."""
    replaced = (e for e in history if e.kind == Step.REPLACE.value)
    return next((parse(entry.record)["replaced_by"] for entry in replaced), "")


class SoldLine(NamedTuple):
    """A line as it was sold: how much, and what the shopper paid, minor units; None is not said."""

    line_id: str
    quantity: int
    measured: MeasuredQuantity | None
    final_price: int | None

    @property
    def how_much(self) -> str:
        """Its quantity, for people."""
        return quantity_text(self.quantity, self.measured)


async def take_step(
    store: Store,
    clock: Clock,
    step: Step,
    *,
    decision_id: str,
    request_id: str,
    request_key: str,
    request_hash: bytes,
    render: Callable[[Reservation], bytes],
    sold: Callable[[Record], Sequence[SoldLine]] | None = None,
    caller: str = "",
) -> Answer:
    """Redeem or release what *decision_id* reserved, and return the reply that *render* makes.

    *sold* reads what was sold, by the decision's record. Raises NotFound for an unknown decision
    and one of another *caller*, WrongState when its reservation does not allow the step or another
    basket was sold, RequestIdReused, and StoreUnavailable when nothing was written.
    """
    for _ in range(MAX_ROUNDS):
        entry, earlier, held = await store.read(
            lambda: (
                store.decision(decision_id),
                earlier_answer(store, request_key, request_hash),
                store.reservation(decision_id),
            )
        )
        entry = owned(entry, decision_id, caller)
        if earlier is not None:
            return Answer(earlier, replayed=True)
        if held is None:
            raise await store.read(lambda: refused(store, decision_id, None))
        if sold is not None:
            record = decision_record(entry)
            _check_sold(sold(record), record)
        after = replace(held, state=NEXT_STATE[step])
        now = clock()
        write = StepWrite(
            request_key=request_key,
            answer=StoredAnswer(request_hash, render(after)),
            decision_id=decision_id,
            step=step,
            at_us=now,
            record=_record(step, held, request_id, now),
            returns=held.returns,
        )
        outcome = await store.commit_step(write)
        if isinstance(outcome, StoredAnswer):
            return Answer(same_request(outcome, request_hash), replayed=True)
        if not isinstance(outcome, StepRefused):
            return Answer(write.answer.reply, replayed=False)
        now_held = await store.read(lambda: store.reservation(decision_id))
        if now_held is None or now_held.returns == held.returns:
            raise await store.read(partial(refused, store, decision_id, outcome.state))
    raise StoreUnavailable("returns for this decision kept coming first")


def _check_sold(sold: Sequence[SoldLine], record: Record) -> None:
    """Raise WrongState unless *sold* is the basket of *record*, at the prices decided."""
    currency = record["context"]["currency"]
    priced = zip(record["context"]["lines"], record["outcome"]["net_totals"], strict=True)
    decided = {line.line_id: line for line in starmap(_decided, priced)}
    for line_id, _, quantity, total in record["context"].get("other_lines", ()):
        decided[line_id] = SoldLine(line_id, quantity, None, total)
    for line in sold:
        if line.line_id not in decided:
            raise WrongState("BASKET_CHANGED", f"`{line.line_id}` is no other line of the decision")
        there = decided.pop(line.line_id)
        if line.how_much != there.how_much:
            raise _changed(line.line_id, f"with {there.how_much}, and sold with {line.how_much}")
        if line.final_price is not None and line.final_price != there.final_price:
            prices = (format_minor(p or 0, currency) for p in (there.final_price, line.final_price))
            raise _changed(line.line_id, "at {}, and sold at {}".format(*prices))
    for there in decided.values():
        raise _changed(there.line_id, f"with {there.how_much}, and not sold")


def _decided(stored: Mapping[str, Any], price: int) -> SoldLine:
    line = line_of(stored)
    return SoldLine(line.line_id, line.quantity, line.measured, price)


def _changed(line_id: str, how: str) -> WrongState:
    return WrongState("BASKET_CHANGED", f"line `{line_id}` was decided {how}")


def owned(entry: LogEntry | None, decision_id: str, caller: str) -> LogEntry:
    """*entry*, the decision *decision_id*, for *caller*; empty is for somebody who may see all.

    Raises NotFound for None, and for what another caller decided: whoever tries ids learns nothing.
    What was decided before there were callers belongs to all of them.
    """
    if entry is None or (caller and parse(entry.record).get("caller", caller) != caller):
        raise NotFound(f"there is no decision `{decision_id}`")
    return entry


def replaceable(
    store: Store, decision_id: str, user_ref: str, caller: str = ""
) -> Reservation | None:
    """What a decision that replaces *decision_id*, about the shopper *user_ref*, hands back.

    None when nothing is held: no discount was given, or it lapsed or was released. Raises NotFound
    for an unknown decision and one of another *caller*, InvalidRequest for one about another
    shopper, and WrongState when it was redeemed or replaced already.
    """
    entry = owned(store.decision(decision_id), decision_id, caller)
    if decision_record(entry)["context"]["user_ref"] != user_ref:
        description = "names a decision about another shopper"
        raise InvalidRequest((FieldViolation("replaces", description, "OTHER_SHOPPER"),))
    held = store.reservation(decision_id)
    if held is None or held.state in {ReservationState.RELEASED, ReservationState.EXPIRED}:
        return None
    if held.state is not ReservationState.HELD:
        raise refused(store, decision_id, held.state)
    return held


def handing_back(held: Reservation, replaced_by: str, at_us: int) -> StepWrite:
    """What hands back *held* when the decision *replaced_by* is committed."""
    return StepWrite(
        request_key="",
        answer=NO_ANSWER,
        decision_id=held.decision_id,
        step=Step.REPLACE,
        at_us=at_us,
        record=_record(Step.REPLACE, held, "", at_us, {"replaced_by": replaced_by}),
    )


async def expire_due(store: Store, clock: Clock) -> int:
    """Give back the budget of every reservation whose time is up; return how many there were."""
    now = clock()
    due = await store.read(lambda: store.due(now, EXPIRY_BATCH))
    writes = [
        StepWrite(
            request_key="",
            answer=NO_ANSWER,
            decision_id=held.decision_id,
            step=Step.EXPIRE,
            at_us=now,
            record=_record(Step.EXPIRE, held, "", now),
        )
        for held in due
    ]
    # Handed over together, they are committed together.
    await asyncio.gather(*map(store.commit_step, writes))
    return len(due)


def _record(
    step: Step,
    held: Reservation,
    request_id: str,
    at_us: int,
    more: Mapping[str, Any] | None = None,
) -> bytes:
    entry: dict[str, Any] = {
        **(more or {}),
        "schema": f"sconto.{step.value}/1",
        "decision_id": held.decision_id,
        "request_id": request_id,
        "at_us": at_us,
        "draws": [[d.key, d.amount] for d in held.draws],
    }
    return canonical(entry)
