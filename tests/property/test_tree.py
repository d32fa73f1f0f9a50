"""Heads and proofs of the log's tree, beside those of two other libraries and our verifier."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore.errors import VerificationError

from sconto.app.transparency.tree import EMPTY, Place, Tree
from sconto.errors import StoreUnavailable
from sconto.verify.tree import Growing, extends, included, leaf_hash

MOST = 1_300
"""Entries: more than five kept subtrees, and an incomplete one."""
SIZES = st.integers(1, MOST) | st.sampled_from([1, 2, 255, 256, 257, 511, 512, 768, 1_024])


class Kept:
    """Leaves, and the subtrees that grew with them."""

    def __init__(self) -> None:
        self.entries = [b"entry %d" % n for n in range(MOST)]
        self.hashes: dict[Place, bytes] = {}
        rng, size = random.Random(7), 0
        while size < MOST:
            more = min(MOST, size + rng.randrange(1, 400))
            self.hashes |= Tree(self).grow(size, more)
            size = more

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """See Kept."""
        return self.entries[first - 1 : last]

    def subtrees(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """See Kept."""
        return [self.hashes[Place(level, nth)] for nth in range(first, last + 1)]


KEPT = Kept()
TREE = Tree(KEPT)
OTHER = InmemoryTree(algorithm="sha256")
for entry in KEPT.entries:
    OTHER.append_entry(entry)


@given(SIZES)
@settings(max_examples=100, deadline=None)
def test_heads_are_those_of_rfc_6962(size: int) -> None:
    """The writer, the verifier and pymerkle have the same head of every size."""
    growing = Growing()
    for leaf in KEPT.entries[:size]:
        growing.add(leaf_hash(leaf))

    assert TREE.head(size) == growing.head == OTHER.get_root(size)


def test_the_head_of_no_entry_is_the_hash_of_nothing() -> None:
    """As RFC 6962 has it."""
    assert TREE.head(0) == EMPTY == Growing().head


def _sigstore_agrees(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes
) -> bool:
    inclusion = SimpleNamespace(log_index=index, tree_size=size, hashes=[*proof], root_hash=head)
    inner = SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=leaf)
    try:
        verify_merkle_inclusion(SimpleNamespace(_inner=inner))  # type: ignore[arg-type]
    except VerificationError:
        return False
    return True


@given(SIZES, st.data())
@settings(max_examples=300, deadline=None)
def test_proofs_of_inclusion_hold_and_changed_ones_never_do(size: int, data: st.DataObject) -> None:
    """Both verifiers take what the writer and pymerkle make, and both refuse others."""
    index = data.draw(st.integers(0, size - 1))
    proof, head, leaf = TREE.inclusion(index, size), TREE.head(size), KEPT.entries[index]

    assert [leaf_hash(leaf), *proof] == OTHER.prove_inclusion(index + 1, size).path
    assert included(leaf_hash(leaf), index, size, proof, head)
    assert _sigstore_agrees(leaf, index, size, proof, head)

    changed, number = [*proof], index
    match data.draw(st.sampled_from(["leaf", "index", "shorter", "longer", "hash"])):
        case "leaf":
            leaf += b"!"
        case "index":
            number = data.draw(st.integers(0, size).filter(lambda n: n != index))
        case "longer":
            changed.insert(data.draw(st.integers(0, len(proof))), head)
        case "shorter" if proof:
            changed.pop(data.draw(st.integers(0, len(proof) - 1)))
        case _:
            at = data.draw(st.integers(0, len(proof)))
            changed = [h if n != at else leaf_hash(h) for n, h in enumerate([*proof, head])]
            changed, head = changed[:-1], changed[-1]
    assert not included(leaf_hash(leaf), number, size, changed, head)
    assert not _sigstore_agrees(leaf, number, size, changed, head)


@given(SIZES, st.data())
@settings(max_examples=300, deadline=None)
def test_proofs_of_consistency_hold_and_changed_ones_never_do(
    size: int, data: st.DataObject
) -> None:
    """A longer log is shown to begin with the shorter one, and no other one is."""
    old = data.draw(st.integers(1, size))
    proof, before, after = TREE.consistency(old, size), TREE.head(old), TREE.head(size)

    assert extends(old, before, size, after, proof)

    changed = [*proof, before, after]
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] = leaf_hash(changed[at])
    assert not extends(old, changed[-2], size, changed[-1], changed[:-2])
    assert not extends(old, before, size, after, [*proof, after])
    assert not extends(old, before, size, after, proof[:-1]) or not proof


def test_a_part_that_is_missing_is_told() -> None:
    """No head is made up of what is there."""
    kept = Kept()
    kept.entries.pop()
    with pytest.raises(StoreUnavailable, match="lacks a part of its level 0"):
        Tree(kept).head(MOST)
