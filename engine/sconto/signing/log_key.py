"""The key that signs the log, in its folder, with the newest checkpoint that it has signed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from sconto.errors import Unavailable
from sconto.files import read_private, replace_durably, write_private
from sconto.signing.notes import NoteKey

NEWEST: Final = "log.checkpoint"
"""The file beside the key that shows when the log was rolled back."""
VERIFIER: Final = "log.pub"
"""The file beside the key that strangers get."""


class LogKey:
    """The CheckpointSigner in the file *path*; raises Unavailable when it holds no such key."""

    def __init__(self, path: Path) -> None:
        try:
            self._key = NoteKey.read(read_private(path).decode())
        except ValueError as error:
            message = f"`{path}` holds no key that signs a log"
            raise Unavailable(message, "put the log's own key back from a backup") from error
        self._newest = path.with_name(NEWEST)
        self.name = self._key.name
        self.verifier = self._key.verifier

    def signed(self, text: str) -> str:
        """See CheckpointSigner. What is signed is kept first: it can't be forgotten after."""
        note = self._key.signed(text)
        try:
            replace_durably(self._newest, note.encode())
        except OSError as error:
            message = f"`{self._newest}` can't be written: {error.strerror}"
            raise Unavailable(message, "make the folder of keys writable for the server") from error
        return note

    def has_signed(self, note: str) -> bool:
        """See CheckpointSigner."""
        return self._key.has_signed(note)

    def newest(self) -> str:
        """See CheckpointSigner."""
        return self._newest.read_text(encoding="utf-8") if self._newest.exists() else ""


def log_key(path: Path, name: str = "", *, fresh: bool) -> LogKey:
    """The key in *path*; a *fresh* log gets one, called *name* or by chance, when none is there.

    Raises Unavailable when the key of a log that was signed is missing.
    """
    if not path.exists():
        if not fresh:
            message = f"`{path}` is missing, and the log was signed with the key in it"
            raise Unavailable(message, "put the key back from a backup: another one forks the log")
        key = NoteKey.made(name or f"sconto-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, key.private_text.encode())
            path.with_name(VERIFIER).write_text(f"{key.verifier}\n", encoding="utf-8")
        except OSError as error:
            message = f"the key that signs the log can't be made: {path}: {error.strerror}"
            raise Unavailable(message, "name a folder for it with `--keys`") from error
    return LogKey(path)
