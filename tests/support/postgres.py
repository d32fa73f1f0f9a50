"""A real PostgreSQL server, one for each process of tests, and a fresh database for each test."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
import pytest

from sconto.store.postgres.schema import migrate

_INSTALLED: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_INITDB: Final = shutil.which("initdb") or (str(_INSTALLED[-1]) if _INSTALLED else None)
MISSING: Final = "PostgreSQL is not installed (Debian, Ubuntu: apt install postgresql)"
_USER: Final = "nobody" if os.geteuid() == 0 else None
"""PostgreSQL refuses root."""
_TEMPLATE: Final = "migrated"
_NUMBERS: Final = count(1)
_FREE: Final[list[str]] = []
"""Databases that no test uses now."""
_EMPTY: Final = """
SET search_path = sconto;
TRUNCATE log, leaves, subtrees, log_offers, log_codes, reservations, returns, balance, events,
  rulesets, codes, prices, meta RESTART IDENTITY
"""


class Server:
    """A server on a Unix socket in *folder*, which can be stopped and started again."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._data = str(folder / "data")
        self._settings = settings
        self._run("initdb", "-D", self._data, "-U", "shop", "-A", "trust", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        settings = ("listen_addresses=", f"unix_socket_directories={self.folder}", *self._settings)
        options = " ".join(f"-c {setting}" for setting in settings)
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash would: what was not on its disk is gone."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def url(self, name: str = "postgres") -> str:
        """Where the database *name* is."""
        return f"postgresql://shop@/{name}?host={self.folder}"

    def make(self, name: str, template: str) -> str:
        """Make the database *name* as a copy of *template*; returns its name."""
        with closing(psycopg.connect(self.url(), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Drop the database *name*, whoever uses it."""
        with closing(psycopg.connect(self.url(), autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, program: str, *arguments: str) -> None:
        path = Path(str(_INITDB)).parent / program
        command = [path, *arguments]
        subprocess.run(command, user=_USER, cwd="/", check=True, stdout=subprocess.DEVNULL)


@contextmanager
def started(*settings: str) -> Iterator[Server]:
    """A server of its own; its disk is not waited for unless *settings* say so.

    Without PostgreSQL the test is skipped; in CI it fails.
    """
    if _INITDB is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if _USER:
        shutil.chown(folder, _USER)
    server = Server(folder, "max_connections=200", "fsync=off", *settings)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@functools.cache
def shared() -> Server:
    """The server of this process of tests, with an empty store to copy; stopped at its end."""
    running = started()
    server = running.__enter__()
    atexit.register(running.__exit__, None, None, None)
    server.make(_TEMPLATE, "template0")
    with closing(psycopg.connect(server.url(_TEMPLATE))) as connection:
        migrate(connection)
        connection.commit()
    return server


@contextmanager
def database() -> Iterator[str]:
    """The URL of a database of its own that holds an empty store."""
    server = shared()
    name = _FREE.pop() if _FREE else server.make(f"test{next(_NUMBERS)}", _TEMPLATE)
    try:
        yield server.url(name)
    finally:
        # A tenth of the time of another copy.
        with closing(psycopg.connect(server.url(name), autocommit=True)) as connection:
            connection.execute(_EMPTY)
        _FREE.append(name)


@contextmanager
def bare_database() -> Iterator[str]:
    """The URL of a database of its own that holds nothing."""
    server = shared()
    name = server.make(f"test{next(_NUMBERS)}", "template0")
    try:
        yield server.url(name)
    finally:
        server.drop(name)
