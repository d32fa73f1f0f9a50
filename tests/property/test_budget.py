"""The ledger's invariant: reserved + redeemed never passes a limit, whatever happens at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from contract.writes import LIFETIME_US, decision, draw, step
from sconto.app.lifecycle import NEXT_STATE
from sconto.app.ports import (
    BudgetRefused,
    Committed,
    DecisionWrite,
    ReservationState,
    Step,
    StepWrite,
    Store,
)
from sconto.store.books import DecisionOutcome, StepOutcome
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

LIMITS = {"campaign/all/total": 6, "week/all/2026-W10": 9, "cap/u1/total": 3, "cap/u2/total": 3}

Write = DecisionWrite | StepWrite


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision that wants *amounts* of ledger keys, asked for under *request*.

    A key may be there twice: several discounts of one decision can draw on one budget. It may
    replace an earlier decision (counted from the first).
    """

    amounts: list[tuple[str, int]]
    request: int
    replaces: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """A step of some earlier decision (counted from the first), before or after its time is up."""

    nth: int
    kind: Step
    late: bool


wishes = st.builds(
    Wish,
    amounts=st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.integers(1, 4)), max_size=4),
    request=st.integers(0, 200),
    replaces=st.none() | st.integers(0, 30),
)
moves = st.builds(
    Move, nth=st.integers(0, 30), kind=st.sampled_from(list(NEXT_STATE)), late=st.booleans()
)
rounds = st.lists(st.lists(wishes | moves, min_size=1, max_size=25), min_size=1, max_size=4)


def writes_of(wanted: Sequence[Wish | Move], first: int) -> list[Write]:
    """*wanted* as writes; decisions are numbered from *first*."""
    writes: list[Write] = []
    for n, want in enumerate(wanted, first):
        if isinstance(want, Move):
            after_us = LIFETIME_US if want.late else 1
            writes.append(step(want.nth, want.kind, after_us=after_us, request=""))
            continue
        draws = [draw(k, amount, LIMITS[k]) for k, amount in sorted(want.amounts)]
        write = decision(n, *draws, request=f"Decide/{want.request}")
        if want.replaces is not None:
            write = write._replace(replaces=step(want.replaces, Step.REPLACE, request=""))
        writes.append(write)
    return writes


async def at_once(store: Store, writes: Sequence[Write]) -> list[DecisionOutcome | StepOutcome]:
    """What becomes of *writes* when all of them wait together."""
    return await asyncio.gather(
        *(
            store.commit_decision(w) if isinstance(w, DecisionWrite) else store.commit_step(w)
            for w in writes
        )
    )


def held(store: Store, count: int) -> Counter[str]:
    """What reservations that still count take from each key, from the reservations alone."""
    taken: Counter[str] = Counter()
    for reservation in (store.reservation(f"d{n}") for n in range(count)):
        counts = {ReservationState.HELD, ReservationState.REDEEMED}
        if reservation is not None and reservation.state in counts:
            for taking in reservation.draws:
                taken[taking.key] += taking.amount
    return taken


@given(rounds=rounds)
@settings(max_examples=60, deadline=None)
def test_a_budget_is_never_overspent(rounds: list[list[Wish | Move]]) -> None:
    """However writes come together, no key passes its limit, and the balance is what is held."""

    async def play(store: Store, twin: Store) -> None:
        count = 0
        for wanted in rounds:
            writes = writes_of(wanted, count)
            count += len(writes)
            outcomes = await at_once(store, writes)
            taken = held(store, count)

            assert all(taken[k] <= limit for k, limit in LIMITS.items())
            assert store.usage(list(LIMITS)) == +taken
            assert outcomes == await at_once(twin, writes)
            event(f"refused: {any(isinstance(o, BudgetRefused) for o in outcomes)}")

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "log.db")
        try:
            asyncio.run(play(store, MemoryStore()))
            assert store.discrepancies() == ()
        finally:
            store.close()


@given(
    callers=st.integers(2, 60),
    limits=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    amount=st.integers(1, 3),
)
@settings(max_examples=40, deadline=None)
def test_exactly_as_many_pass_as_the_tightest_budget_covers(
    callers: int, limits: list[int], amount: int
) -> None:
    """Of equal decisions made at once, as many commit as fit, and the rest leave nothing."""
    draws = [draw(f"b{i}/all/total", amount, limit) for i, limit in enumerate(limits)]
    fit = min(callers, min(limits) // amount)
    writes: list[Write] = [decision(n, *draws) for n in range(callers)]

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "log.db")
        try:
            outcomes = asyncio.run(at_once(store, writes))
            assert sum(isinstance(o, Committed) for o in outcomes) == fit
            spent = {d.key: fit * amount for d in draws if fit}
            assert store.usage([d.key for d in draws]) == spent
            assert store.discrepancies() == ()
        finally:
            store.close()
