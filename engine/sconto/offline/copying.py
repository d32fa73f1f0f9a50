"""Copies of a decision log between a data folder and a PostgreSQL database, and its check there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from sconto.errors import StoreUnavailable
from sconto.store.checks import counts, discrepancies
from sconto.store.copying import FileRows, copy_rows, file_to_copy, new_file
from sconto.store.postgres.copying import database_to_copy, empty_database

Advance = Callable[[int], None]


class Unsound(StoreUnavailable):
    """A log that contradicts itself; *wrong* says where, one line each."""

    help = "run `sconto store check` on it, and restore a backup: nothing was copied"

    def __init__(self, wrong: tuple[str, ...]) -> None:
        self.wrong = wrong
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        super().__init__(f"the log contradicts itself: {wrong[0]}{more}")


def copy_to_database(log_file: Path, url: str, advance: Advance) -> int:
    """Copy the log in *log_file*, as it is now, to the empty store at *url*.

    Returns how many entries it has. All of it is there afterwards, or nothing. Raises Unsound,
    Rejected when something is there already, and StoreUnavailable.
    """
    with file_to_copy(log_file) as connection, empty_database(url) as target:
        if wrong := discrepancies(connection):
            raise Unsound(wrong)
        return copy_rows(FileRows(connection), target, advance)


def copy_to_file(url: str, log_file: Path, advance: Advance) -> int:
    """Copy the log at *url*, as it is now, to the new file *log_file*; see `copy_to_database`."""
    with database_to_copy(url) as source, new_file(log_file) as connection:
        entries = copy_rows(source, FileRows(connection), advance)
        if wrong := discrepancies(connection):
            raise Unsound(wrong)
        return entries


def check_database(url: str) -> tuple[tuple[str, ...], tuple[int, int]]:
    """What is wrong with the log at *url*, one line each, and its counts; see `discrepancies`.

    It is checked in a copy in the folder for temporary files, which takes as much disk as the log.
    """
    with (
        tempfile.TemporaryDirectory(prefix="sconto") as folder,
        database_to_copy(url) as source,
        new_file(Path(folder) / "copy.sqlite") as connection,
    ):
        copy_rows(source, FileRows(connection), lambda _: None)
        return discrepancies(connection), counts(connection)
