"""SqliteStore: the Store port in one SQLite file, for one machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from sconto.app.log_query import LogQuery
from sconto.app.ports import (
    Behaviour,
    LogEntry,
    Reservation,
    StoredAnswer,
)
from sconto.domain.budget import BudgetView
from sconto.errors import StoreUnavailable
from sconto.store import lookup, rows
from sconto.store.checks import counts, damages, discrepancies
from sconto.store.committer import Writer
from sconto.store.durable import DurableStore
from sconto.store.log_query import decisions_sql
from sconto.store.read_only import FileToRead
from sconto.store.schema import CHECKPOINT, CURRENCY, OF_RULES
from sconto.store.writer import FileWriter

_T = TypeVar("_T")
LOOKED_AT: Final = 250
"""Entries of the log that each check reads: a million in about an hour, over and over."""
_ENTRY: Final = (
    "SELECT log.seq, kind, decision_id, at_us, unpacked(record), user_ref, "
    "coalesce(request_key, '') FROM log"
)


class SqliteStore(DurableStore[sqlite3.Connection]):
    """The Store port over one file in WAL mode, with a durable group commit.

    Commits go to *writer*, by default one over the same file.
    Several processes may use the same file: limits are checked inside the transaction that draws
    on them. Opening raises StoreUnavailable for a file that is not a store or can't be written.
    """

    def __init__(self, path: Path, writer: Writer | None = None) -> None:
        self._file = FileToRead(path)
        super().__init__(writer or FileWriter(path), self._file)
        self._looked_until = 0
        """The last entry of the log that checks have looked at."""

    def lowest_prices(
        self,
        product_ids: Sequence[str],
        jurisdiction: str,
        channel: str,
        since_us: int,
        until_us: int,
        currency: str = "",
    ) -> Mapping[str, int]:
        """See Store."""
        asked = (product_ids, jurisdiction, channel, since_us, until_us, currency)
        return self._read(lambda c: lookup.lowest_prices(c, *asked))

    def code_sets(self, refs: Sequence[str]) -> Mapping[str, str]:
        """See Store."""
        marks = ", ".join("?" * len(refs))
        sql = f"SELECT lower(hex(ref)), set_id FROM codes WHERE ref IN ({marks})"  # noqa: S608
        return dict(self._select(sql, tuple(map(bytes.fromhex, refs))))

    def codes_kept(self) -> Mapping[str, int]:
        """See Store."""
        return dict(self._select("SELECT set_id, count(*) FROM codes GROUP BY set_id", ()))

    def keys_in_use(self, prefix: str) -> int:
        """See Store."""
        sql = "SELECT count(*) FROM balance WHERE key >= ? AND key < ? AND used <> 0"
        ((count,),) = self._select(sql, (prefix, f"{prefix}\U0010ffff"))
        return int(count)

    def publications(self, after_seq: int) -> tuple[LogEntry, ...]:
        """See Store."""
        found = self._select(f"{_ENTRY} WHERE {OF_RULES} AND seq > ? ORDER BY seq", (after_seq,))
        return tuple(LogEntry(*row) for row in found)

    def ruleset_documents(self, digest: str) -> bytes | None:
        """See Store."""
        found = self._select("SELECT documents FROM rulesets WHERE digest = ?", (digest,))
        return rows.documents(digest, found)

    def shop_currency(self) -> str:
        """See Store."""
        return self._read(lambda connection: lookup.meta(connection, CURRENCY))

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        return self._read(lambda connection: lookup.leaves(connection, first, last))

    def subtrees(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        return self._read(lambda connection: lookup.subtrees(connection, level, first, last))

    def checkpoint(self) -> str:
        """See Store."""
        return self._read(lambda connection: lookup.meta(connection, CHECKPOINT))

    def answer(self, request_key: str) -> StoredAnswer | None:
        """See Store."""
        return self._read(lambda c: lookup.answer(c, request_key))

    def usage(self, keys: Sequence[str]) -> BudgetView:
        """See Store."""
        # On every decision's path: a list of marks takes two thirds of the time of json_each.
        marks = ", ".join("?" * len(keys))
        sql = f"SELECT key, used FROM balance WHERE key IN ({marks}) AND used <> 0"  # noqa: S608
        return dict(self._select(sql, tuple(keys)))

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        return self._read(lambda c: lookup.behaviour(c, user_ref, since_us, until_us, without))

    def decision(self, decision_id: str) -> LogEntry | None:
        """See Store."""
        found = self._select(
            f"{_ENTRY} WHERE decision_id = ? AND kind = 'decision'", (decision_id,)
        )
        return LogEntry(*found[0]) if found else None

    def history(self, decision_id: str) -> tuple[LogEntry, ...]:
        """See Store."""
        found = self._select(f"{_ENTRY} WHERE decision_id = ? ORDER BY seq", (decision_id,))
        return tuple(LogEntry(*row) for row in found)

    def reservation(self, decision_id: str) -> Reservation | None:
        """See Store."""
        return self._read(lambda c: lookup.reservations(c, [decision_id])).get(decision_id)

    def held(self) -> int:
        """See Store."""
        ((count,),) = self._select("SELECT count(*) FROM reservations WHERE state = 'held'", ())
        return int(count)

    def due(self, now_us: int, limit: int) -> tuple[Reservation, ...]:
        """See Store."""
        return self._read(lambda connection: lookup.due(connection, now_us, limit))

    def newest_seq(self) -> int:
        """See Store."""
        return self._read(lookup.newest)

    def decisions(self, query: LogQuery) -> tuple[LogEntry, ...]:
        """See Store."""
        found = self._select(*decisions_sql(query))
        return tuple(LogEntry(*row) for row in found)

    def discrepancies(self) -> tuple[str, ...]:
        """What is wrong with the file, one line each: nothing, unless something wrote past us."""
        return self._read(discrepancies)

    def counts(self) -> tuple[int, int]:
        """How many entries the log has, and how many balances there are."""
        return self._read(counts)

    def _look(self) -> None:
        self._file.check()
        _open_something()
        newest = self._read(lookup.newest)
        first = self._looked_until + 1
        last = min(newest, self._looked_until + LOOKED_AT)
        if wrong := self._read(lambda connection: next(damages(connection, first, last), "")):
            raise StoreUnavailable(f"{wrong}: run `sconto store check`, and restore a backup")
        self._looked_until = last if last < newest else 0

    def _has_events_to_forget(self, before_us: int, limit: int) -> bool:
        return self._read(lambda c: lookup.has_events_to_forget(c, before_us, limit))

    def _select(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        # All rows at once: a statement left open would pin an old snapshot.
        return self._read(lambda connection: connection.execute(sql, values).fetchall())

    def _read(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return question(self._readers.connection)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store can't be read: {error}") from error


def _open_something() -> None:
    """Raise StoreUnavailable while the process has no file handle left.

    It could not open the store anew, and gets no connection of a caller either.
    """
    try:
        # Not a file of the store: closing it would drop the locks of every connection to it.
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise StoreUnavailable(f"the server can open no file: {error.strerror}") from error
