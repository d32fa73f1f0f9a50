"""The data folder: one server at a time, and a key that belongs to its log."""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from sconto.errors import Unavailable
from sconto.files import read_private
from sconto.store.lookup import meta
from sconto.store.read_only import connect_to_read
from sconto.store.schema import KEY_CHECK, connect, prepare

KEY_BYTES: Final = 32
"""Length of the key behind shopper references: that of the hash it keys."""

HOLDER: Final = "server.lock"
"""The file that names the process that holds the folder."""
FULL: Final = """
SELECT EXISTS (SELECT 1 FROM log) OR EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM codes)
"""
"""Whether anything in a log was written with its key."""


@contextmanager
def held(folder: Path, now_us: int) -> Iterator[None]:
    """Keep other servers away from *folder*, made when missing, from *now_us* to the block's end.

    Raises Unavailable when one is there: two with other rules would each spend the same budgets.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The folder itself: a file in it could be removed, and another one locked in its place.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(handle, folder)
        since = datetime.fromtimestamp(now_us / 1_000_000, UTC)
        holder = f"process {os.getpid()} since {since:%Y-%m-%d %H:%M:%S} UTC\n"
        (folder / HOLDER).write_text(holder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        # The kernel lets go of it however the process ends.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = folder / HOLDER
        by = f", by {holder.read_text().strip()}" if holder.exists() else ""
        advice = "stop that server, or give this one a folder of its own with `--data`"
        raise Unavailable(f"`{folder}` is served already{by}", advice) from error


class LogMeta(Protocol):
    """What a log keeps about itself."""

    @property
    def name(self) -> str:
        """What the log is called in messages."""
        ...

    @property
    def keys_are(self) -> str:
        """Where else its key may be."""
        ...

    def get(self, name: str) -> str:
        """What is kept under *name*; empty for nothing."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep *value* under *name*."""
        ...

    def clear(self) -> None:
        """Let go of all that is kept."""
        ...

    def is_full(self) -> bool:
        """Whether there is an entry, an event or a code."""
        ...


class _FileMeta:
    """LogMeta of the file at *path*, on a *connection* to it."""

    keys_are = "from a backup"

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.name = path.name
        self._connection = connection

    def get(self, name: str) -> str:
        return meta(self._connection, name)

    def put(self, name: str, value: str) -> None:
        self._connection.execute("REPLACE INTO meta VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        self._connection.execute("DELETE FROM meta")

    def is_full(self) -> bool:
        ((full,),) = self._connection.execute(FULL).fetchall()
        return bool(full)


def key_and_log(key_file: Path, log_file: Path, *, begin_anew: bool = False) -> bytes:
    """The key in *key_file*; it and the log are made when neither is there.

    Raises Unavailable for a key without a log unless to *begin_anew*, and as `key_of` does. Raises
    StoreUnavailable for a log that can't be used.
    """
    key = _read(key_file)
    if not begin_anew:
        _check_log(key, key_file, log_file)
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    prepare(log_file)
    try:
        with closing(connect(log_file)) as connection:
            return key_of(_FileMeta(log_file, connection), key_file, begin_anew=begin_anew)
    except sqlite3.Error as error:
        raise Unavailable(f"`{log_file}` can't be read: {error}") from error


def key_fits_log(key_file: Path, log_file: Path) -> bool:
    """Whether a key and its log are there; raises as `key_and_log` does, and makes nothing."""
    key = _read(key_file)
    if not _check_log(key, key_file, log_file):
        return False
    with closing(connect_to_read(log_file)) as connection:
        check_key(_FileMeta(log_file, connection), key_file)
    return True


def _check_log(key: bytes, key_file: Path, log_file: Path) -> bool:
    """Whether there is a log; raises Unavailable when there is a key without one."""
    # A log is never empty: it is made whole before the key is.
    has_log = log_file.exists() and log_file.stat().st_size > 0
    if key and not has_log:
        state = "is empty" if log_file.exists() else "is not"
        message = f"`{key_file}` is there, and its log `{log_file.name}` {state}"
        anew = "an empty log: all budgets are full again"
        raise Unavailable(message, _restore("log", "from a backup", anew))
    return has_log


def key_of(log: LogMeta, key_file: Path, *, begin_anew: bool) -> bytes:
    """The key in *key_file*, to which *log* belongs; made when the log never had one.

    Raises Unavailable for another key than the log's, or none, unless to *begin_anew*, which lets
    go of the currency of the log's amounts too; and for a key that others can read.
    """
    key = _read(key_file) if begin_anew else check_key(log, key_file)
    if begin_anew:
        log.clear()
    key = key or _make(key_file)
    if not log.get(KEY_CHECK):
        log.put(KEY_CHECK, _check_value(key))
    return key


def check_key(log: LogMeta, key_file: Path) -> bytes:
    """The key in *key_file*, or nothing where a fresh one may be made.

    Raises Unavailable when *log* belongs to another one.
    """
    key, known = _read(key_file), log.get(KEY_CHECK)
    if key and known not in {"", _check_value(key)}:
        raise _other_key(log, key_file, "holds another key")
    if not key and (known or log.is_full()):
        raise _other_key(log, key_file, "is empty" if key_file.exists() else "is missing")
    return key


def _other_key(log: LogMeta, key_file: Path, state: str) -> Unavailable:
    message = f"`{key_file}` {state}, and `{log.name}` was written with the one before"
    another = "another key: shoppers' budgets start afresh, and imported codes are unknown"
    return Unavailable(message, _restore("key", log.keys_are, another))


def _check_value(key: bytes) -> str:
    """By which *key* is known again, and which says nothing of it (RFC 2104)."""
    return hmac.digest(key, b"sconto: the key of this log", "sha256").hex()


def kept_key(key_file: Path) -> bytes:
    """The key in *key_file*, of a log that is only read; raises Unavailable without one."""
    if key := _read(key_file):
        return key
    message = f"`{key_file}` is missing, so no shopper can be looked up"
    raise Unavailable(message, "put the log's own key back; a new one would fit none")


def _restore(what: str, where: str, otherwise: str) -> str:
    return f"put the {what} back {where}; `sconto serve --begin-anew` begins with {otherwise}"


def _read(path: Path) -> bytes:
    """The key in *path*; empty when there is none, or its making was cut off."""
    try:
        key = read_private(path)
    except FileNotFoundError:
        return b""
    if key and len(key) != KEY_BYTES:
        advice = "put the log's own key back from a backup"
        raise Unavailable(f"`{path}` does not hold a key of {KEY_BYTES} bytes", advice)
    return key


def _make(path: Path) -> bytes:
    """A fresh key in *path*, whole or not at all; that of another process if it came first."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        if path.exists() and not path.stat().st_size:
            path.unlink()
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return _read(path)
