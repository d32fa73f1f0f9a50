"""Training rows: slicing, batching, identity, and the folder that holds them."""

from __future__ import annotations

import math
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.learning.examples import Columns, Examples
from sconto.learning.examples_files import COLUMNS_FILE, ExamplesUnusable, read, write
from unit.learning.rows import COLUMNS, examples


def same(one: Examples, other: Examples) -> bool:
    """Whether every array of both is equal, missing numbers included."""
    a, b = one.arrays(), other.arrays()
    return a.keys() == b.keys() and all(
        np.array_equal(a[k], b[k], equal_nan=a[k].dtype.kind == "f") for k in a
    )


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("numeric", np.zeros((6, 3), dtype=np.float32)),
        ("numeric", np.zeros((6, 2), dtype=np.float64)),
        ("arm", np.zeros(5, dtype=np.int64)),
        ("propensities", np.zeros((6, 3), dtype=np.float32)),
        ("value", np.zeros((6, 1), dtype=np.float32)),
    ],
)
def test_arrays_of_another_shape_or_type_are_refused(name: str, array: Any) -> None:
    """An array that is not as the columns promise must be named when the value is made."""
    with pytest.raises(ValueError, match=f"`{name}` is"):
        examples(**{name: array})


def test_columns_without_their_vocabularies_are_refused() -> None:
    """A category without vocabulary, or an arm without depth, must be refused."""
    with pytest.raises(ValueError, match="every category needs a vocabulary"):
        Columns((), ("channel",), (), ("none",), (0.0,), "visit")
    with pytest.raises(ValueError, match="every arm a depth"):
        Columns((), (), (), ("none", "tenth"), (0.0,), "visit")


def test_slices_take_every_array_along() -> None:
    """A slice, positions and a mask must pick the same rows of every array, events included."""
    rows = examples()
    picked = rows[np.array([1, 2, 5])]

    assert 3 == len(picked)
    assert same(picked, rows[np.array([False, True, True, False, False, True])])
    assert same(rows[:3], rows[np.arange(3)])
    assert picked.events is not None
    assert (3, 4) == picked.events.mask.shape


def test_parts_that_are_not_there_stay_away() -> None:
    """Rows without value, cost, propensity or events must slice to rows without them."""
    bare = examples(value=None, cost=None, propensity=None, propensities=None, events=None)

    assert {"numeric", "categorical", "arm", "depth", "outcome", "time", "unit"} == set(
        bare[:2].arrays()
    )


def test_batches_hold_every_row_once() -> None:
    """Batches must cover all rows once, shuffled by their seed alone, the last one smaller."""
    rows = examples(10)
    plain = [b.time.tolist() for b in rows.batches(4)]
    shuffled = [b.time.tolist() for b in rows.batches(4, seed=1)]

    assert [4, 4, 2] == [len(b) for b in plain]
    assert rows.time.tolist() == [*chain(*plain)]
    assert sorted(rows.time.tolist()) == sorted(chain(*shuffled))
    assert shuffled != plain
    assert shuffled == [b.time.tolist() for b in rows.batches(4, seed=1)]
    assert shuffled != [b.time.tolist() for b in rows.batches(4, seed=2)]


def test_equal_rows_have_equal_digests() -> None:
    """The digest must follow values and names, not the form of a NaN, of zero or of memory."""
    rows = examples()
    other_nan = rows.numeric.copy()
    other_nan[np.isnan(other_nan)] = np.uint32(0xFFC00001).view(np.float32)
    fortran = np.asfortranarray(rows.numeric)

    assert rows.digest() == examples().digest()
    assert rows.digest() == examples(numeric=other_nan).digest()
    assert rows.digest() == examples(numeric=fortran).digest()
    assert examples(depth=np.zeros(6, np.float32)).digest() == (
        examples(depth=-np.zeros(6, np.float32)).digest()
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"arm": np.zeros(6, dtype=np.int64)},
        {"value": None},
        {"unit": np.arange(6, dtype=np.int64)},
        {
            "columns": Columns(
                **{n: getattr(COLUMNS, n) for n in COLUMNS.__slots__} | {"outcome": "x"}
            )
        },
    ],
)
def test_different_rows_have_different_digests(changed: dict[str, Any]) -> None:
    """A changed value, a missing array or another name must change the digest."""
    assert examples().digest() != examples(**changed).digest()


def test_as_if_changes_only_what_is_given() -> None:
    """The same rows under another arm must have its depth, and all else as it was."""
    rows = examples().as_if(1)

    assert {1} == set(rows.arm.tolist())
    assert np.allclose(0.1, rows.depth)
    assert np.array_equal(examples().outcome, rows.outcome)


def test_an_arm_without_depth_has_no_depth() -> None:
    """An arm that is no discount must have a missing depth, not a depth of 0."""
    columns = Columns(("x",), (), (), ("none", "mail"), (0.0, None), "visit")
    numbers, ids = np.zeros((1, 1), np.float32), np.zeros((1, 0), np.int64)
    one, zero = np.zeros(1, np.float32), np.zeros(1, np.int64)
    rows = Examples(columns, numbers, ids, zero, one, one, zero, zero)

    assert math.isnan(rows.as_if(1).depth[0])


def test_a_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    """Rows written in chunks must come back equal, as maps of their files, with equal digest."""
    rows = examples(10)

    write(iter([rows[:4], rows[4:9], rows[9:]]), 10, tmp_path)
    back = read(tmp_path)

    assert same(rows, back)
    assert rows.columns == back.columns
    assert rows.digest() == back.digest()
    assert isinstance(back.numeric, np.memmap)


def test_a_batch_from_a_folder_is_a_copy(tmp_path: Path) -> None:
    """A batch must be memory of its own that may be written to, wherever its rows lie."""
    write([examples()], 6, tmp_path)

    for batch in (next(read(tmp_path).batches(4)), next(read(tmp_path).batches(4, seed=3))):
        batch.numeric[:] = 0

    assert same(examples(), read(tmp_path))


def test_a_folder_without_all_rows_is_refused(tmp_path: Path) -> None:
    """An unfinished folder, a missing file and an empty folder must be refused by name."""
    with pytest.raises(ValueError, match="6 rows, not 7"):
        write([examples()], 7, tmp_path)
    with pytest.raises(ExamplesUnusable, match="no complete examples"):
        read(tmp_path)
    write([examples()], 6, tmp_path)
    (tmp_path / "arm.npy").unlink()
    with pytest.raises(ExamplesUnusable, match="no complete examples"):
        read(tmp_path)


def test_chunks_that_differ_are_refused(tmp_path: Path) -> None:
    """Chunks with other arrays or too many rows must be refused, and leave no usable folder."""
    with pytest.raises(ValueError, match="don't belong together"):
        write([examples(), examples(value=None)], 12, tmp_path)
    with pytest.raises(ValueError, match="don't belong together"):
        write([examples(), examples()], 10, tmp_path)
    assert not (tmp_path / COLUMNS_FILE).exists()


def test_a_folder_of_another_format_is_refused(tmp_path: Path) -> None:
    """A folder that a later version wrote must be refused, not misread."""
    write([examples()], 6, tmp_path)
    file = tmp_path / COLUMNS_FILE
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))

    with pytest.raises(ExamplesUnusable, match="of another format"):
        read(tmp_path)
