"""The Merkle tree as its readers compute it: heads, and proofs (RFC 9162, section 2.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def joined(hashes: Sequence[bytes]) -> bytes:
    """The hash of the complete tree over *hashes*, a power of two of them."""
    while len(hashes) > 1:
        hashes = [_joined(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]


class Growing:
    """A tree to which leaves are added, and its head after each."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        """Of the complete subtrees, the largest first: one for each bit of the size."""

    def add(self, hashed: bytes) -> None:
        """Add the hash of a leaf."""
        for bit in range(self.size.bit_length() + 1):
            if not self.size >> bit & 1:
                break
            hashed = _joined(self._peaks.pop(), hashed)
        self._peaks.append(hashed)
        self.size += 1

    @property
    def head(self) -> bytes:
        """The hash of the whole tree."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        *rest, head = self._peaks
        for peak in reversed(rest):
            head = _joined(peak, head)
        return head


def included(hashed: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Whether *proof* shows that the leaf *hashed* is number *index*, of 0, of *head*'s tree."""
    if not 0 <= index < size:
        return False
    first, last = index, size - 1
    for other in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            hashed = _joined(other, hashed)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            hashed = _joined(hashed, other)
        first, last = first >> 1, last >> 1
    return last == 0 and hashed == head


def extends(old: int, old_head: bytes, size: int, head: bytes, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows that the tree of *head* begins with that of *old_head*."""
    if not 0 < old <= size:
        return old == 0 and not proof
    if old == size:
        return not proof and old_head == head
    path = [old_head, *proof] if old & (old - 1) == 0 else [*proof]
    if not path:
        return False
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = _joined(other, before), _joined(other, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = _joined(after, other)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_head and after == head
