"""Rows larger than memory: read in windows, given back, and in the same order wherever they are."""

from __future__ import annotations

from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning import examples as form
from sconto.learning import memory_maps
from sconto.learning.examples_files import read, write
from sconto.learning.memory_maps import BLOCK, gathered, sampled, windows
from unit.learning.rows import examples


@given(
    rows=st.integers(0, 20_000),
    most=st.integers(1, 9_000),
    size=st.integers(1, 3_000),
    seed=st.one_of(st.none(), st.integers(0, 9)),
)
def test_windows_hold_every_row_once(rows: int, most: int, size: int, seed: int | None) -> None:
    """Each window ascends, is bounded, and holds whole batches but for that with the last rows."""
    found = [*windows(rows, most, size, None if seed is None else np.random.default_rng(seed))]
    together = np.concatenate(found)

    assert np.array_equal(np.arange(rows), np.sort(together))
    assert seed is not None or np.array_equal(np.arange(rows), together)
    assert all((np.diff(window) > 0).all() for window in found)
    assert max(map(len, found)) <= max(most, BLOCK + size)
    assert all(len(w) % size == 0 for w in found if rows - 1 not in w) or rows <= most


def test_windows_are_put_together_anew() -> None:
    """Neighbouring windows must not be neighbouring rows, and each draw another order."""
    one, two = ([*windows(50_000, 5_000, 100, np.random.default_rng(s))] for s in (1, 2))

    assert all(window.max() - window.min() > 10_000 for window in one)
    assert any(not np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_mapped_rows_come_in_the_order_of_rows_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many windows or one, batches must be equal, and not what one shuffle of all gives."""
    rows = examples(5_000)
    write([rows], 5_000, tmp_path)
    mapped = read(tmp_path)
    at_once = [b.time.tolist() for b in rows.batches(64, seed=3)]
    monkeypatch.setattr(
        form, "WINDOW_BYTES", 2_000 * sum(a.nbytes for a in rows.arrays().values()) // 5_000
    )
    for seed in (None, 3):
        ours, theirs = ([*r.batches(64, seed=seed)] for r in (rows, mapped))
        assert [b.digest() for b in ours] == [b.digest() for b in theirs]
        assert sorted(chain(*(b.time.tolist() for b in ours))) == rows.time.tolist()
    assert at_once != [b.time.tolist() for b in mapped.batches(64, seed=3)]
    assert all(a <= b for batch in mapped.batches(64, seed=3) for a, b in pairwise(batch.time))


def test_what_is_gathered_is_what_was_asked_for(tmp_path: Path) -> None:
    """Rows of a map, of a part of it and of memory must be copies of their values."""
    array = np.random.default_rng(1).random((3_000, 3))
    np.save(tmp_path / "a.npy", array)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    rows = np.array([0, 5, 7, 1_500, 2_999])

    assert np.array_equal(array[rows], gathered(mapped, rows))
    assert np.array_equal(array[100:][rows[:-1]], gathered(mapped[100:], rows[:-1]))
    assert not isinstance(gathered(mapped, rows), np.memmap)
    assert np.array_equal(array, mapped)


def test_what_was_written_to_a_map_is_not_let_go(tmp_path: Path) -> None:
    """A page that may differ from its file must stay."""
    np.save(tmp_path / "a.npy", np.zeros(3_000))
    private = np.load(tmp_path / "a.npy", mmap_mode="c")
    private[:] = 1
    memory_maps.release_pages(private)

    assert (private == 1).all()


def test_a_sample_is_even_and_always_the_same() -> None:
    """All of few, a part of many: ascending, without repetition, from everywhere."""
    few, many = sampled(10, 10), sampled(100_000, 1_000)

    assert [*range(10)] == few.tolist()
    assert 1_000 == len(np.unique(many))
    assert (np.diff(many) > 0).all()
    assert 45_000 < many.mean() < 55_000
    assert np.array_equal(many, sampled(100_000, 1_000))
