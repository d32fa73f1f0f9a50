"""Differences of AUC over units drawn anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from sconto.learning.evaluation.paired import auc_differences, weighted_auc

ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30
)


@given(ROWS)
def test_the_area_is_that_of_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    """With any weights and ties it agrees, and is a half where nothing can be told."""
    outcome, score, weight = (np.array(c, dtype=np.float64) for c in zip(*rows, strict=True))
    found = weighted_auc(outcome, score, weight[None, :])[0]

    if len({y for y, _, w in rows if w}) == 2:
        assert roc_auc_score(outcome, score, sample_weight=weight) == pytest.approx(found)
    else:
        assert 0.5 == found


def test_a_model_that_knows_more_is_better_by_more_than_chance() -> None:
    """On 400 rows a good score beats noise and ties with its own copy; fits are averaged."""
    draw = np.random.default_rng(5)
    outcome = (draw.random(400) < 0.4).astype(np.float64)
    good, noise = outcome + draw.normal(size=400), draw.random(400)
    scores = {"noise": [noise], "good": [good], "copy": [noise, noise], "mixed": [good, noise]}
    found = auc_differences(outcome, scores, "noise", np.arange(400), 1)

    assert {"good", "copy", "mixed"} == set(found)
    assert found["good"].low > 0.1
    assert (0, 0, 0) == (found["copy"].mean, found["copy"].low, found["copy"].high)
    assert found["good"].mean / 2 == pytest.approx(found["mixed"].mean)


def test_rows_of_one_unit_are_drawn_together() -> None:
    """A hundred copies of two shoppers are two shoppers: the interval must stay as wide."""
    outcome = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
    score, other = np.array([0.9, 0.1, 0.2, 0.3, 0.8, 0.4]), np.zeros(6)
    many = np.repeat(np.arange(6), 50)
    few = auc_differences(outcome, {"a": [score], "b": [other]}, "b", np.arange(6), 1)["a"]
    copied = auc_differences(outcome[many], {"a": [score[many]], "b": [other[many]]}, "b", many, 1)[
        "a"
    ]

    assert (few.mean, few.low, few.high) == pytest.approx((copied.mean, copied.low, copied.high))
