"""Named facts as the arrays that models take: the same for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

UNKNOWN: Final = 0
"""The id of a category that is missing, or that training never saw."""


def numbers(
    columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]], names: Sequence[str], rows: int
) -> npt.NDArray[np.float32]:
    """The columns called *names* side by side, float32 [rows, f].

    What is absent, None, NaN or infinite is missing: NaN.
    """
    found = np.full((rows, len(names)), np.nan)
    for i, name in enumerate(names):
        if (column := columns.get(name)) is not None:
            found[:, i] = np.asarray(column, dtype=np.float64)
    return single(found)


def single(found: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """*found* as models take it; what is infinite, or too large for float32, is missing: NaN."""
    with np.errstate(over="ignore"):
        narrow = found.astype(np.float32)
    narrow[~np.isfinite(narrow)] = np.nan
    return narrow


def positions(listed: Sequence[str]) -> dict[str, int]:
    """The ids of a vocabulary's texts: 1, 2, ... in their order."""
    return {text: position for position, text in enumerate(listed, start=1)}


def ids(
    columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]],
    names: Sequence[str],
    vocabularies: Sequence[Sequence[str]],
    rows: int,
) -> npt.NDArray[np.int64]:
    """The categories called *names* as ids, int64 [rows, c]: the `positions` in their vocabularies.

    What is absent, None or not listed is `UNKNOWN`.
    """
    found = np.full((rows, len(names)), UNKNOWN, dtype=np.int64)
    for i, (name, listed) in enumerate(zip(names, vocabularies, strict=True)):
        if (column := columns.get(name)) is not None:
            known = positions(listed)
            found[:, i] = [known.get(value, UNKNOWN) for value in column]
    return found


def ascending(depths: tuple[float | None, ...]) -> tuple[float, ...] | None:
    """The depths of arms that are all known and ascend, as depths of one discount do."""
    known = tuple(d for d in depths if d is not None)
    if len(known) == len(depths) > 1 and all(a < b for a, b in pairwise(known)):
        return known
    return None
