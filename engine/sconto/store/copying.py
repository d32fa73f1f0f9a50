"""Copies of whole logs, from one database to another, row by row, proved equal."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from sconto.errors import Rejected, StoreUnavailable
from sconto.store.read_only import ReadOnly, connect_to_read
from sconto.store.schema import connect, prepare

Row = tuple[Any, ...]


class Table(NamedTuple):
    """A table that is copied; its first columns, of which *keys* say the order of its rows."""

    columns: tuple[str, ...]
    keys: int = 1

    @property
    def order(self) -> str:
        """What its rows are ordered by: no two have the same."""
        return ", ".join(self.columns[: self.keys])


TABLES: Final[Mapping[str, Table]] = {
    "log": Table(
        (
            "seq", "kind", "decision_id", "at_us", "user_ref", "reasons", "request_key",
            "request_hash", "reply", "record",
        )
    ),
    "leaves": Table(("seq", "entry")),
    "subtrees": Table(("level", "nth", "hash"), 2),
    "log_offers": Table(("offer_id", "seq"), 2),
    "log_codes": Table(("set_id", "seq"), 2),
    "reservations": Table(("seq", "state", "expires_us", "draws")),
    "returns": Table(("seq", "reservation", "discount")),
    "balance": Table(("key", "used")),
    "events": Table(
        ("seq", "user_ref", "event_id", "decision_id", "kind", "at_us", "amount", "undone_us")
    ),
    "rulesets": Table(("digest", "documents")),
    "codes": Table(("ref", "set_id")),
    "prices": Table(
        ("product_id", "jurisdiction", "channel", "currency", "at_us", "price", "recorded_us"), 5
    ),
    "meta": Table(("name", "value")),
}  # fmt: skip
"""Every table, those before that others refer to."""
KEPT_IN_ORDER: Final = "rulesets"
"""The table of which the order counts in which its rows were kept."""


class Rows(Protocol):
    """All rows of one log, as they are at one moment."""

    def rows(self, table: str) -> Iterator[Row]:
        """Those of *table*, in the order of its keys, or of their keeping."""
        ...


class EmptyLog(Rows, Protocol):
    """A log without a row, which is filled in one transaction."""

    def fill(self, table: str, rows: Iterable[Row]) -> None:
        """Add *rows* to *table*."""
        ...


def copy_rows(source: Rows, target: EmptyLog, advance: Callable[[int], None]) -> int:
    """Fill *target* with *source*, and return how many entries the log has.

    *advance* is called with how many more were copied. Raises StoreUnavailable when *target* then
    holds other rows.
    """
    entries = 0
    for table in TABLES:
        sent = _Seen(source.rows(table), advance if table == "log" else lambda _: None)
        target.fill(table, sent)
        entries = sent.count if table == "log" else entries
        kept = _Seen(target.rows(table), lambda _: None)
        for _ in kept:
            pass
        if (kept.count, kept.digest()) != (sent.count, sent.digest()):
            counts = f"{sent.count} rows were sent, {kept.count} are there"
            raise StoreUnavailable(f"the copy of `{table}` is not equal: {counts}")
    return entries


class _Seen:
    """*rows*, counted and hashed as they pass."""

    def __init__(self, rows: Iterable[Row], advance: Callable[[int], None]) -> None:
        self.count = 0
        self._rows = rows
        self._advance = advance
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            self._hash.update(repr(row).encode())
            self._advance(1)
            yield row

    def digest(self) -> bytes:
        """SHA-256 of all that have passed."""
        return self._hash.digest()


class FileRows:
    """The log on a *connection* to a SQLite store, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, table: str) -> Iterator[Row]:
        """See Rows."""
        columns, order = ", ".join(TABLES[table].columns), TABLES[table].order
        order = "rowid" if table == KEPT_IN_ORDER else order
        return self._connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608

    def fill(self, table: str, rows: Iterable[Row]) -> None:
        """See EmptyLog."""
        marks = ", ".join("?" * len(TABLES[table].columns))
        self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608


@contextmanager
def file_to_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """The store at *path*, as it is now: what is committed meanwhile is not seen.

    Raises StoreUnavailable as ReadOnly does.
    """
    ReadOnly(path)
    with closing(connect_to_read(path)) as connection:
        connection.execute("BEGIN")
        yield connection


@contextmanager
def new_file(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty store that is at *path* after the block, whole; after an error, nothing is.

    Raises Rejected when there is one already.
    """
    if path.exists():
        advice = "name a folder without one: nothing is copied over a log"
        raise Rejected(f"`{path}` is there already", advice)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    prepare(part)
    try:
        with closing(connect(part)) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        part.rename(path)
    finally:
        for end in ("", "-wal", "-shm"):
            part.with_name(f"{part.name}{end}").unlink(missing_ok=True)
