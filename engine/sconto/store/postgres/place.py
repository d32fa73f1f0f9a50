"""A log in PostgreSQL as a Place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sconto.store.committer import Writer
from sconto.store.postgres.key import key_and_database, key_fits_database
from sconto.store.postgres.store import PostgresStore
from sconto.store.postgres.writer import PostgresWriter
from sconto.store.read_only import WritesNothing


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """The PostgreSQL database at *url*, which `sconto store migrate` has prepared."""

    url: str

    def may_be_new(self) -> bool:
        """See Place."""
        return False

    def key(self, key_file: Path, *, begin_anew: bool) -> bytes:
        """See Place."""
        return key_and_database(key_file, self.url, begin_anew=begin_anew)

    def key_fits(self, key_file: Path) -> bool:
        """See Place."""
        return key_fits_database(key_file, self.url)

    def writer(self) -> Writer:
        """See Place."""
        return PostgresWriter(self.url)

    def store(self, writer: Writer | None = None) -> PostgresStore:
        """See Place."""
        return PostgresStore(self.url, writer)

    def store_to_read(self) -> PostgresStore:
        """See Place."""
        return self.store(WritesNothing())
