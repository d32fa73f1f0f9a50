"""Reading threads: questions to a store, answered off the event loop, in bounded time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from sconto.errors import StoreUnavailable
from sconto.store.deadline import future_within

_T = TypeVar("_T")
ConnectionT = TypeVar("ConnectionT")

THREADS: Final = 4
"""So many reads run at once, so that a long one does not hold up short ones."""
READ_SECONDS: Final = 2.0
"""Whoever waits longer for an answer is told that there is none.

SQLite tries for ten seconds to have a lock, and a disk may take any time.
"""


class _Question(NamedTuple):
    """What a caller asks, and where the answer goes."""

    answer: Callable[[], Any]
    future: asyncio.Future[Any]


class Source(Protocol[ConnectionT]):
    """What is read from."""

    def connect(self) -> ConnectionT:
        """A connection that can't write, for any thread; raises StoreUnavailable."""
        ...

    def is_open(self, connection: ConnectionT) -> bool:
        """Whether the other end, if there is one, has not closed *connection*; takes no time."""
        ...

    def close(self, connection: ConnectionT) -> None:
        """Let go of *connection*."""
        ...


class Readers(Generic[ConnectionT]):
    """Threads with a connection each to *source*, none of which can write.

    Callers on all other threads share one more connection.
    """

    def __init__(self, source: Source[ConnectionT]) -> None:
        self._source = source
        self._mine = threading.local()
        self._shared = source.connect()
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name="sconto-reader", daemon=True)
            for _ in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def connection(self) -> ConnectionT:
        """The connection of the thread that asks."""
        mine: ConnectionT = getattr(self._mine, "connection", self._shared)
        return mine

    async def ask(self, question: Callable[[], _T]) -> _T:
        """What *question* returns or raises; StoreUnavailable when that takes too long."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        future = future_within(READ_SECONDS, _give_up)
        self._questions.put(_Question(question, future))
        answer: _T = await future
        return answer

    def close(self) -> None:
        """Answer what was asked, then end the threads; safe to call twice."""
        if not self._closed:
            self._closed = True
            for _ in self._threads:
                self._questions.put(None)
        for thread in self._threads:
            thread.join()
        self._source.close(self._shared)

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            # Whoever gave up asks no more.
            if not question.future.done():
                self._answer(question)
        self._let_go()

    def _answer(self, question: _Question) -> None:
        answer: Any = None
        error: Exception | None = None
        try:
            if hasattr(self._mine, "connection") and not self._source.is_open(self.connection):
                self._let_go()
            if not hasattr(self._mine, "connection"):
                self._mine.connection = self._source.connect()
            answer = question.answer()
        except StoreUnavailable as unavailable:
            # Whatever went wrong, the next question gets a connection that knows nothing of it.
            self._let_go()
            error = unavailable
        except Exception as raised:  # noqa: BLE001 - the caller's
            error = raised
        # A loop that was closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            question.future.get_loop().call_soon_threadsafe(_settle, question.future, answer, error)

    def _let_go(self) -> None:
        if hasattr(self._mine, "connection"):
            self._source.close(self._mine.connection)
            del self._mine.connection


def _give_up(future: asyncio.Future[Any]) -> None:
    future.set_exception(StoreUnavailable(f"the store gave no answer within {READ_SECONDS:g} s"))


def _settle(future: asyncio.Future[Any], answer: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(answer)
    else:
        future.set_exception(error)
