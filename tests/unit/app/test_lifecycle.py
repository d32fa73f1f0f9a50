"""A reservation's life: every step from every state, and what each refusal is called."""

from __future__ import annotations

import pytest

from contract.writes import HASH, LIFETIME_US, START_US, decision, draw, step
from sconto.app.lifecycle import EXPIRY_BATCH, STATE_CODES, expire_due, take_step
from sconto.app.ports import Reservation, ReservationState, Step
from sconto.domain.canonical import parse
from sconto.errors import NotFound, RequestIdReused, WrongState
from sconto.store.memory import MemoryStore

KEY = "campaign/all/total"
BORN = START_US + 1_000_000
LAPSES = BORN + LIFETIME_US


async def _store(*before: Step) -> MemoryStore:
    """A store with decision `d1`, which reserved 7, after the steps *before*."""
    store = MemoryStore()
    await store.commit_decision(decision(1, draw(KEY, 7)))
    for kind in before:
        late = LIFETIME_US if kind is Step.EXPIRE else 1
        await store.commit_step(step(1, kind, after_us=late, request=f"before/{kind.value}"))
    return store


async def _take(
    store: MemoryStore,
    kind: Step,
    *,
    at_us: int = BORN + 1,
    decision_id: str = "d1",
    body: bytes = HASH,
) -> tuple[bytes, bool]:
    answer = await take_step(
        store, lambda: at_us, kind,
        decision_id=decision_id, request_id="r", request_key=f"{kind.value}/r", request_hash=body,
        render=lambda r: f"{r.decision_id} {r.state.value}".encode(),
    )  # fmt: skip
    return answer.reply, answer.replayed


def _state(store: MemoryStore) -> ReservationState:
    held = store.reservation("d1")
    assert isinstance(held, Reservation)
    return held.state


@pytest.mark.parametrize(
    ("before", "taken", "left"),
    [
        ((), Step.REDEEM, 7),
        ((), Step.RELEASE, 0),
        ((Step.REDEEM,), Step.RELEASE, 0),
    ],
)
async def test_a_step_that_the_state_allows(
    before: tuple[Step, ...], taken: Step, left: int
) -> None:
    """It is taken, logged and answered; the budget is spent by a redemption, else given back."""
    store = await _store(*before)
    reply, replayed = await _take(store, taken)
    entry = store.history("d1")[-1]

    assert f"d1 {_state(store).value}".encode() == reply
    assert not replayed
    assert left == store.usage([KEY]).get(KEY, 0)
    assert (taken.value, BORN + 1) == (entry.kind, entry.at_us)
    assert {
        "schema": f"sconto.{taken.value}/1",
        "decision_id": "d1",
        "request_id": "r",
        "at_us": BORN + 1,
        "draws": [[KEY, 7]],
    } == parse(entry.record)


@pytest.mark.parametrize(
    ("before", "taken", "code"),
    [
        ((Step.REDEEM,), Step.REDEEM, "ALREADY_REDEEMED"),
        ((Step.RELEASE,), Step.REDEEM, "ALREADY_RELEASED"),
        ((Step.EXPIRE,), Step.REDEEM, "RESERVATION_EXPIRED"),
        ((Step.RELEASE,), Step.RELEASE, "ALREADY_RELEASED"),
        ((Step.REDEEM, Step.RELEASE), Step.RELEASE, "ALREADY_RELEASED"),
        ((Step.REDEEM, Step.RELEASE), Step.REDEEM, "ALREADY_RELEASED"),
        ((Step.EXPIRE,), Step.RELEASE, "RESERVATION_EXPIRED"),
    ],
)
async def test_a_step_that_the_state_forbids(
    before: tuple[Step, ...], taken: Step, code: str
) -> None:
    """It is refused under the state's own code, and nothing changes."""
    store = await _store(*before)
    state, usage, entries = _state(store), store.usage([KEY]), len(store.history("d1"))
    with pytest.raises(WrongState) as refused:
        await _take(store, taken)

    assert code == refused.value.state_code
    assert code in STATE_CODES
    assert (state, usage, entries) == (_state(store), store.usage([KEY]), len(store.history("d1")))


@pytest.mark.parametrize(("at_us", "allowed"), [(LAPSES - 1, True), (LAPSES, False)])
async def test_a_reservation_can_be_redeemed_until_its_time_is_up(
    at_us: int, *, allowed: bool
) -> None:
    """In the last microsecond it can, one later it can't, though nobody has expired it yet."""
    store = await _store()
    if allowed:
        assert (b"d1 redeemed", False) == await _take(store, Step.REDEEM, at_us=at_us)
        return
    with pytest.raises(WrongState) as refused:
        await _take(store, Step.REDEEM, at_us=at_us)

    assert "RESERVATION_EXPIRED" == refused.value.state_code
    assert ReservationState.HELD is _state(store)


async def test_a_step_asked_for_twice_is_taken_once() -> None:
    """The same request gets the same bytes; the same request_id for another body is refused."""
    store = await _store()
    first = await _take(store, Step.REDEEM)
    again = await _take(store, Step.REDEEM, at_us=LAPSES + 1)
    with pytest.raises(RequestIdReused):
        await _take(store, Step.REDEEM, body=b"other")

    assert ((b"d1 redeemed", False), (b"d1 redeemed", True)) == (first, again)
    assert 2 == len(store.history("d1"))


async def test_an_unknown_decision_is_not_found() -> None:
    """Its id is in the message."""
    with pytest.raises(NotFound, match="there is no decision `d9`"):
        await _take(await _store(), Step.REDEEM, decision_id="d9")


async def test_a_decision_without_a_discount_has_nothing_to_redeem() -> None:
    """It is there, but it reserved nothing."""
    store = MemoryStore()
    await store.commit_decision(decision(1))
    with pytest.raises(WrongState) as refused:
        await _take(store, Step.RELEASE)

    assert "NOTHING_RESERVED" == refused.value.state_code


async def test_what_lapsed_goes_back_to_its_budget() -> None:
    """Only reservations that are held and past their time expire, each with a log entry."""
    store = MemoryStore()
    for n in (1, 2, 3):
        await store.commit_decision(decision(n, draw(KEY, 1)))
    await store.commit_step(step(1, Step.REDEEM))
    now = START_US + 2_000_000 + LIFETIME_US

    assert 1 == await expire_due(store, lambda: now)
    assert 0 == await expire_due(store, lambda: now)
    assert {KEY: 2} == store.usage([KEY])
    assert ["decision", "expiry"] == [e.kind for e in store.history("d2")]
    assert ["decision"] == [e.kind for e in store.history("d3")]


async def test_expiry_goes_by_in_batches() -> None:
    """More than one batch is left for the next time, so that decisions are not held up."""
    store = MemoryStore()
    for n in range(EXPIRY_BATCH + 1):
        await store.commit_decision(decision(n, draw(KEY, 1, limit=10**6)))
    late = START_US + 10**12

    assert [EXPIRY_BATCH, 1, 0] == [await expire_due(store, lambda: late) for _ in range(3)]
