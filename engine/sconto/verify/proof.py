"""Proofs that one entry is in a log (C2SP tlog-proof), with the entry as their extra data."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final, NamedTuple

from sconto.verify.note import Head, NotVerified, Verifier, number, opened
from sconto.verify.tree import included, leaf_hash

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"


class Proved(NamedTuple):
    """The entry that a proof is of, and the checkpoint that covers it."""

    entry: bytes
    number: int
    """Of 1."""
    head: Head


def check_proof(text: str, keys: Sequence[Verifier]) -> Proved:
    """What *text* proves, with the log's *keys*; raises NotVerified when it proves nothing."""
    lines, _, note = text.partition("\n\n")
    try:
        first, extra, index, *path = lines.split("\n")
        if not extra.startswith("extra ") or not index.startswith("index "):
            raise NotVerified("a proof has the lines `extra` and `index`")
        entry = base64.b64decode(extra.removeprefix("extra "), validate=True)
        at = number(index.removeprefix("index "))
        hashes = [base64.b64decode(line, validate=True) for line in path]
    except ValueError as error:
        raise NotVerified("the file is no proof of an entry") from error
    if first != FIRST_LINE:
        raise NotVerified(f"a proof begins with `{FIRST_LINE}`")
    head = opened(note, keys)
    if not included(leaf_hash(entry), at, head.size, hashes, head.hash):
        raise NotVerified("the entry is not in the log of the checkpoint")
    return Proved(entry, at + 1, head)
