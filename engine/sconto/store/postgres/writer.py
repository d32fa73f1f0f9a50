"""PostgresWriter: makes writes durable in the database, all of a batch in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Final

import psycopg

from sconto.errors import StoreUnavailable
from sconto.store.books import Books
from sconto.store.postgres import lookup, posting
from sconto.store.postgres.connecting import Connection, connect
from sconto.store.postgres.schema import LOCK
from sconto.store.touched import Touched
from sconto.store.writes import Write, not_durable

_OF_ALL: Final = (
    psycopg.OperationalError,
    psycopg.InternalError,
    psycopg.InterfaceError,
    StoreUnavailable,
)
"""Errors that are not of one write alone."""


class PostgresWriter:
    """A Writer over the database at *url*.

    Every batch is decided on the newest balances while it holds the lock that all replicas take in
    turn. It asks in one round trip and writes in a second one. A connection on which anything has
    failed is not used again. Raises StoreUnavailable as `connect` does.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.connection: Connection | None = connect(url, to_write=True)

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """See Writer. A COMMIT without an answer may have been made: the same request tells."""
        try:
            if self.connection is None or not self.connection.is_open:
                self.close()
                self.connection = connect(self._url, to_write=True)
            return _transaction(self.connection, writes)
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it may remain
            self.close()
            if len(writes) > 1 and not isinstance(error, _OF_ALL):
                # One write that can't be stored must not take its neighbours with it.
                return [outcome for write in writes for outcome in self.commit([write])]
            return [not_durable(error)] * len(writes)

    def rest(self) -> None:
        """See Writer; the database looks after itself."""

    def close(self) -> None:
        """See Writer."""
        if self.connection is not None:
            with contextlib.suppress(psycopg.Error):
                self.connection.close()
            self.connection = None


def _transaction(connection: Connection, writes: Sequence[Write]) -> list[Any]:
    with connection.pipeline() as pipeline:
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        # What comes after sees every commit that came before.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        books = lookup.load(connection, pipeline, Touched.by(writes))
        outcomes = [_outcome(connection, write, books) for write in writes]
        posting.save(connection, books)
        connection.execute("COMMIT")
    return outcomes


def _outcome(connection: Connection, write: Write, books: Books) -> Any:
    keep = posting.KEEPS.get(type(write))
    return keep(connection, write) if keep else books.decide(write)  # type: ignore[arg-type]
