"""Slopes in the price: of experiments as textbooks have them, and of models in the same unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning.evaluation.slopes import experiment_slope, response_slope


def test_the_slope_is_that_of_least_squares_with_a_column_for_each_stratum() -> None:
    """Slope and clustered error must be those of the whole regression, written out."""
    draw = np.random.default_rng(3)
    stratum, unit = draw.integers(3, size=300), draw.integers(80, size=300)
    price = draw.random(300) + stratum
    outcome = (draw.random(300) < 0.7 - 0.1 * price).astype(np.float64)
    x = np.column_stack([price, *(stratum == s for s in range(3))]).astype(np.float64)
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ outcome
    scores = np.zeros((80, 4))
    np.add.at(scores, unit, x * (outcome - x @ beta)[:, None])
    error = np.sqrt((bread @ scores.T @ scores @ bread)[0, 0])

    found = experiment_slope(price, outcome, stratum, unit)

    assert (beta[0], error, 300) == pytest.approx((found.slope, found.error, found.rows))


def test_prices_that_do_not_differ_have_no_slope() -> None:
    """One price in each stratum says nothing, and must be refused."""
    with pytest.raises(ValueError, match="differ within a stratum"):
        experiment_slope(np.array([1.0, 2.0]), np.ones(2), np.array([0, 1]), np.arange(2))


@given(
    slope=st.floats(-1, 1),
    weight=st.lists(st.floats(0.1, 1), min_size=3, max_size=3),
    seed=st.integers(0, 99),
)
def test_a_line_has_its_own_slope_whatever_the_weights(
    slope: float, weight: list[float], seed: int
) -> None:
    """Rows with levels and prices of their own, all falling alike, must give just that slope."""
    draw = np.random.default_rng(seed)
    price = draw.random((5, 3)) + np.arange(3)
    response = draw.random((5, 1)) + slope * price

    found = response_slope(response, price, np.tile(weight, (5, 1)))

    assert slope == pytest.approx(found, abs=1e-9)


def test_an_arm_that_is_never_given_does_not_count() -> None:
    """With no weight its response must not move the slope."""
    price, weight = np.array([[1.0, 2.0, 3.0]]), np.array([[0.5, 0.5, 0.0]])

    assert -0.2 == pytest.approx(response_slope(np.array([[0.5, 0.3, 9.0]]), price, weight))
    assert 0.0 == response_slope(np.array([[0.5, 0.3]]), np.ones((1, 2)), np.ones((1, 2)))
