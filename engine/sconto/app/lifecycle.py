"""What happens to a reservation after the decision: redeemed, released, or lapsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sconto.app.idempotency import Answer, same_request
from sconto.app.ports import (
    NO_ANSWER,
    Clock,
    Reservation,
    ReservationState,
    Step,
    StepRefused,
    StepWrite,
    Store,
    StoredAnswer,
)
from sconto.domain.canonical import canonical
from sconto.errors import NotFound, WrongState

EXPIRY_BATCH: Final = 500
"""Reservations expired at one go, so that decisions are never held up for long."""

NEXT_STATE: Final = {
    Step.REDEEM: ReservationState.REDEEMED,
    Step.RELEASE: ReservationState.RELEASED,
    Step.EXPIRE: ReservationState.EXPIRED,
}

_REFUSALS: Final = {
    ReservationState.HELD: ("RESERVATION_EXPIRED", "the reservation's time is up"),
    ReservationState.REDEEMED: ("ALREADY_REDEEMED", "the reservation was redeemed before"),
    ReservationState.RELEASED: ("ALREADY_RELEASED", "the reservation was released before"),
    ReservationState.EXPIRED: ("RESERVATION_EXPIRED", "the reservation's time is up"),
    None: ("NOTHING_RESERVED", "the decision gave no discount, so it reserved nothing"),
}

STATE_CODES: Final = frozenset(code for code, _ in _REFUSALS.values())
"""Every code that a WrongState can carry."""


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
) -> Answer:
    """Redeem or release what *decision_id* reserved, and return the reply that *render* makes.

    Raises NotFound for an unknown decision, WrongState when its reservation does not allow the
    step, RequestIdReused, and StoreUnavailable when nothing was written.
    """
    if store.decision(decision_id) is None:
        raise NotFound(f"there is no decision `{decision_id}`")
    held = store.reservation(decision_id)
    if held is None:
        raise WrongState(*_REFUSALS[None])
    after = Reservation(decision_id, NEXT_STATE[step], held.expires_us, held.draws)
    now = clock()
    write = StepWrite(
        request_key=request_key,
        answer=StoredAnswer(request_hash, render(after)),
        decision_id=decision_id,
        step=step,
        at_us=now,
        record=_record(step, held, request_id, now),
    )
    outcome = await store.commit_step(write)
    if isinstance(outcome, StoredAnswer):
        return Answer(same_request(outcome, request_hash), replayed=True)
    if isinstance(outcome, StepRefused):
        raise WrongState(*_REFUSALS[outcome.state])
    return Answer(write.answer.reply, replayed=False)


async def expire_due(store: Store, clock: Clock) -> int:
    """Give back the budget of every reservation whose time is up; return how many there were."""
    now = clock()
    due = store.due(now, EXPIRY_BATCH)
    for held in due:
        write = StepWrite(
            request_key="",
            answer=NO_ANSWER,
            decision_id=held.decision_id,
            step=Step.EXPIRE,
            at_us=now,
            record=_record(Step.EXPIRE, held, "", now),
        )
        await store.commit_step(write)
    return len(due)


def _record(step: Step, held: Reservation, request_id: str, at_us: int) -> bytes:
    entry: dict[str, Any] = {
        "schema": f"sconto.{step.value}/1",
        "decision_id": held.decision_id,
        "request_id": request_id,
        "at_us": at_us,
        "draws": [[d.key, d.amount] for d in held.draws],
    }
    return canonical(entry)
