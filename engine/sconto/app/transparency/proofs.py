"""Proofs for strangers, as text: of an entry (C2SP tlog-proof), of a longer log (tlog-witness)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Final

from sconto.app.ports import Store
from sconto.app.transparency.checkpoint import parsed
from sconto.app.transparency.tree import Tree
from sconto.errors import NotFound, Rejected

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"


def entry_proof(store: Store, decision_id: str, kind: str = "decision") -> str:
    """The proof that the newest entry of *kind* about *decision_id* is in the log.

    The entry itself is its extra data. Raises NotFound without such an entry, Rejected before a
    checkpoint covers it.
    """
    found = [entry for entry in store.history(decision_id) if entry.kind == kind]
    if not found:
        raise NotFound(f"the log has no {kind} `{decision_id}`")
    seq, note = found[-1].seq, store.checkpoint()
    size = parsed(note).size if note else 0
    if seq > size:
        advice = "ask again in some seconds; without a server nothing is signed"
        raise Rejected(f"no checkpoint covers entry {seq} yet", advice)
    (leaf,) = store.leaves(seq, seq)
    path = Tree(store).inclusion(seq - 1, size)
    lines = (FIRST_LINE, f"extra {_base64(leaf)}", f"index {seq - 1}", *map(_base64, path))
    return _with_note(lines, note)


def newest_checkpoint(store: Store) -> str:
    """The newest checkpoint; raises NotFound before the first."""
    note = store.checkpoint()
    if not note:
        raise NotFound("the log has no checkpoint yet: a server signs it, about once a second")
    return note


def extension_request(store: Store, old: int) -> str:
    """What a witness, which signed *old* entries last, is asked to sign; see `newest_checkpoint`.

    Raises Rejected when the newest checkpoint covers fewer.
    """
    note = newest_checkpoint(store)
    size = parsed(note).size
    if old > size:
        message = f"the newest checkpoint covers {size} entries, and a witness signed {old}"
        raise Rejected(message, "the log was rolled back: find the one that has them all")
    return _with_note((f"old {old}", *map(_base64, Tree(store).consistency(old, size))), note)


def _with_note(lines: Iterable[str], note: str) -> str:
    head = "\n".join(lines)
    return f"{head}\n\n{note}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
