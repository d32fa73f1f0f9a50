"""FileWriter: makes writes durable in a store's file, all of a batch in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sconto.errors import StoreUnavailable
from sconto.store import lookup, posting
from sconto.store.books import Books
from sconto.store.checkpointer import Checkpointer
from sconto.store.checks import damages
from sconto.store.same_file import SameFile
from sconto.store.schema import connect, prepare
from sconto.store.touched import Touched
from sconto.store.writes import Write, not_durable

LAST_ENTRIES: Final = 1_000
"""Looked at after the disk has failed; the whole file is for `sconto store check`."""
_DISK_FAILED: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL})
_OF_ALL: Final = (sqlite3.OperationalError, StoreUnavailable)
"""Errors that are not of one write alone."""


class FileWriter:
    """A Writer over the file at *path*, made when missing, and the file's checkpoints.

    Raises StoreUnavailable for a file that is not a store or can't be written.
    """

    def __init__(self, path: Path) -> None:
        prepare(path)
        self._path = path
        self.connection = connect(path)
        self._same = SameFile(path, self.connection)
        self._checkpointer = Checkpointer(connect(path), path, self._same)
        self._newest = lookup.newest(self.connection)
        self._doubted = False
        """Whether the disk has failed since the file was opened."""

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """See Writer."""
        try:
            self._same.check()
            if self._doubted:
                self._reopen()
            outcomes = self._transaction(writes)
            # What went to a file that nobody can open again is not durable.
            self._same.check()
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it may remain
            self._doubted |= getattr(error, "sqlite_errorcode", 0) & 0xFF in _DISK_FAILED
            with contextlib.suppress(sqlite3.Error):
                self.connection.rollback()
            if len(writes) > 1 and not isinstance(error, _OF_ALL):
                # One write that can't be stored must not take its neighbours with it.
                return [outcome for write in writes for outcome in self.commit([write])]
            return [not_durable(error)] * len(writes)
        return outcomes

    def rest(self) -> None:
        """See Writer."""
        self._checkpointer.give_way()

    def close(self) -> None:
        """See Writer; the write-ahead log's rest is moved by whoever closes the file last."""
        self._same.close(self.connection)
        self._checkpointer.close()

    def _reopen(self) -> None:
        """Go on with a connection that remembers nothing of what a failed disk may have dropped.

        Raises StoreUnavailable when the end of the log is not as it was committed.
        """
        connection = connect(self._path)
        first = max(1, self._newest - LAST_ENTRIES)
        wrong = next(damages(connection, first, self._newest), "")
        if wrong:
            self._same.close(connection)
            raise StoreUnavailable(f"the disk failed, and {wrong}")
        old, self.connection = self.connection, connection
        self._same.close(old)
        self._doubted = False

    def _transaction(self, writes: Sequence[Write]) -> list[Any]:
        self.connection.execute("BEGIN IMMEDIATE")
        books = lookup.load(self.connection, Touched.by(writes))
        outcomes = [self._outcome(w, books) for w in writes]
        posting.save(self.connection, books)
        self.connection.execute("COMMIT")
        self._newest = books.next_seq - 1
        return outcomes

    def _outcome(self, write: Write, books: Books) -> Any:
        keep = posting.KEEPS.get(type(write))
        return keep(self.connection, write) if keep else books.decide(write)  # type: ignore[arg-type]
