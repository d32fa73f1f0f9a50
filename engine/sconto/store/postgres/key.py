"""The key that belongs to a log in PostgreSQL: every replica has the same one in a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg

from sconto.errors import StoreUnavailable
from sconto.store.folder import FULL, check_key, key_of
from sconto.store.postgres.connecting import Connection, connect, one_line, shown
from sconto.store.postgres.schema import LOCK


class _DatabaseMeta:
    """LogMeta of the database at *url*, on a *connection* to it."""

    keys_are = "from another replica or a backup"

    def __init__(self, url: str, connection: Connection) -> None:
        self.name = shown(url)
        self._connection = connection

    def get(self, name: str) -> str:
        found = self._connection.execute("SELECT value FROM meta WHERE name = %s", (name,))
        return "".join(value for (value,) in found)

    def put(self, name: str, value: str) -> None:
        sql = "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = %s"
        self._connection.execute(sql, (name, value, value))

    def clear(self) -> None:
        self._connection.execute("DELETE FROM meta")

    def is_full(self) -> bool:
        ((full,),) = self._connection.execute(FULL).fetchall()
        return bool(full)


def key_and_database(key_file: Path, url: str, *, begin_anew: bool = False) -> bytes:
    """The key in *key_file*, made when the log at *url* never had one.

    Of replicas that start at once one makes it. Raises Unavailable as `key_of` does, and
    StoreUnavailable as `connect` does.
    """
    key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with closing(connect(url, to_write=True)) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            return key_of(_DatabaseMeta(url, connection), key_file, begin_anew=begin_anew)
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"the store `{shown(url)}` can't be used: {one_line(error)}"
        ) from error


def key_fits_database(key_file: Path, url: str) -> bool:
    """Whether a key is there; raises as `key_and_database` does, and makes nothing."""
    try:
        with closing(connect(url, to_write=False)) as connection:
            return bool(check_key(_DatabaseMeta(url, connection), key_file))
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"the store `{shown(url)}` can't be used: {one_line(error)}"
        ) from error
