"""Checkpoints of the log: its size and head, signed (C2SP tlog-checkpoint and signed-note)."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from sconto.app.ports import Store
from sconto.app.transparency.kept import CheckpointWrite
from sconto.app.transparency.tree import Place, Tree
from sconto.errors import ScontoError, StoreUnfit

MERGE_SECONDS: Final = 1
"""About how long an entry waits for the checkpoint that covers it."""
MOST_ENTRIES: Final = 1 << 16
"""That one checkpoint adds, so that a log of before there were any is read piece by piece."""
_OTHER_KEY: Final = "put the log's own key back from a backup"
_ROLLED_BACK: Final = (
    "entries are lost: find the log that has them; to go on without them, after a restore, remove "
    "`log.checkpoint` beside the key (witnesses will refuse the log)"
)
_CHANGED: Final = "`sconto verify` names the entries; keep the files as they are"
_LOG: Final = logging.getLogger(__name__)


class Checkpoint(NamedTuple):
    """What a checkpoint says: the first *size* entries of the log *origin* have the hash *head*."""

    origin: str
    size: int
    head: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.head).decode()}\n"


class CheckpointSigner(Protocol):
    """The log's own key, and beside it the newest checkpoint that it has signed."""

    @property
    def name(self) -> str:
        """The origin of the log's checkpoints."""
        ...

    def signed(self, text: str) -> str:
        """*text* as a note with the key's signature."""
        ...

    def has_signed(self, note: str) -> bool:
        """Whether *note* has a valid signature of the key."""
        ...

    def newest(self) -> str:
        """The note that was signed last; empty for none."""
        ...


class LogForked(StoreUnfit):
    """The log is not the one that its key has signed."""

    code = "LOG_FORKED"


def parsed(note: str) -> Checkpoint:
    """The checkpoint in *note*; raises ValueError for another text."""
    origin, size, head = note.split("\n", 3)[:3]
    return Checkpoint(origin, int(size), base64.b64decode(head, validate=True))


def size_of(note: str) -> int:
    """How many entries the checkpoint in *note* covers; 0 for none."""
    return parsed(note).size if note else 0


class Checkpoints:
    """Signs the head of *store*'s log with *signer*, again and again.

    A log that its newest checkpoint does not fit is never signed: raises LogForked.
    """

    def __init__(self, store: Store, signer: CheckpointSigner) -> None:
        self._store = store
        self._signer = signer
        self._checked = False
        self.waiting = 0
        """How many entries no checkpoint covers yet."""

    async def advance(self) -> Checkpoint | None:
        """Sign what has come since the newest checkpoint; None when nothing has."""
        write = await self._store.read(self._next)
        if write is None:
            return None
        await self._store.commit_checkpoint(write)
        self.waiting = 0
        return parsed(write.note)

    def _next(self) -> CheckpointWrite | None:
        signed, newest = self._store.checkpoint(), self._store.newest_seq()
        if not self._checked:
            self._check(signed, "the newest checkpoint of the log", newest)
            self._check(self._signer.newest(), "the checkpoint beside the log's key", newest)
        self._checked = True
        old = size_of(signed)
        self.waiting = newest - old
        if newest <= old:
            return None
        size = min(newest, old + MOST_ENTRIES)
        grown, head = self._head(old, size)
        note = self._signer.signed(Checkpoint(self._signer.name, size, head).text)
        places = ((*place, hashed) for place, hashed in grown.items())
        return CheckpointWrite(size, note, tuple(places))

    def _head(self, kept: int, size: int) -> tuple[Mapping[Place, bytes], bytes]:
        """The head of *size* entries, and the subtrees that those after *kept* complete."""
        grown = Tree(self._store).grow(kept, size)
        return grown, Tree(self._store, grown).head(size)

    def _check(self, note: str, name: str, newest: int) -> None:
        """Raise LogForked unless the log begins with what *note* was signed for."""
        if not note:
            return
        signed = parsed(note)
        if signed.origin != self._signer.name or not self._signer.has_signed(note):
            raise LogForked(f"{name} is not signed by the key `{self._signer.name}`", _OTHER_KEY)
        if newest < signed.size:
            fewer = f"{name} covers {signed.size} entries, and the log has {newest}"
            raise LogForked(fewer, _ROLLED_BACK)
        # The key may have signed more than was kept, when the store went away meanwhile.
        _, head = self._head(min(size_of(self._store.checkpoint()), signed.size), signed.size)
        if head != signed.head:
            changed = f"{name} is of another log: of its {signed.size} entries, some have changed"
            raise LogForked(changed, _CHANGED)


async def sign_for_ever(checkpoints: Checkpoints) -> None:
    """Sign the log's head about every MERGE_SECONDS; one process of a server does."""
    while True:
        await asyncio.sleep(MERGE_SECONDS)
        try:
            await checkpoints.advance()
        except ScontoError as error:
            _LOG.error("the log's head could not be signed: %s", error)
