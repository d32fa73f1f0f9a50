"""One simulated database: the product's own SQL on SQLite in memory, behind a network.

What was committed is durable; what has arrived and waits for its turn is not. One transaction runs
at a time, whole, in the order in which its message arrived: the log has one order.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sconto.app.code_ref import code_ref
from sconto.app.ports import CodesWrite
from sconto.app.shop_currency import shop_currency
from sconto.domain.codes import normalised
from sconto.store import posting, schema
from sconto.store.packing import know_packing
from sconto.store.writer import FileWriter
from sconto.store.writes import Write
from simulation.world import World

KEY = b"k" * 32
"""Behind shopper references, at every replica."""
CODES = tuple(f"GIFT-FOR-{n}" for n in range(3))


class _Waiting(NamedTuple):
    writes: Sequence[Write]
    answer: Callable[[list[Any]], None]


class MemoryWriter(FileWriter):
    """The writer of a store's file, over a database in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._same = NeverReplaced()
        self._newest = 0
        self._doubted = False


class NeverReplaced:
    """Stands for the file of a store."""

    def check(self) -> None:
        """Find that all is well."""


class Database:
    """Commits what replicas send, and is read by them."""

    name = "database"

    def __init__(self, world: World, committed: Callable[[], None]) -> None:
        self.world = world
        self.connection = _connected()
        _template().backup(self.connection)
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.up = True
        self._writer = MemoryWriter(self.connection)
        self._committed = committed
        self._waiting: deque[_Waiting] = deque()
        self._turn: Any = None

    def receive(self, writes: Sequence[Write], answer: Callable[[list[Any]], None]) -> None:
        """Take a transaction that arrives; *answer* is called once it is durable."""
        if self.up:
            self._waiting.append(_Waiting(writes, answer))
            self._plan()

    def meanwhile(self) -> None:
        """Between two statements of a reader, somebody else may commit."""
        if self._waiting and self.world.happens(0.3):
            self.world.saw("commit between reads")
            self.commit_next()

    def commit_next(self) -> None:
        """Commit the transaction whose turn it is, and answer it."""
        waiting = self._waiting.popleft()
        outcomes = self._writer.commit(waiting.writes)
        names = " ".join(f"{type(w).__name__}:{type(o).__name__}" for w, o in
                         zip(waiting.writes, outcomes, strict=True))  # fmt: skip
        self.world.say(self.name, f"commit {names}")
        self._committed()
        waiting.answer(outcomes)

    def crash(self) -> None:
        """Lose what is not durable."""
        self.up = False
        self._waiting.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def restart(self) -> None:
        """Go on from what is durable."""
        self.up = True

    def _plan(self) -> None:
        if self._turn is None and self._waiting:
            slow = self.world.happens(self.world.weather.slow)
            self.world.seen["commit slow"] += slow
            wait = self.world.between(1, 5) if slow else self.world.between(0.0005, 0.004)
            self._turn = self.world.loop.call_later(wait, self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        if self._waiting:
            self.commit_next()
        self._plan()


def _connected() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    know_packing(connection)
    connection.create_function("shop_currency", 1, shop_currency, deterministic=True)
    return connection


@cache
def _template() -> sqlite3.Connection:
    connection = _connected()
    schema._make(connection)
    refs = [code_ref(KEY, normalised(text)) for text in CODES]
    posting.keep_codes(connection, CodesWrite("gift-codes", tuple(refs)))
    return connection
