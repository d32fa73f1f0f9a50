"""What later rows can be held against training: facts of a log, other data, written rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sconto.learning.data.decision_log import Sent
from sconto.learning.data.prepare import prepare, rows_as
from sconto.learning.drift.compared_rows import NotComparable, compared, of_log
from sconto.learning.examples_files import write
from unit.learning.data.shops import OFFERS, shop
from unit.learning.rows import examples


def test_a_log_is_compared_by_what_it_was_told() -> None:
    """Features that no decision was told must be in neither sample, and be named."""
    train = examples(50)
    numeric = np.array([[np.nan, 5], [np.nan, np.nan]], dtype=np.float32)
    told = Sent(numeric, np.array([[2], [0]]), np.array([1, 2]), frozenset({"spend", "channel"}))

    both = of_log(train, told)

    assert ("recency",) == both.not_sent
    assert ("spend",) == both.expected.columns.numeric == both.actual.columns.numeric
    assert np.array_equal(train.numeric[:, 1:], both.expected.numeric, equal_nan=True)
    assert np.array_equal(numeric[:, 1:], both.actual.numeric, equal_nan=True)
    assert [2, 0] == both.actual.categorical[:, 0].tolist()
    assert np.isnan(both.actual.outcome).all()
    assert [1, 2] == both.actual.time.tolist()


def test_rows_that_can_not_be_compared_are_refused(tmp_path: Path) -> None:
    """No rows, rows of another recipe, and folders without any must be told as such."""
    prepared = prepare(shop(tmp_path))
    test, other = prepared.examples["test"], examples(9)
    write([test[:0]], 0, tmp_path / "none")
    write([other], 9, tmp_path / "other")

    with pytest.raises(NotComparable, match="no rows"):
        compared(prepared, tmp_path / "none")
    (tmp_path / "empty").mkdir()
    for nothing in ("empty", "nowhere"):
        with pytest.raises(NotComparable, match=f"{nothing}` holds no rows"):
            compared(prepared, tmp_path / nothing)
    with pytest.raises(NotComparable, match="feature `"):
        compared(prepared, tmp_path / "other")


def test_a_log_without_any_feature_is_an_error() -> None:
    """Nothing in common must not be reported as no drift."""
    told = Sent(
        np.zeros((1, 2), np.float32), np.zeros((1, 1), np.int64), np.ones(1, np.int64), frozenset()
    )

    with pytest.raises(NotComparable):
        of_log(examples(9), told)


def test_other_data_are_encoded_as_training_was(tmp_path: Path) -> None:
    """Later rows, of any period, must keep the ids of the training vocabulary."""
    prepared = prepare(shop(tmp_path))
    train = prepared.examples["train"]
    (tmp_path / "later").mkdir()
    newer = OFFERS.replace("2026-", "2031-").replace("bob", "zoe")
    (tmp_path / "later/offers.csv").write_text(newer)

    rows = compared(prepared, tmp_path / "later").actual

    assert train.columns == rows.columns
    assert 6 == len(rows)
    assert [0, 0, 1, 1, 1, 3] == sorted(rows.categorical[:, 0])
    same = rows_as(train.columns, prepared.recipe.path, None)
    assert same[same.time < prepared.examples["test"].time.min()].digest() == train.digest()


def test_written_rows_are_read(tmp_path: Path) -> None:
    """A folder of examples must be taken as it is; without any, the test period."""
    prepared = prepare(shop(tmp_path))
    test = prepared.examples["test"]
    write([test], len(test), tmp_path / "rows")

    assert compared(prepared, tmp_path / "rows").actual.digest() == test.digest()
    assert compared(prepared, None).actual is test
