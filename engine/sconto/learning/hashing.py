"""Chance that is a hash: the same for the same ids and seed on any machine."""

from __future__ import annotations

import hashlib

import numpy as np

Ids = np.ndarray[tuple[int], np.dtype[np.int64]]


def hashed_share(*ids: Ids, seed: int) -> Ids:
    """A number in [0, 10000) for each row, spread evenly by SplitMix64 over its ids and *seed*."""
    state = np.full(len(ids[0]), seed, dtype=np.uint64)
    for column in ids:
        state = (state ^ column.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return (state % np.uint64(10_000)).astype(np.int64)


def number_of(text: str) -> int:
    """A whole number of 63 bits for *text*, the same on any machine."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1
