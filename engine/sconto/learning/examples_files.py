"""Examples in a folder: one .npy file per array, opened as memory maps.

Rows are written chunk by chunk and read batch by batch, so neither has to fit in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sconto.errors import ScontoError
from sconto.learning.examples import Columns, Examples, of_arrays

COLUMNS_FILE: Final = "columns.json"
FORMAT: Final = 1


class ExamplesUnusable(ScontoError):
    """A folder that does not hold complete examples."""

    code = "EXAMPLES_UNUSABLE"
    help = "write the folder again with `sconto learn data`"


def write(chunks: Iterable[Examples], rows: int, folder: Path) -> None:
    """Write *chunks*, *rows* rows in all, to *folder*; `columns.json` is written last.

    Raises:
        ValueError: The chunks differ in their columns or arrays, or are not *rows* rows in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COLUMNS_FILE).unlink(missing_ok=True)
    columns: Columns | None = None
    files: dict[str, npt.NDArray[Any]] = {}
    done = 0
    for chunk in chunks:
        arrays = chunk.arrays()
        if columns is None:
            columns, files = chunk.columns, _create(arrays, rows, folder)
        if chunk.columns != columns or arrays.keys() != files.keys() or done + len(chunk) > rows:
            raise ValueError("chunks of examples that don't belong together")
        for name, array in arrays.items():
            files[name][done : done + len(chunk)] = array
        done += len(chunk)
    if columns is None or done != rows:
        raise ValueError(f"{done} rows, not {rows}")
    described = {
        "format": FORMAT,
        "arrays": sorted(files),
        "columns": json.loads(columns.canonical()),
    }
    (folder / COLUMNS_FILE).write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Examples:
    """The examples in *folder*; their arrays are memory maps that can't be written to.

    Raises:
        ExamplesUnusable: The folder holds none, or not all of them.
    """
    try:
        described = json.loads((folder / COLUMNS_FILE).read_bytes())
        if described["format"] != FORMAT:
            raise ExamplesUnusable(f"examples in `{folder}` are of another format")
        columns = Columns(**{name: _tuples(value) for name, value in described["columns"].items()})
        arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in described["arrays"]
        }
        return of_arrays(columns, arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExamplesUnusable(f"there are no complete examples in `{folder}`") from error


def _create(
    arrays: dict[str, npt.NDArray[Any]], rows: int, folder: Path
) -> dict[str, npt.NDArray[Any]]:
    """One empty file of *rows* rows for each of *arrays*."""
    return {
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy", mode="w+", dtype=array.dtype, shape=(rows, *array.shape[1:])
        )
        for name, array in arrays.items()
    }


def _tuples(value: Any) -> Any:
    """Lists, at any depth, as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
