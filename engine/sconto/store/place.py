"""Where a log is kept, and how it is opened there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sconto.store.committer import Writer
from sconto.store.durable import DurableStore
from sconto.store.folder import key_and_log, key_fits_log
from sconto.store.read_only import ReadOnly
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter


class Place(Protocol):
    """A file or a database. Opening raises StoreUnavailable when it can't be used as a store."""

    def may_be_new(self) -> bool:
        """Whether opening it would make an empty log."""
        ...

    def key(self, key_file: Path, *, begin_anew: bool) -> bytes:
        """The key in *key_file*, which belongs to the log; raises Unavailable for another one."""
        ...

    def key_fits(self, key_file: Path) -> bool:
        """Whether a key is there; raises as `key` does, and makes nothing."""
        ...

    def writer(self) -> Writer:
        """What commits there."""
        ...

    def store(self, writer: Writer | None = None) -> DurableStore[Any]:
        """A store that has *writer* commit, by default one of its own."""
        ...

    def store_to_read(self) -> DurableStore[Any]:
        """A store that writes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class FilePlace:
    """The SQLite file at *path*, made when missing."""

    path: Path

    def may_be_new(self) -> bool:
        """See Place."""
        return not self.path.exists()

    def key(self, key_file: Path, *, begin_anew: bool) -> bytes:
        """See Place; and `key_and_log`."""
        return key_and_log(key_file, self.path, begin_anew=begin_anew)

    def key_fits(self, key_file: Path) -> bool:
        """See Place."""
        return key_fits_log(key_file, self.path)

    def writer(self) -> Writer:
        """See Place."""
        return FileWriter(self.path)

    def store(self, writer: Writer | None = None) -> DurableStore[Any]:
        """See Place."""
        return SqliteStore(self.path, writer)

    def store_to_read(self) -> DurableStore[Any]:
        """See Place."""
        return SqliteStore(self.path, ReadOnly(self.path))


def place_of(url: str | None, log_file: Path) -> Place:
    """The database at *url*, or without one the file *log_file*."""
    if url is None:
        return FilePlace(log_file)
    from sconto.store.postgres.place import DatabasePlace  # noqa: PLC0415 - of an extra

    return DatabasePlace(url)
