"""Group commit: one thread hands whatever has queued up to the writer, many writes at a time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, overload

from sconto.app.ports import (
    CodesWrite,
    DecisionWrite,
    EventsWrite,
    PricesWrite,
    PublicationWrite,
    StepWrite,
)
from sconto.app.transparency.kept import CheckpointWrite
from sconto.domain.prior_price import ListPrice
from sconto.errors import StoreUnavailable
from sconto.store.books import DecisionOutcome, PublicationOutcome, StepOutcome
from sconto.store.deadline import future_within
from sconto.store.writes import Forgetting, RulesetWrite, Trial, Write, not_durable

WINDOW_S: Final = 0.002
"""How long a commit may wait for company.

On a fast disk a commit is over before the event loop can bring the next write, and without a wait
batches stay at one write however many callers there are; 2 ms cut the CPU per call by a tenth to a
third, 4 ms cost more than they gave. A lone caller never waits.
"""
COMMIT_SECONDS: Final = 3.0
"""Whoever waits longer for a commit is told that there was none; SQLite waits two for a lock."""
MOST_WRITES: Final = 256
"""Writes in one transaction, so that a flood can't make its first caller wait for its last."""


class Writer(Protocol):
    """Makes writes durable: in this process, or by handing them to the one that does."""

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """The outcome of each of *writes*; a StoreUnavailable stands for one that left nothing."""
        ...

    def rest(self) -> None:
        """Is called after the outcomes of a commit were delivered."""
        ...

    def close(self) -> None:
        """Let go of what it writes to."""
        ...


@dataclass(frozen=True, slots=True)
class _Job:
    write: Write
    future: asyncio.Future[Any]


class Committer:
    """Commits writes in the order in which they were submitted, many to a transaction.

    A write whose caller has gone still commits. When a transaction fails, nothing of it remains,
    its callers get StoreUnavailable, and the next one starts afresh. A caller who waits too long
    gets that too: the write is then taken back, unless it is under way to the disk.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._changed = threading.Condition()
        self._queue: list[_Job] = []
        self._wanted = 1
        self._closed = False
        self.failed = False
        """Whether a write has failed since all of a transaction were made durable."""
        self._thread = threading.Thread(target=self._work, name="sconto-committer", daemon=True)
        self._thread.start()

    @overload
    def submit(self, write: DecisionWrite) -> asyncio.Future[DecisionOutcome]: ...
    @overload
    def submit(self, write: StepWrite) -> asyncio.Future[StepOutcome]: ...
    @overload
    def submit(self, write: PublicationWrite) -> asyncio.Future[PublicationOutcome]: ...
    @overload
    def submit(self, write: EventsWrite | Forgetting | CodesWrite) -> asyncio.Future[int]: ...
    @overload
    def submit(self, write: PricesWrite) -> asyncio.Future[int | ListPrice]: ...
    @overload
    def submit(self, write: CheckpointWrite) -> asyncio.Future[bool]: ...
    @overload
    def submit(self, write: RulesetWrite | Trial) -> asyncio.Future[None]: ...
    def submit(self, write: Write) -> asyncio.Future[Any]:
        """Queue *write*; the future of the running loop resolves once it is on disk.

        Raises StoreUnavailable at once when the store is closed.
        """
        job = _Job(write, future_within(COMMIT_SECONDS, self._give_up))
        with self._changed:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._queue.append(job)
            if len(self._queue) >= self._wanted:
                self._changed.notify()
        return job.future

    def close(self) -> None:
        """Commit what is queued, then end the thread; safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _give_up(self, future: asyncio.Future[Any]) -> None:
        with self._changed:
            self._queue = [job for job in self._queue if job.future is not future]
        self.failed = True
        late = TimeoutError(f"it took longer than {COMMIT_SECONDS:g} s")
        future.set_exception(not_durable(late))

    def _work(self) -> None:
        company = 1
        while batch := self._next_batch(company):
            settled = self._run(batch)
            # Whoever queued meanwhile is another caller: a floor for how many there are.
            company = len(batch) + len(self._queue)
            _deliver(settled)
            self._writer.rest()

    def _next_batch(self, company: int) -> list[_Job]:
        with self._changed:
            self._wanted = 1
            self._changed.wait_for(lambda: self._queue or self._closed)
            self._wanted = min(company, MOST_WRITES)
            self._changed.wait_for(
                lambda: len(self._queue) >= self._wanted or self._closed, WINDOW_S
            )
            batch = self._queue[:MOST_WRITES]
            del self._queue[:MOST_WRITES]
            return batch

    def _run(self, batch: Sequence[_Job]) -> list[tuple[_Job, Any]]:
        try:
            outcomes = self._writer.commit([job.write for job in batch])
        except Exception as error:  # noqa: BLE001  # a thread that dies would hang every caller
            outcomes = [not_durable(error)] * len(batch)
        self.failed = any(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        return list(zip(batch, outcomes, strict=True))


def _deliver(settled: Sequence[tuple[_Job, Any]]) -> None:
    loops = {job.future.get_loop() for job, _ in settled}
    for loop in loops:
        mine = [(job, outcome) for job, outcome in settled if job.future.get_loop() is loop]
        # A loop that was closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(settled: Sequence[tuple[_Job, Any]]) -> None:
    for job, outcome in settled:
        if job.future.done():
            continue
        if isinstance(outcome, StoreUnavailable):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
