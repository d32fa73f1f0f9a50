"""Chance that is a hash."""

from __future__ import annotations

import numpy as np

from sconto.learning.hashing import hashed_share


def test_the_hash_never_changes() -> None:
    """The split of a recipe must be the same for ever: the hash is pinned to its value."""
    ids = np.array([0, 1, 2_500], dtype=np.int64)

    assert [3_127, 4_931, 8_552] == hashed_share(ids, ids[::-1], seed=20_170_101).tolist()
