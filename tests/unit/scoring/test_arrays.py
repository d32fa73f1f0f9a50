"""Named facts as arrays, alike in training and serving."""

from __future__ import annotations

import numpy as np

from sconto.scoring.arrays import UNKNOWN, ids, numbers


def test_what_is_missing_is_missing_whatever_its_form() -> None:
    """An absent column, None, NaN, infinity and what float32 can't hold must be NaN."""
    columns = {"a": [1, None, float("nan")], "b": np.array([np.inf, 2.5, 1e300])}

    found = numbers(columns, ("b", "a", "c"), 3)

    assert np.float32 == found.dtype
    assert np.array_equal(
        [[np.nan, 1, np.nan], [2.5, np.nan, np.nan], [np.nan, np.nan, np.nan]],
        found,
        equal_nan=True,
    )


def test_categories_have_the_ids_of_their_vocabulary() -> None:
    """Listed texts must count from 1 in their order; all else must be the unknown."""
    found = ids({"a": ["y", "x", None, "z"]}, ("a", "b"), (("x", "y"), ("q",)), 4)

    assert np.int64 == found.dtype
    assert [[2, 0], [1, 0], [UNKNOWN, 0], [UNKNOWN, 0]] == found.tolist()
