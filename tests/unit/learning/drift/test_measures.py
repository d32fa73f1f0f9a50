"""Stability index and distances: figures worked out by hand, and what must hold of any sample."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sconto.learning.drift.measures import (
    counts_of_numbers,
    jensen_shannon,
    kolmogorov_smirnov,
    psi,
    stability,
)

COUNTS = st.integers(2, 8).flatmap(
    lambda bins: st.tuples(
        *2 * [arrays(np.int64, bins, elements=st.integers(0, 10_000)).filter(lambda c: c.sum() > 0)]
    )
)
NUMBERS = arrays(
    np.float64,
    st.integers(1, 60),
    elements=st.one_of(st.just(math.nan), st.floats(-1e6, 1e6), st.integers(-2, 2).map(float)),
)


def test_the_index_is_the_one_worked_out_by_hand() -> None:
    """Two bins of 8 and 2 rows against 3 and 7: (3.5-8.5)/11 ln(3.5/8.5) + (7.5-2.5)/11 ln 3."""
    by_hand = -5 / 11 * math.log(3.5 / 8.5) + 5 / 11 * math.log(7.5 / 2.5)

    found = stability(np.array([8, 2]), np.array([3, 7]))

    assert found.psi == pytest.approx(by_hand)
    # The 0.999 quantile of chi-square with one degree of freedom is 10.828.
    assert found.by_chance == pytest.approx((1 / 10 + 1 / 10) * 10.828, rel=1e-4)


def test_bins_lie_between_the_deciles_of_what_was_expected() -> None:
    """Ten numbers make ten bins; what lies outside falls into the outer ones, the missing apart."""
    expected = np.arange(1.0, 11)

    counts = counts_of_numbers(expected, np.array([-5.0, 1, 1.5, 9.5, 99, math.nan]))

    assert [1] * 10 + [0] == counts[0].tolist()
    assert [2, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1] == counts[1].tolist()


def test_a_frequent_value_is_a_bin_of_its_own() -> None:
    """A number that never varied must not share its bin with smaller or with larger ones."""
    constant = np.zeros(10)

    for strange in (-1.0, 1.0, math.nan):
        counts = counts_of_numbers(constant, np.array([0.0, strange]))
        assert [1, 1] == counts[1][counts[1] > 0].tolist()


def test_values_that_go_missing_are_drift() -> None:
    """The index must rise with the share of missing values, though those known are the same."""
    expected = np.tile(np.arange(10.0), 100)
    actual = np.where(np.arange(1_000) < 500, math.nan, expected)

    assert psi(expected, actual) > 1
    assert kolmogorov_smirnov(expected, actual) == pytest.approx((0, 1))


def test_chance_exceeds_its_bound_about_once_in_a_thousand() -> None:
    """Of samples from one population at most a few in 2,000 may be beyond `by_chance`."""
    chance = np.random.default_rng(0)
    shares = np.full(10, 0.1)

    draws = [
        stability(chance.multinomial(400, shares), chance.multinomial(900, shares))
        for _ in range(2_000)
    ]

    assert sum(d.psi > d.by_chance for d in draws) <= 8
    # The bound is no wider than it has to be: half of it is exceeded far more often.
    assert sum(d.psi > d.by_chance / 2 for d in draws) > 20


@given(COUNTS)
def test_the_index_is_never_negative_and_the_same_both_ways(
    counts: tuple[np.ndarray, np.ndarray],
) -> None:
    """By counts it must be at least 0, finite, symmetric, and 0 for the same counts."""
    one, other = counts

    found = stability(one, other).psi

    assert 0 <= found < math.inf
    assert found == pytest.approx(stability(other, one).psi)
    assert 0 == stability(one, one).psi
    assert 0 <= jensen_shannon(one, other) <= 1


@given(NUMBERS, NUMBERS)
def test_a_sample_has_not_drifted_from_itself(one: np.ndarray, other: np.ndarray) -> None:
    """In any order and with missing values, a sample against itself must give 0."""
    assert 0 == psi(one, one[::-1])
    assert 0 <= psi(one, other) < math.inf


def test_a_distance_without_a_known_number_is_none() -> None:
    """Kolmogorov-Smirnov must not invent a figure where nothing is known."""
    assert None is kolmogorov_smirnov(np.array([math.nan]), np.array([1.0]))
    assert kolmogorov_smirnov(np.array([1.0, 2]), np.array([3.0, 4]))[0] == 1  # type: ignore[index]


def test_no_rows_can_not_be_compared() -> None:
    """An empty sample must be refused rather than be called stable."""
    with pytest.raises(ValueError, match="without rows"):
        psi(np.array([]), np.array([1.0]))
