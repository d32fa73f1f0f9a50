"""Files that others give a server: keys, which must be private, and when a file has changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from sconto.errors import Unavailable

State = tuple[int, int, int] | None
"""Inode, size and time of change of a file; None without one."""


def read_private(path: Path) -> bytes:
    """What is in the key file *path*; raises FileNotFoundError.

    Raises Unavailable for what is no regular file, and for one that everybody may use.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise Unavailable(f"`{path}` is not a regular file", "put the key in its place")
    if found.st_mode & stat.S_IRWXO:
        mode = stat.S_IMODE(found.st_mode)
        message = f"everybody on this machine may use the key `{path}` (mode {mode:04o})"
        raise Unavailable(message, f"run `chmod 600 {path}`")
    return path.read_bytes()


def write_private(path: Path, content: bytes) -> None:
    """Put *content* into the new file *path*, durably, for its owner only; or FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, content: bytes) -> None:
    """Put *content* into the file *path*, whole or not at all, on the disk when this returns."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def states_of(paths: Iterable[Path]) -> tuple[State, ...]:
    """The state of each file: other ones mean that something has changed."""
    return tuple(map(_state, paths))


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
