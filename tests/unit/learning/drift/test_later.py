"""What later rows can be held against training: facts of a log, other data, written rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sconto.learning.data.prepare import prepare, rows_as
from sconto.learning.drift.later import NotComparable, compared, sent
from sconto.learning.examples_files import write
from unit.learning.data.shops import OFFERS, shop
from unit.learning.rows import examples


def log(**facts: list[object]) -> pl.DataFrame:
    """Three decisions with these facts, as the log has them."""
    own = {"as_of": [1, 2, 3], "depth": [0.0, 0.1, 0.0]}
    return pl.DataFrame({**own, **facts}, strict=False)


def test_facts_with_the_names_of_features_are_compared() -> None:
    """Numbers and categories must be read by name, in training's ids; what is not sent is told."""
    train = examples(50)
    decisions = log(shopper_spend=[5, None, 7], channel=["web", "fax", "phone"], signal_x=[1, 2, 3])

    both = sent(train, decisions)

    assert ("recency",) == both.not_sent
    assert ("spend",) == both.expected.columns.numeric == both.actual.columns.numeric
    assert np.array_equal([5, np.nan, 7], both.actual.numeric[:, 0], equal_nan=True)
    assert [2, 0, 1] == both.actual.categorical[:, 0].tolist()
    assert np.array_equal(train.numeric[:, 1], both.expected.numeric[:, 0], equal_nan=True)
    assert np.isnan(both.actual.outcome).all()
    assert [1, 2, 3] == both.actual.time.tolist()


def test_a_fact_of_the_shopper_goes_before_a_signal() -> None:
    """Where several facts could be the feature, the one that was sent must be taken."""
    decisions = log(signal_spend=[1, 1, 1], shopper_spend=[2, 2, 2], recency=[3, 3, 3])

    assert [[3, 2]] * 3 == sent(examples(9), decisions).actual.numeric.tolist()


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
    with pytest.raises(NotComparable):
        sent(examples(9), log(shopper_shoe_size=[40, 41, 42]))


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
