"""Off-policy values: right on average, sure of what they can be sure of, and paired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.learning.evaluation.bootstrap import over_splits, paired, resampled_ratio
from sconto.learning.evaluation.offpolicy import (
    Logged,
    policy_value,
    policy_values,
    value_difference,
)

ARMS = 3


def world(n: int, seed: int) -> tuple[Logged, np.ndarray]:
    """A log of a policy with known chances, and the true outcome of every arm [n, a]."""
    draw = np.random.default_rng(seed)
    truth = draw.random((n, ARMS)) * np.array([0.2, 0.6, 1.0])
    chances = draw.dirichlet(np.ones(ARMS) * 4, n)
    arm = (chances.cumsum(axis=1) > draw.random((n, 1))).argmax(axis=1)
    rows = np.arange(n)
    unit = np.repeat(np.arange((n + 1) // 2), 2)[:n]
    return Logged(arm, chances[rows, arm], truth[rows, arm], unit), truth


def test_every_estimator_finds_the_value_of_a_policy() -> None:
    """On 20,000 rows all three come within a few per cent of the truth, inside their intervals."""
    logged, truth = world(20_000, 1)
    choice = np.random.default_rng(2).integers(0, ARMS, 20_000)
    right = truth[np.arange(20_000), choice].mean()
    found = policy_value(logged, choice, np.full_like(truth, 0.3), 3)

    for estimate in (found.ips, found.snips, found.dr):
        assert estimate is not None
        assert right == pytest.approx(estimate.mean, rel=0.03)
        assert estimate.low < right < estimate.high


def test_with_the_true_response_nothing_is_left_to_chance() -> None:
    """The doubly robust value is then the truth itself, whatever was logged."""
    logged, truth = world(500, 4)
    choice = truth.argmax(axis=1)
    found = policy_value(logged, choice, truth, 5)

    assert found.dr is not None
    assert truth.max(axis=1).mean() == pytest.approx(found.dr.mean)


def test_the_policy_that_logged_is_valued_at_what_it_got() -> None:
    """Doing always what was always done gives the mean, from every row there is."""
    outcome = np.array([1.0, 2.0, 6.0])
    logged = Logged(np.zeros(3, dtype=np.int64), np.ones(3), outcome, np.arange(3))
    found = policy_value(logged, np.zeros(3, dtype=np.int64), None, 1)

    assert 3.0 == found.ips.mean == found.snips.mean
    assert (3.0, 1.0, None) == (found.effective, found.matched, found.dr)


def test_rare_matches_leave_a_small_sample_and_say_so() -> None:
    """One row with a large weight among many without any: an effective size of one."""
    arm = np.array([1, *[0] * 99])
    propensity = np.array([0.01, *[0.99] * 99])
    logged = Logged(arm, propensity, np.ones(100), np.arange(100))
    found = policy_value(logged, np.ones(100, dtype=np.int64), None, 1)

    assert 1.0 == pytest.approx(found.effective)
    assert 0.01 == found.matched
    assert found.ips.high > 1.5


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999))
def test_a_difference_is_that_of_the_values(seed: int) -> None:
    """Paired or not, the mean is the difference of both values, and nothing to itself."""
    logged, truth = world(300, seed)
    better, than = truth.argmax(axis=1), np.zeros(300, dtype=np.int64)
    first, second = (policy_value(logged, c, None, seed).snips.mean for c in (better, than))

    assert first - second == pytest.approx(value_difference(logged, better, than, seed).mean)
    same = value_difference(logged, better, better, seed)
    assert (0.0, 0.0, 0.0) == (same.mean, same.low, same.high)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_many_policies_together_are_valued_as_each_alone(seed: int) -> None:
    """The same draws give the same values, and each gain is the paired difference."""
    logged, truth = world(200, seed)
    choices = {"best": truth.argmax(axis=1), "first": np.zeros(200, dtype=np.int64)}
    found = policy_values(logged, choices, truth / 2, seed, than=("first",))

    for name, choice in choices.items():
        alone = policy_value(logged, choice, truth / 2, seed)
        gain = value_difference(logged, choice, choices["first"], seed)
        together = found[name].gains["first"]
        assert alone == replace(found[name], gains={})
        assert (gain.mean, gain.low, gain.high) == pytest.approx(
            (together.mean, together.low, together.high)
        )


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.5, float("nan")])
def test_what_can_not_have_happened_is_refused(propensity: float) -> None:
    """A chance of 0 for what was given makes every estimate meaningless."""
    with pytest.raises(ValueError, match="probability"):
        Logged(np.zeros(1, dtype=np.int64), np.array([propensity]), np.ones(1), np.arange(1))


def test_rows_of_one_unit_are_drawn_together() -> None:
    """A hundred copies of two shoppers are as unsure as the two are."""
    outcome = np.array([0.0, 1.0])
    two = resampled_ratio(outcome, np.ones(2), np.arange(2), 1)
    copied = resampled_ratio(np.repeat(outcome, 100), np.ones(200), np.repeat([0, 1], 100), 1)

    assert (two.low, two.high) == (copied.low, copied.high) == (0.0, 1.0)


def test_an_interval_over_splits_is_students() -> None:
    """Worked out by hand: mean 2, standard error 1/sqrt(3), t of two degrees of freedom 4.3027."""
    found = over_splits([1.0, 2.0, 3.0])

    assert 2.0 == found.mean
    assert 2 - 4.30265 / 3**0.5 == pytest.approx(found.low, abs=1e-4)
    assert 0.0 == pytest.approx(paired([1.0, 2.5], [1.0, 2.5]).high)
    with pytest.raises(ValueError, match="at least two"):
        over_splits([1.0])
