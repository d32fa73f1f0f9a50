"""The store of one simulated replica: SqliteStore, with its threads replaced by the network.

Its reads, its queue of writes, its deadlines and its health are the product's own code.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from threading import Condition
from typing import Any, TypeVar

from sconto.errors import StoreUnavailable
from sconto.store.committer import Committer, _Job, _resolve
from sconto.store.deadline import future_within
from sconto.store.readers import READ_SECONDS, _give_up, _settle
from sconto.store.sqlite import SqliteStore
from sconto.store.writes import Write
from simulation.database import Database, NeverReplaced
from simulation.world import Group, World

_T = TypeVar("_T")


class SimulatedStore(SqliteStore):
    """The Store port over a simulated database."""

    def __init__(self, world: World, database: Database, process: Group, name: str) -> None:
        self._file = NeverReplaced()
        self._readers = SimulatedReaders(world, database, process, name)
        self._committer = LoopCommitter(world, database, process, name)
        self._looked_until = 0
        self._fault = ""


class SimulatedReaders:
    """Questions that travel to the database and are answered there."""

    def __init__(self, world: World, database: Database, process: Group, name: str) -> None:
        self._world = world
        self._database = database
        self._process = process
        self._name = name

    @property
    def connection(self) -> sqlite3.Connection:
        """That of the database; each statement may find another state."""
        self._database.meanwhile()
        return self._database.connection

    async def ask(self, question: Callable[[], _T]) -> _T:
        """See Readers."""
        future = future_within(READ_SECONDS, _give_up)
        send, here, there = self._world.send, self._name, self._database.name

        def arrive() -> None:
            if not self._database.up:
                return
            answer, error = None, None
            try:
                answer = question()
            except Exception as raised:  # noqa: BLE001 - the caller's
                error = raised
            send(there, here, lambda: self._arrived(future, answer, error), once=True)

        send(here, there, arrive, once=True)
        answer: _T = await future
        return answer

    def _arrived(self, future: asyncio.Future[Any], answer: Any, error: Exception | None) -> None:
        if self._process.alive:
            _settle(future, answer, error)


class LoopCommitter(Committer):
    """The queue of writes, with a task of the loop in place of its thread."""

    def __init__(self, world: World, database: Database, process: Group, name: str) -> None:
        self._changed = Condition()
        self._queue: list[_Job] = []
        self._wanted = 1
        self._closed = False
        self.failed = False
        self._came = asyncio.Event()
        self._world = world
        self._database = database
        self._process = process
        self._name = name
        self._on_its_way: asyncio.Future[Any] | None = None
        process.start(self._work_on_loop())

    def submit(self, write: Write) -> asyncio.Future[Any]:  # type: ignore[override]
        """See Committer."""
        future = super().submit(write)
        self._came.set()
        return future

    def cut(self) -> None:
        """Lose the connection to the database, and with it the answer that is awaited."""
        if self._on_its_way is not None and not self._on_its_way.done():
            self._on_its_way.set_exception(StoreUnavailable("the connection was cut"))

    async def _work_on_loop(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._queue:
                await asyncio.sleep(self._world.between(0, 0.002))
                most = self._world.chance.choice((1, 3, 256))
                batch = self._queue[:most]
                del self._queue[:most]
                self._writer = _Arrived(await self._outcomes([job.write for job in batch]))
                _resolve(self._run(batch))

    async def _outcomes(self, writes: Sequence[Write]) -> list[Any] | Exception:
        if not writes:
            return []
        send, here, there = self._world.send, self._name, self._database.name
        # Longer than callers wait, at times: they are then told before it is known.
        future = future_within(self._world.between(1, 5), _lose)
        self._on_its_way = future

        def answer(outcomes: list[Any]) -> None:
            send(there, here, lambda: self._arrived(future, outcomes), once=True)

        send(here, there, lambda: self._database.receive(writes, answer), once=True)
        try:
            return list(await future)
        except StoreUnavailable as error:
            self._world.saw("commit without an answer")
            return error

    def _arrived(self, future: asyncio.Future[Any], outcomes: list[Any]) -> None:
        if self._process.alive and not future.done():
            future.set_result(outcomes)


class _Arrived:
    """A Writer that has the outcomes already."""

    def __init__(self, outcomes: list[Any] | Exception) -> None:
        self._outcomes = outcomes

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """See Writer."""
        if isinstance(self._outcomes, Exception):
            raise self._outcomes
        return self._outcomes


def _lose(future: asyncio.Future[Any]) -> None:
    future.set_exception(StoreUnavailable("the connection was lost"))
