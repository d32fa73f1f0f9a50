"""What a store keeps of the tree of its log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class CheckpointWrite(NamedTuple):
    """A signed head of the log, and what later ones and proofs are computed from."""

    size: int
    """How many entries it covers."""
    note: str
    """C2SP tlog-checkpoint."""
    subtrees: tuple[tuple[int, int, bytes], ...]
    """Level, number and hash of each subtree of 256 ** level entries that it completes."""


class KeptTree(Protocol):
    """The leaves of a log, hashes of subtrees, and the newest checkpoint; raises as Store does."""

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """The leaves of the log's tree for the entries from number *first* to *last*."""
        ...

    async def commit_checkpoint(self, write: CheckpointWrite) -> bool:
        """Keep the checkpoint in the place of one for fewer entries; False when there is none."""
        ...

    def subtrees(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """The hashes of the subtrees of 256 ** *level* entries from number *first*, of 0, on."""
        ...

    def checkpoint(self) -> str:
        """The newest checkpoint; empty before the first."""
        ...
