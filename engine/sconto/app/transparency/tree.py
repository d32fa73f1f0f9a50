"""The Merkle tree over the entries of the log (RFC 6962, section 2.1): heads and proofs.

Entry number 1 is the leaf of index 0. Of every complete subtree of 256, 65,536, ... entries the
hash is kept, as tlog-tiles has it, so that a head or a proof reads some hundred hashes of any log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from sconto.app.transparency.kept import KeptTree
from sconto.errors import StoreUnavailable

WIDTH_BITS: Final = 8
"""Of each kept subtree, the next one has 2 ** 8."""
EMPTY: Final = hashlib.sha256(b"").digest()
"""The head of a log without an entry."""


class Place(NamedTuple):
    """A complete subtree of 256 ** level entries: the *nth* one, of 0."""

    level: int
    nth: int


class Tree:
    """Heads and proofs of a log; *grown* are subtrees that are not kept yet.

    Everything raises StoreUnavailable when a part of the tree can't be had.
    """

    def __init__(self, kept: KeptTree, grown: Mapping[Place, bytes] | None = None) -> None:
        self._kept = kept
        self._grown = grown or {}

    def head(self, size: int) -> bytes:
        """MTH(D[size]): the hash of the first *size* entries."""
        return self._hash(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """PATH(index, D[size]), lowest first: the proof that a leaf is in the tree of *size*."""
        return self._path(index, 0, size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """PROOF(old, D[size]): that the first *old* entries are still the first ones."""
        return self._subproof(old, 0, size, whole=True) if 0 < old < size else []

    def grow(self, old: int, size: int) -> dict[Place, bytes]:
        """The subtrees that are complete at *size* entries, and were not at *old*."""
        grown: dict[Place, bytes] = {}
        larger, level, width = Tree(self._kept, grown), 1, 1 << WIDTH_BITS
        while width <= size:
            for nth in range(old // width, size // width):
                grown[Place(level, nth)] = _folded(larger._parts(level - 1, nth))
            level, width = level + 1, width << WIDTH_BITS
        return grown

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self._hash(middle, end)]
        return [*self._path(index, middle, end), self._hash(start, middle)]

    def _subproof(self, old: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if old == end:
            return [] if whole else [self._hash(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [*self._subproof(old, start, middle, whole=whole), self._hash(middle, end)]
        return [*self._subproof(old, middle, end, whole=False), self._hash(start, middle)]

    def _hash(self, start: int, end: int) -> bytes:
        """MTH of the leaves from *start* to before *end*; *start* is a multiple of the width."""
        width = end - start
        if width & (width - 1):
            middle = start + _split(width)
            return node_hash(self._hash(start, middle), self._hash(middle, end))
        level, rest = divmod(width.bit_length() - 1, WIDTH_BITS)
        first = start >> (level * WIDTH_BITS)
        return _folded(self._at(level, first, 1 << rest))

    def _parts(self, level: int, nth: int) -> list[bytes]:
        """The 256 subtrees of *level* that make the *nth* one of the next level."""
        return self._at(level, nth << WIDTH_BITS, 1 << WIDTH_BITS)

    def _at(self, level: int, first: int, count: int) -> list[bytes]:
        last = first + count - 1
        if level == 0:
            found = [leaf_hash(leaf) for leaf in self._kept.leaves(first + 1, last + 1)]
        else:
            places = [Place(level, nth) for nth in range(first, last + 1)]
            new = [self._grown[place] for place in places if place in self._grown]
            # What is not kept yet comes after what is.
            kept = self._kept.subtrees(level, first, last - len(new)) if len(new) < count else ()
            found = [*kept, *new]
        if len(found) != count:
            raise StoreUnavailable(f"the tree of the log lacks a part of its level {level}")
        return found


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _folded(hashes: list[bytes]) -> bytes:
    """The hash of the complete tree over *hashes*, a power of two of them."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def _split(width: int) -> int:
    """The largest power of two below *width*."""
    return 1 << (width - 1).bit_length() - 1
