"""Records and replies as they are kept: compressed (zlib, RFC 1950 and 1951).

A record repeats the names of facts and rules. A reply says nearly nothing that its record does not.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from typing import Final

_RAW: Final = -zlib.MAX_WBITS
"""Without a header and a checksum: the reply's request has a hash of its own."""
_LEVEL: Final = 1


def know_packing(connection: sqlite3.Connection) -> None:
    """Give SQL of *connection* the functions `unpacked(record)` and `readable(record)`."""
    connection.create_function("unpacked", 1, unpacked, deterministic=True)
    connection.create_function("readable", 1, readable, deterministic=True)


def packed(record: bytes) -> bytes:
    """*record* as it is kept; any zlib can read it."""
    return zlib.compress(record, _LEVEL)


def unpacked(kept: bytes) -> bytes:
    """The record that *kept* is of; what was damaged stays as it is, and is no record."""
    try:
        return zlib.decompress(kept)
    except zlib.error:
        return kept


def readable(kept: bytes) -> str:
    """The record that *kept* is of, as text; an empty one where it was damaged."""
    try:
        text = unpacked(kept).decode()
        json.loads(text)
    except ValueError:
        return "{}"
    return text


def packed_reply(reply: bytes, record: bytes) -> bytes:
    """*reply*, from which `unpacked_reply` makes the same bytes with the same *record*."""
    packing = zlib.compressobj(
        _LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, record
    )
    return packing.compress(reply) + packing.flush()


def unpacked_reply(kept: bytes, record: bytes) -> bytes:
    """The reply that *kept* is of."""
    unpacking = zlib.decompressobj(_RAW, record)
    return unpacking.decompress(kept) + unpacking.flush()
