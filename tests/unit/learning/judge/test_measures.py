"""The figures of one model on one repeat's rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning.judge.measures import ranking, recall_of_first
from sconto.learning.models import Prediction

SCORES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


@given(SCORES, st.floats(0, 1), st.floats(0, 1))
def test_more_rows_hold_no_fewer_outcomes(
    rows: list[tuple[int, bool]], one: float, other: float
) -> None:
    """The recall of the first rises with their share, from 0 to all."""
    score, outcome = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    fewer, more = sorted((one, other))

    low, high = (recall_of_first(score, outcome, share) for share in (fewer, more))

    assert 0 <= low <= high + 1e-12 <= 1 + 2e-12
    assert float(outcome.any()) == pytest.approx(recall_of_first(score, outcome, 1))


@given(st.permutations(range(10)))
def test_without_ties_it_is_a_count(order: list[int]) -> None:
    """Among ten different scores the first 20 % are two rows."""
    score = np.array(order, dtype=np.float64)
    outcome = (score >= 7).astype(np.float64)

    assert 2 / 3 == pytest.approx(recall_of_first(score, outcome, 0.2))


@given(st.permutations([1.0, 0.0, 0.0, 1.0, 0.0]))
def test_a_constant_finds_as_many_as_chance(outcome: list[float]) -> None:
    """Who tells nobody apart must not profit from the order of the rows."""
    assert 0.2 == pytest.approx(recall_of_first(np.ones(5), np.array(outcome), 0.2))


def test_who_tells_no_difference_is_ranked_by_their_own_order() -> None:
    """A response model ranks by response, any other model by what the arm adds."""
    choice = np.zeros(2, dtype=np.int64)
    flat = Prediction("flat", np.array([[0.2, 0.2], [0.4, 0.4]]), np.array([0.2, 0.4]), choice)
    steep = Prediction("steep", np.array([[0.2, 0.5], [0.4, 0.4]]), np.array([9.0, 9.0]), choice)

    assert [0.2, 0.4] == ranking(flat, 1).tolist()
    assert [0.3, 0.0] == pytest.approx(ranking(steep, 1).tolist())
