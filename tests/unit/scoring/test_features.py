"""The one feature definition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sconto.scoring import features
from sconto.scoring.features import (
    DEPTH_FACT,
    FEATURES,
    NUMERIC_FACTS,
    NUMERIC_WIDTH,
    Feature,
    Transform,
    encode,
    schema_digest,
)

VOCABULARIES = {"line.category": {"CHEESE": 1, "SOUP": 2}, "line.department": {"GROCERY": 1}}


def columns(rows: int = 2, **changed: Any) -> dict[str, Any]:
    """*rows* equal rows with every fact at 3, but for *changed* (dots as two underscores)."""
    facts: dict[str, Any] = {name: [3] * rows for name in NUMERIC_FACTS}
    facts |= {"line.category": ["SOUP"] * rows, "line.department": ["GROCERY"] * rows}
    facts[DEPTH_FACT] = [1_500] * rows
    return facts | {name.replace("__", "."): column for name, column in changed.items()}


def value(encoded: features.Encoded, name: str, row: int = 0) -> float:
    """The numeric feature *name* of one row."""
    return float(encoded.numeric[row, [f.name for f in FEATURES].index(name)])


def missing_bit(encoded: features.Encoded, fact: str, row: int = 0) -> float:
    """The missing bit of *fact* in one row."""
    return float(encoded.numeric[row, len(FEATURES) + NUMERIC_FACTS.index(fact)])


def test_inputs_have_the_types_and_widths_of_the_model() -> None:
    """The three inputs must have the shapes and types that the exported graph declares."""
    encoded = encode(columns(rows=4), VOCABULARIES)

    assert ((4, NUMERIC_WIDTH), np.float32) == (encoded.numeric.shape, encoded.numeric.dtype)
    assert ((4, 2), np.int64) == (encoded.ids.shape, encoded.ids.dtype)
    assert ((4, 1), np.float32) == (encoded.depth.shape, encoded.depth.dtype)


def test_transforms_are_the_declared_ones() -> None:
    """Each transform must compute its formula from the raw integer."""
    encoded = encode(
        columns(rest__lines=[9, 9], shopper__discount_share_56d=[2_500, 2_500], time__hour=[6, 6]),
        VOCABULARIES,
    )

    assert math.log(10) == pytest.approx(value(encoded, "rest_lines"))
    assert 0.25 == pytest.approx(value(encoded, "shopper_discount_share"))
    assert 1.0 == pytest.approx(value(encoded, "hour_sin"))
    assert 0.0 == pytest.approx(value(encoded, "hour_cos"), abs=1e-6)
    assert 0.15 == pytest.approx(float(encoded.depth[0, 0]))


@pytest.mark.parametrize("column", [[None, 3], [float("nan"), 3]])
def test_a_missing_fact_is_zero_with_its_bit_set(column: list[float | None]) -> None:
    """A None and a NaN must both give value 0 and a set bit, in their own row only."""
    encoded = encode(columns(time__hour=column), VOCABULARIES)

    assert (0, 0, 1) == (
        value(encoded, "hour_sin"),
        value(encoded, "hour_cos"),
        missing_bit(encoded, "time.hour"),
    )
    assert 0 == missing_bit(encoded, "time.hour", row=1)
    assert 0 != value(encoded, "hour_cos", row=1)


def test_an_absent_column_is_missing_everywhere() -> None:
    """Leaving a fact out must be the same as sending it as None."""
    facts = columns()
    del facts["shopper.tenure_days"]

    absent, none = (
        encode(facts, VOCABULARIES),
        encode(columns(shopper__tenure_days=[None, None]), VOCABULARIES),
    )

    assert 1 == missing_bit(absent, "shopper.tenure_days")
    np.testing.assert_array_equal(none.numeric, absent.numeric)


def test_ids_come_from_the_vocabulary_and_others_are_unknown() -> None:
    """A listed name must get its id; an unlisted or missing one the unknown id."""
    encoded = encode(
        columns(line__category=["CHEESE", None], line__department=["X", "GROCERY"]), VOCABULARIES
    )

    assert [[1, 0], [0, 1]] == encoded.ids.tolist()


def test_one_row_stands_for_all() -> None:
    """A column of one row must give the same inputs as the same value in every row."""
    one = encode(columns(rows=3, time__weekday=[5], line__category=["SOUP"]), VOCABULARIES)
    each = encode(columns(rows=3, time__weekday=[5] * 3), VOCABULARIES)

    np.testing.assert_array_equal(each.numeric, one.numeric)
    np.testing.assert_array_equal(each.ids, one.ids)


def test_absurd_facts_stay_finite() -> None:
    """Negative and huge integers must not become NaN or infinite inputs."""
    encoded = encode(
        columns(rest__list_total=[-5, 2**53], shopper__tenure_days=[-1, 2**53]), VOCABULARIES
    )

    assert np.isfinite(encoded.numeric).all()
    assert [0, 1] == [value(encoded, "shopper_tenure", row) for row in (0, 1)]


@pytest.mark.parametrize("depth", [[None, 500], [float("nan"), 500], [float("inf"), 500]])
def test_an_unknown_depth_is_refused(depth: list[float | None]) -> None:
    """A row without a depth must raise, never be scored as if it had none."""
    with pytest.raises(ValueError, match=r"`offer\.depth_bp` must be known in every row"):
        encode(columns(offer__depth_bp=depth), VOCABULARIES)


def test_columns_of_different_lengths_are_refused() -> None:
    """A column that fits no row count must raise rather than shift rows."""
    with pytest.raises(ValueError, match="could not broadcast"):
        encode(columns(rows=3, time__hour=[1, 2]), VOCABULARIES)


def test_the_schema_digest_follows_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changing a feature's scale must change the digest, and nothing else may."""
    before = schema_digest()
    assert before == schema_digest()

    changed = Feature("hour_cos", "time.hour", Transform.COS, 12)
    monkeypatch.setattr(features, "FEATURES", (*FEATURES[:-1], changed))

    assert before != schema_digest()
