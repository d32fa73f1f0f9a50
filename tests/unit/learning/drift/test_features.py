"""Drift by feature: what was planted is found and named first; what only chance moved is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sconto.learning.drift.features import (
    Level,
    category_drift,
    drift,
    number_drift,
    outcome_drift,
)
from sconto.learning.examples import Examples
from unit.learning.rows import COLUMNS, examples


def moved(rows: Examples, by: float) -> Examples:
    """*rows* whose `spend` is larger by so much."""
    numeric = rows.numeric.copy()
    numeric[:, 1] += np.float32(by)
    return replace(rows, numeric=numeric)


def test_a_planted_drift_is_named_first_and_nothing_else_is() -> None:
    """The feature that was moved must lead, as large; the others must be small."""
    found = drift(examples(2_000, seed=1), moved(examples(1_000, seed=2), 1.0))

    assert "spend" == found[0].name
    assert [Level.LARGE, Level.SMALL, Level.SMALL] == [d.level for d in found]
    assert found[0].after == pytest.approx((found[0].before or 0) + 1, abs=0.15)
    assert (found[0].distance or 0) > 0.3
    assert (found[0].p_value or 0) < 1e-9
    assert all(one.psi >= other.psi for one, other in pairwise(found))


def test_equal_rows_have_not_drifted() -> None:
    """Every figure of rows against themselves must say so."""
    rows = examples(300)

    for found in (*drift(rows, rows), outcome_drift(rows, rows)):
        assert (0, Level.SMALL) == (found.psi, found.level)
        assert found.distance == pytest.approx(0)
        assert found.before == found.after


def test_few_rows_are_not_called_drift() -> None:
    """An index above the rule of thumb that chance alone makes must stay small."""
    found = number_drift("spend", np.arange(40.0), np.array([1.0, 2, 30, 31, 39]))

    assert found.psi > 0.25
    assert Level.SMALL is found.level


def test_categories_are_compared_by_their_text() -> None:
    """Rows prepared apart, with another vocabulary, must count as the same texts."""
    expected = examples(400)
    other = replace(COLUMNS, vocabularies=(("fax", "phone", "web"),))
    ids = np.array([0, 2, 3])[expected.categorical]

    same = drift(expected, replace(expected, columns=other, categorical=ids))
    fax = drift(expected, replace(expected, columns=other, categorical=np.ones_like(ids)))

    assert 0 == next(d for d in same if d.name == "channel").psi
    assert "channel" == fax[0].name
    assert "share not listed" == fax[0].what
    assert 1 == fax[0].missing[1]


def test_the_value_that_moved_most_is_named() -> None:
    """Of a category, the share that changed most must be told with before and after."""
    found = category_drift("channel", np.array([1, 1, 1, 2]), np.array([1, 2, 2, 2]), ("a", "b"))

    assert ("share of a", 0.75, 0.25) == (found.what, found.before, found.after)


def test_a_feature_that_is_not_there_is_an_error() -> None:
    """Rows without a feature that was learnt from must not pass as compared."""
    rows = examples(10)
    renamed = replace(COLUMNS, numeric=("recency", "speed"))

    with pytest.raises(ValueError, match="`spend`"):
        drift(rows, replace(rows, columns=renamed))
