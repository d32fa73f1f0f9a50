"""The log of a PostgreSQL database, as it is copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from sconto.errors import Rejected, StoreUnavailable
from sconto.store.copying import KEPT_IN_ORDER, TABLES, Row
from sconto.store.postgres.connecting import one_line, recognise, shown
from sconto.store.postgres.schema import LOCK, NAMESPACE
from sconto.store.postgres.upkeep import unbounded

_ROWS_AT_ONCE: Final = 1_000
_TYPES: Final = """
SELECT format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = %s::regclass AND attname = ANY(%s) ORDER BY array_position(%s, attname::text)
"""


class DatabaseRows:
    """The log on a *connection* to a database, inside a transaction."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def rows(self, table: str) -> Iterator[Row]:
        """See Rows."""
        columns, order = ", ".join(TABLES[table].columns), TABLES[table].order
        order = "nth" if table == KEPT_IN_ORDER else order
        # On the server, which sends a part at a time: a log may be larger than the memory.
        with self._connection.cursor("copied", binary=True) as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            yield from cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608

    def fill(self, table: str, rows: Iterable[Row]) -> None:
        """See EmptyLog."""
        columns = [*TABLES[table].columns]
        types = [name for (name,) in self._connection.execute(_TYPES, (table, columns, columns))]
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


@contextmanager
def database_to_copy(url: str) -> Iterator[DatabaseRows]:
    """The store at *url*, as it is now: what is committed meanwhile is not seen.

    Raises StoreUnavailable when it can't be read, to its last page, and StoreUnfit as `connect`.
    """
    with _transaction(url, "ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
        yield DatabaseRows(connection)


@contextmanager
def empty_database(url: str) -> Iterator[DatabaseRows]:
    """The store at *url*, to be filled; nobody else writes to it, and after an error it is empty.

    Raises Rejected when there is anything in it.
    """
    with _transaction(url, "ISOLATION LEVEL READ COMMITTED") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        rows = DatabaseRows(connection)
        for table in TABLES:
            if next(rows.rows(table), None) is not None:
                message = f"the store `{shown(url)}` is not empty: `{table}` has rows"
                raise Rejected(message, "name a database on which only `migrate` was run")
        yield rows


@contextmanager
def _transaction(url: str, kind: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    try:
        with unbounded(url) as connection:
            connection.execute(f"SET search_path = {NAMESPACE}")
            recognise(connection, url)
            connection.execute(f"BEGIN {kind}")
            yield connection
            connection.execute("COMMIT")
    except psycopg.Error as error:
        raise StoreUnavailable(f"the store `{shown(url)}` failed: {one_line(error)}") from error
