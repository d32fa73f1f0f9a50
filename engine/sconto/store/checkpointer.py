"""Moves the write-ahead log into the database file, away from the path of commits."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path
from typing import Final

from sconto.store.same_file import SameFile

PAUSE_S: Final = 0.25
GROWN_BYTES: Final = 4 << 20
"""Below this the log is left alone while commits come in."""
MOST_FRAMES: Final = 32_768
"""From here on (128 MB of pages) the next commit is held up for a moment to start the log anew.

Under writes without a gap a PASSIVE checkpoint never finds the log all copied, so the log would
grow for ever. The moment lasts as long as two or three commits, because nearly all was copied just
before; at thousands of decisions a second it comes a few times a minute. Where there are gaps the
log starts anew by itself, and nobody waits.
"""
BUSY_MS: Final = 100
"""How long a reader in another process may keep a RESTART, and commits behind it, waiting."""


class Checkpointer:
    """A thread with its own connection that keeps the write-ahead log of *path* small.

    The log's file keeps its size until the store is closed: writing over blocks that are there
    syncs in two thirds of the time that appending takes.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, same: SameFile) -> None:
        self._connection = connection
        self._same = same
        self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        self._log = path.with_name(f"{path.name}-wal")
        self._wrote = threading.Event()
        self._may_commit = threading.Event()
        self._may_commit.set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sconto-checkpoint", daemon=True)
        self._thread.start()

    def give_way(self) -> None:
        """Tell that the log has grown, and wait while it is being started anew.

        SQLite's locks are not fair: a committer that comes back at once would win every time.
        """
        self._wrote.set()
        self._may_commit.wait()

    def close(self) -> None:
        """End the thread; the last connection to go moves the log's rest and removes it."""
        self._closed.set()
        self._thread.join()
        self._same.close(self._connection)

    def _work(self) -> None:
        behind = False
        while not self._closed.wait(PAUSE_S):
            wrote = self._wrote.is_set()
            self._wrote.clear()
            if behind if not wrote else self._grown():
                self._copy()
            behind = wrote

    def _grown(self) -> bool:
        return self._log.exists() and self._log.stat().st_size > GROWN_BYTES

    def _copy(self) -> None:
        if self._checkpoint("PASSIVE") <= MOST_FRAMES:
            return
        self._may_commit.clear()
        self._checkpoint("RESTART")
        self._may_commit.set()

    def _checkpoint(self, mode: str) -> int:
        # A checkpoint that can't run now loses nothing: the log stays as it is until the next.
        with contextlib.suppress(sqlite3.Error):
            ((_, frames, _),) = self._connection.execute(
                f"PRAGMA wal_checkpoint({mode})"
            ).fetchall()
            return int(frames)
        return 0
