"""Every store, for tests of what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sconto.store.handover import Handover, Hub
from sconto.store.memory import MemoryStore
from sconto.store.postgres.store import PostgresStore
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter
from support.postgres import database

STORES: Final = ("memory", "sqlite", "sqlite, handed over", "postgresql")


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[MemoryStore | SqliteStore | PostgresStore]:
    """An empty store of *kind*."""
    path = folder / "log.db"
    match kind:
        case "memory":
            yield MemoryStore()
        case "sqlite":
            with closing(SqliteStore(path)) as store:
                yield store
        case "postgresql":
            with database() as url, closing(PostgresStore(url)) as shared:
                yield shared
        case _:
            with closing(Hub(FileWriter(path))) as hub, closing(handing_over(hub, path)) as store:
                yield store


def handing_over(hub: Hub, path: Path) -> SqliteStore:
    """A store that has *hub* commit for it."""
    return SqliteStore(path, Handover(hub.join()))
