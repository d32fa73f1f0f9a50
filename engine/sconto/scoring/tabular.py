"""Named facts as the arrays that tabular models take: the same for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    with np.errstate(over="ignore"):
        single = found.astype(np.float32)
    single[~np.isfinite(single)] = np.nan
    return single


def ids(
    columns: Mapping[str, Sequence[Any] | npt.NDArray[Any]],
    names: Sequence[str],
    vocabularies: Sequence[Sequence[str]],
    rows: int,
) -> npt.NDArray[np.int64]:
    """The categories called *names* as ids, int64 [rows, c]: 1, 2, ... in their vocabularies.

    What is absent, None or not listed is `UNKNOWN`.
    """
    found = np.full((rows, len(names)), UNKNOWN, dtype=np.int64)
    for i, (name, listed) in enumerate(zip(names, vocabularies, strict=True)):
        if (column := columns.get(name)) is not None:
            known = {text: position for position, text in enumerate(listed, start=1)}
            found[:, i] = [known.get(value, UNKNOWN) for value in column]
    return found
