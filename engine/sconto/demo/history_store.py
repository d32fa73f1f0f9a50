"""A store that decides in memory and writes to the real one in large groups, in the same order.

Filling a log is one long row of decisions, each of which must see all before it. One commit for
each would wait for the disk a hundred thousand times.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from typing import Final

from sconto.app.ports import (
    Behaviour,
    Committed,
    DecisionWrite,
    LogEntry,
    Reservation,
    ReservationState,
    StepWrite,
    Store,
)
from sconto.store.books import DecisionOutcome, KeptEvent, StepOutcome
from sconto.store.memory import MemoryStore

GROUP: Final = 512
"""Writes that go to the real store together."""


class HistoryStore(MemoryStore):
    """The part of a store that deciding needs, over an empty real store.

    `flush` makes all of it durable. The same `Books` decide here and there, so that what was
    accepted here is accepted there; what nobody asks for again is kept there only.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._pending: list[DecisionWrite | StepWrite] = []
        self._seen: dict[str, list[KeptEvent]] = defaultdict(list)
        self._events = 0
        self._due: list[tuple[int, str]] = []

    async def commit_decision(self, write: DecisionWrite) -> DecisionOutcome:
        """See Store."""
        outcome = self._books.add_decision(write)
        if isinstance(outcome, Committed):
            if write.expires_us is not None:
                heapq.heappush(self._due, (write.expires_us, write.decision_id))
            await self._keep(write)
        return outcome

    async def commit_step(self, write: StepWrite) -> StepOutcome:
        """See Store."""
        outcome = self._books.take_step(write)
        if isinstance(outcome, Committed):
            await self._keep(write)
        return outcome

    async def flush(self) -> None:
        """Write everything accepted so far to disk."""
        writes, self._pending = self._pending, []
        outcomes = await asyncio.gather(
            *(
                self._store.commit_decision(w)
                if isinstance(w, DecisionWrite)
                else self._store.commit_step(w)
                for w in writes
            )
        )
        if not all(isinstance(outcome, Committed) for outcome in outcomes):
            raise AssertionError("the store refused what its own books accept")

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        undone = self._books.undone
        events = (
            kept.event
            for kept in self._seen.get(user_ref, ())
            if since_us < kept.event.at_us <= until_us
            and undone.get(kept, until_us + 1) > until_us
            and (not without or kept.decision_id != without)
        )
        return Behaviour(tuple(sorted(events, key=lambda e: e.at_us)), self._events)

    def decision(self, decision_id: str) -> LogEntry | None:
        """An entry without content for a decision that reserved something; None for others."""
        known = decision_id in self._books.reservations
        return LogEntry(0, "decision", decision_id, 0, b"") if known else None

    def due(self, now_us: int, limit: int) -> tuple[Reservation, ...]:
        """See Store; returns each reservation once."""
        found: list[Reservation] = []
        while self._due and self._due[0][0] <= now_us and len(found) < limit:
            held = self._books.reservations[heapq.heappop(self._due)[1]]
            if held.state is ReservationState.HELD:
                found.append(held)
        return tuple(found)

    async def _keep(self, write: DecisionWrite | StepWrite) -> None:
        books = self._books
        for kept in books.kept:
            self._seen[kept.user_ref].append(kept)
        self._events += len(books.kept)
        # The real store has them; here they would only fill the memory.
        books.kept.clear()
        books.posted.clear()
        books.answers.clear()
        self._pending.append(write)
        if len(self._pending) >= GROUP:
            await self.flush()
