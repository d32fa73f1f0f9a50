"""The decision log of a data folder, opened without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sconto.app.ports import Store
from sconto.bootstrap import log_place
from sconto.errors import Unavailable
from sconto.settings import Settings


@contextmanager
def open_log(data: Path, url: str | None = None) -> Iterator[tuple[Store, Settings]]:
    """The decision log in *data*, or in the database at *url*, to be read, closed at the end.

    Raises Unavailable when there is none, StoreUnavailable when it can't be read.
    """
    if url is None:
        settings = log_settings(data, "--data")
    else:
        settings = Settings(rules=Path(), data=data, store=url)
    store = log_place(settings).store_to_read()
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
