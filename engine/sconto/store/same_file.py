"""Whether a path still names the files that a store was opened on."""

from __future__ import annotations

import ctypes
import sqlite3
from pathlib import Path

from sconto.errors import StoreLost, StoreUnavailable


class SameFile:
    """The database at *path* and what SQLite keeps beside it, as they are while it is open.

    A file that was removed or replaced can still be written to; it is lost when it is closed.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        # From its first read on, the others are there.
        try:
            connection.execute("SELECT 1 FROM log LIMIT 1").fetchall()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"`{path}` can't be read: {error}") from error
        beside = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm"))
        self._files = {file: _identity(file) for file in (path, *beside)}

    def check(self) -> None:
        """Raise StoreLost unless the very same files are there."""
        for file, identity in self._files.items():
            if _identity(file) != identity:
                raise StoreLost(f"`{file}` was removed or replaced while it was in use")

    def close(self, connection: sqlite3.Connection) -> None:
        """Close *connection*, which is on these files.

        But not when they were replaced: SQLite would remove the write-ahead log of the others.
        """
        try:
            self.check()
        except StoreLost:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        else:
            connection.close()


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
