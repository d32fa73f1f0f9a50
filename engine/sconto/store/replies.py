"""Replies as they are kept: compressed by their record, which says nearly all that they say."""

from __future__ import annotations

import zlib
from typing import Final

_RAW: Final = -zlib.MAX_WBITS
"""Without a header and a checksum: SQLite's pages are what is trusted."""
_LEVEL: Final = 1


def packed(reply: bytes, record: bytes) -> bytes:
    """*reply*, from which `unpacked` makes the same bytes with the same *record*."""
    packing = zlib.compressobj(
        _LEVEL, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, record
    )
    return packing.compress(reply) + packing.flush()


def unpacked(kept: bytes, record: bytes) -> bytes:
    """The reply that *kept* is of."""
    unpacking = zlib.decompressobj(_RAW, record)
    return unpacking.decompress(kept) + unpacking.flush()
