"""Rows of arrays that may be memory maps larger than memory: in which order, and a piece at a time.

Nothing here holds more than it is asked for: pages of a map that were read are given back, so a
process stays as small as its batches, whatever the size of the files.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

BLOCK: Final = 1_024
"""Neighbouring rows that are read together, at least: files are read in large pieces."""

_PIECE: Final = 512


def gathered(array: npt.NDArray[Any], rows: Ints) -> npt.NDArray[Any]:
    """A copy of those *rows* of *array*, in their order; of a map, no page stays in memory."""
    found = np.empty((len(rows), *array.shape[1:]), dtype=array.dtype)
    for start in range(0, len(rows), _PIECE):
        found[start : start + _PIECE] = array[rows[start : start + _PIECE]]
        release_pages(array)
    return found


def release_pages(array: npt.NDArray[Any]) -> None:
    """Give back the pages of a memory map; they come from the file again when they are read."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    # Only of maps that can't be written to: what was written would be lost with its page.
    if isinstance(base, mmap.mmap) and getattr(array, "mode", None) == "r":
        base.madvise(mmap.MADV_DONTNEED)


def sampled(rows: int, most: int) -> Ints:
    """At most *most* of the positions 0 to *rows*, ascending: all of them, or drawn evenly.

    Always the same ones for the same numbers.
    """
    if rows <= most:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng(most).choice(rows, most, replace=False))


def windows(
    rows: int, most: int, size: int, draw: np.random.Generator | None = None
) -> Iterator[Ints]:
    """The positions 0 to *rows* in windows of about *most*, each ascending; with *draw*, shuffled.

    What fits into one window is one. Larger ones are made of blocks of neighbours, which *draw*
    puts together anew each time; without it windows follow each other. A window holds whole
    batches of *size*, except the one that holds the last rows.
    """
    if rows <= most:
        yield np.arange(rows, dtype=np.int64)
        return
    block = size * -(-BLOCK // size)
    blocks, together = -(-rows // block), max(1, most // block)
    order = np.arange(blocks) if draw is None else draw.permutation(blocks)
    for start in range(0, blocks, together):
        first = np.sort(order[start : start + together]) * block
        found = (first[:, None] + np.arange(block)[None, :]).ravel()
        yield found[found < rows]
