"""A store's file that is only read: on a running server's folder, a copy, a read-only disk."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sconto.errors import StoreUnavailable
from sconto.store.packing import know_packing
from sconto.store.same_file import SameFile
from sconto.store.schema import (
    APPLICATION_ID,
    BUSY_MS,
    READABLE,
    USER_VERSION,
    other_format,
    other_program,
    prepare,
)
from sconto.store.writes import Write

_FOR_WRITING: Final = 0o222


class StoreNotReadable(StoreUnavailable):
    """SQLite has to write beside a store's file to read it, and may not."""

    help = (
        "copy the file, and those beside it whose names begin with its name, to a folder in which "
        "you may write"
    )


class WritesNothing:
    """A Writer for a store that is only read."""

    def commit(self, writes: Sequence[Write]) -> list[Any]:
        """See Writer."""
        return [StoreUnavailable("the store was opened to be read") for _ in writes]

    def rest(self) -> None:
        """See Writer."""

    def close(self) -> None:
        """See Writer."""


class ReadOnly(WritesNothing):
    """A Writer for the store at *path* that writes nothing.

    A file of an earlier format is brought to this one where that is possible. Raises
    StoreUnavailable for a file that is not a store, or can't be read as it is.
    """

    def __init__(self, path: Path) -> None:
        with closing(connect_to_read(path)) as connection:
            ((version,),) = connection.execute("PRAGMA user_version")
        if version < USER_VERSION:
            try:
                prepare(path)
            except StoreUnavailable as error:
                message = f"`{path}` has an earlier format ({version}), and can't be brought to "
                raise StoreNotReadable(f"{message}format {USER_VERSION} where it is") from error


class FileToRead:
    """The Source of the store at *path*; from its first connection on it must stay the same file.

    Then every connection raises StoreLost once it was removed or replaced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._same: SameFile | None = None

    def connect(self) -> sqlite3.Connection:
        """See Source, and `connect_to_read`."""
        self.check()
        connection = connect_to_read(self._path)
        self._same = self._same or SameFile(self._path, connection)
        return connection

    def check(self) -> None:
        """Raise StoreLost unless it is the file of the first connection."""
        if self._same is not None:
            self._same.check()

    def is_open(self, _: sqlite3.Connection) -> bool:
        """See Source."""
        return True

    def close(self, connection: sqlite3.Connection) -> None:
        """See Source."""
        if self._same is not None:
            self._same.close(connection)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection to the store at *path* that can't write, in autocommit, for any thread.

    Raises StoreUnavailable for a file that is missing, no store, or of a format that has another
    log, and StoreNotReadable where SQLite would have to write beside the file, and may not.
    """
    immutable = "&immutable=1" if _is_fixed(path) else ""
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro{immutable}",
            uri=True,
            timeout=BUSY_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise StoreUnavailable(f"can't open the store `{path}`: {error}") from error
    try:
        know_packing(connection)
        _recognise(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    try:
        ((found,),) = connection.execute("PRAGMA application_id")
        ((version,),) = connection.execute("PRAGMA user_version")
    except sqlite3.Error as error:
        if not os.access(path.parent, os.W_OK):
            message = f"`{path}` can't be read where it is, because `{path.parent}` is read-only"
            raise StoreNotReadable(message) from error
        raise StoreUnavailable(f"can't open the store `{path}`: {error}") from error
    if found != APPLICATION_ID:
        raise other_program(path)
    if version not in READABLE:
        raise other_format(path, version)


def _is_fixed(path: Path) -> bool:
    """Whether nobody can write to the store, so that it may be read without any lock.

    In a folder that nobody may write in, a write-ahead log can't be made, and without one nothing
    is written. One that is there may hold entries, which reading without locks would miss.
    """
    try:
        if path.with_name(f"{path.name}-wal").stat().st_size:
            return False
    except OSError:
        pass
    try:
        mounted = os.statvfs(path.parent).f_flag & os.ST_RDONLY
        return bool(mounted) or not path.parent.stat().st_mode & _FOR_WRITING
    except OSError:
        return False
