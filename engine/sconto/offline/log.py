"""The decision log of a data folder, opened without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sconto.errors import Unavailable
from sconto.settings import Settings
from sconto.store.read_only import ReadOnly
from sconto.store.sqlite import SqliteStore


@contextmanager
def open_log(data: Path) -> Iterator[tuple[SqliteStore, Settings]]:
    """The decision log in *data*, to be read, closed on the way out.

    Raises Unavailable when there is none, StoreUnavailable when it can't be read.
    """
    settings = log_settings(data, "--data")
    store = SqliteStore(settings.log_file, ReadOnly(settings.log_file))
    try:
        yield store, settings
    finally:
        store.close()


def log_settings(data: Path, option: str) -> Settings:
    """Settings for the log in *data*; raises Unavailable when there is none, and names *option*."""
    settings = Settings(rules=Path(), data=data)
    if not settings.log_file.is_file():
        # Opening would make an empty one, and an empty log answers every question with "none".
        message = f"there is no decision log in `{data}`"
        raise Unavailable(message, f"name the server's data folder with `{option}`")
    return settings
