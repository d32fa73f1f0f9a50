"""Moves the write-ahead log into the database file, away from the path of commits."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import Final

PAUSE_S: Final = 0.25
GROWN_BYTES: Final = 4 << 20
"""From here on the log is copied into the database while commits go on (PASSIVE)."""
CEILING_BYTES: Final = 64 << 20
"""From here on commits are held up for a moment to start the log anew (TRUNCATE).

Under writes without a gap a PASSIVE checkpoint never finds the log all copied, so the log would
grow for ever; the moment is short because nearly all was copied just before.
"""
BUSY_MS: Final = 100
"""How long a reader in another process may keep TRUNCATE, and commits behind it, waiting."""


class Checkpointer:
    """A thread with its own connection that keeps the write-ahead log of *path* small."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        self._log = path.with_name(f"{path.name}-wal")
        self._wrote = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sconto-checkpoint", daemon=True)
        self._thread.start()

    def note_commit(self) -> None:
        """Tell that the log has grown."""
        self._wrote.set()

    def close(self) -> None:
        """End the thread, leaving an empty log behind if nobody else uses it; safe twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join()
        self._checkpoint("TRUNCATE")
        self._connection.close()

    def _work(self) -> None:
        pending = False
        while not self._closed.wait(PAUSE_S):
            wrote = self._wrote.is_set()
            self._wrote.clear()
            if wrote:
                self._copy()
            elif pending:
                self._checkpoint("TRUNCATE")
            pending = wrote

    def _copy(self) -> None:
        size = self._log.stat().st_size if self._log.exists() else 0
        if size > GROWN_BYTES:
            self._checkpoint("PASSIVE")
        if size > CEILING_BYTES:
            self._checkpoint("TRUNCATE")

    def _checkpoint(self, mode: str) -> None:
        # A checkpoint that can't run now loses nothing: the log stays as it is until the next.
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
