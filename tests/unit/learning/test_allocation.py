"""Allocation under a budget: as good as the integer programme, and never over the budget."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sconto.learning.allocation.compare import policies, summary
from sconto.learning.allocation.dual import NONE, Amounts, allocate
from sconto.learning.allocation.mip import best_value
from sconto.learning.allocation.simulate import Traffic, fixed, play, traffic


def shoppers(n: int, seed: int = 1) -> tuple[Amounts, Amounts]:
    """What five depths bring and cost *n* shoppers, each with a response of their own."""
    draw = np.random.default_rng(seed)
    depth = np.array([0.05, 0.1, 0.15, 0.2, 0.3])
    height, bend = draw.gamma(2, 1, (n, 1)), draw.uniform(0.5, 3, (n, 1))
    value = height * (1 - np.exp(-8 * bend * depth)) + draw.normal(0, 0.1, (n, len(depth)))
    return value, draw.uniform(5, 80, (n, 1)) * depth / 2


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_it_is_as_good_as_the_integer_programme(share: float) -> None:
    """It misses the optimum of HiGHS by less than one shopper's value, and keeps the budget."""
    value, cost = shoppers(400)
    budget = share * cost[:, 2].sum()
    found, best = allocate(value, cost, budget), best_value(value, cost, budget)

    assert found.cost <= budget
    assert best - value.max() <= found.value <= best * (1 + 1e-6)
    assert best <= found.bound * (1 + 1e-6)


def test_ten_thousand_shoppers_come_within_a_ten_thousandth() -> None:
    """No allocation at all brings more than the dual's bound, so the distance to it is enough."""
    value, cost = shoppers(10_000)
    budget = 0.3 * cost[:, 2].sum()
    found = allocate(value, cost, budget)

    assert found.cost <= budget
    assert found.value >= found.bound * (1 - 1e-4)


def test_a_budget_for_everybody_has_no_price() -> None:
    """Everybody gets the level that is worth most to them, and nothing where none is."""
    value = np.array([[1.0, 3.0], [2.0, 1.0], [-1.0, -2.0]])
    found = allocate(value, np.ones((3, 2)), 10.0)

    assert [1, 0, NONE] == found.levels.tolist()
    assert (5.0, 2.0, 0.0) == (found.value, found.cost, found.shadow_price)


def test_no_budget_buys_what_is_free() -> None:
    """Without money only what costs nothing is given."""
    found = allocate(np.array([[2.0, 9.0], [1.0, 5.0]]), np.array([[0.0, 1.0], [2.0, 3.0]]), 0.0)

    assert [0, NONE] == found.levels.tolist()
    assert 0.0 == found.cost


amounts = st.floats(-50, 50, allow_nan=False, width=32)
costs = st.just(0.0) | st.floats(0.125, 50, allow_nan=False, width=32)
tables = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float64, shape, elements=amounts),
        hnp.arrays(np.float64, shape, elements=costs),
    )
)


@settings(deadline=None, max_examples=300)
@given(table=tables, budget=st.floats(0, 200, allow_nan=False))
def test_the_budget_holds_and_the_promise_too(
    table: tuple[Amounts, Amounts], budget: float
) -> None:
    """Whatever values and costs are, it is within the budget, and within one value of the bound."""
    value, cost = table
    found = allocate(value, cost, budget)
    own = [(value[i, k], cost[i, k]) for i, k in enumerate(found.levels) if k != NONE]

    assert found.cost == pytest.approx(sum(c for _, c in own))
    assert found.cost <= budget + 1e-9
    assert found.value == pytest.approx(sum(v for v, _ in own))
    assert found.value <= found.bound + 1e-6
    assert found.value >= found.bound - max(value.max(), 0.0) - 1e-6


@pytest.mark.parametrize(
    ("value", "cost", "budget"),
    [
        ([[1.0]], [[1.0, 2.0]], 1.0),
        ([[np.nan]], [[1.0]], 1.0),
        ([[1.0]], [[-1.0]], 1.0),
        ([[1.0]], [[1e-300]], 1.0),
        ([[1.0]], [[1.0]], -1.0),
    ],
    ids=["shapes", "not a number", "negative cost", "cost close to zero", "negative budget"],
)
def test_what_has_no_answer_is_refused(
    value: list[list[float]], cost: list[list[float]], budget: float
) -> None:
    """Bad input is an error and not an allocation."""
    with pytest.raises(ValueError, match=r"must be|budget"):
        allocate(np.array(value), np.array(cost), budget)


def arrivals() -> Traffic:
    """Four months of 400 shoppers each, and the third month three times as many for two weeks."""
    starts = [datetime(2017, month, 1, tzinfo=UTC).timestamp() for month in (1, 2, 3, 4)]
    draw = np.random.default_rng(2)
    instants = np.concatenate([s + np.sort(draw.integers(0, 28 * 86_400, 400)) for s in starts])
    baskets = pl.DataFrame(
        {
            "household_id": draw.integers(0, 90, len(instants)),
            "instant": instants.astype(np.int64),
            "sales": draw.gamma(2, 15, len(instants)),
        }
    )
    shock = (datetime(2017, 3, 4, tzinfo=UTC), datetime(2017, 3, 18, tzinfo=UTC))
    return traffic(baskets, shock, 3, 1)


def test_a_price_that_follows_lasts_through_a_shock() -> None:
    """In the month of the shock the fixed price runs dry early; the one that follows lasts."""
    served = arrivals()
    told = {run.name: summary(run, served, 250.0, 4) for run in policies(served, 250.0, 2)}
    followed, history = told["price that follows"], told["price of history"]

    assert int(followed["dry_hours_worst_month"]) < int(history["dry_hours_worst_month"]) / 2
    assert float(followed["used_least"]) > 0.8
    assert 0.85 < float(followed["earned_of_best"]) <= 1


def test_no_month_uses_more_than_its_limit() -> None:
    """Even when everybody is given all they could use."""
    run = play("all", arrivals(), 40.0, fixed(0.0))

    assert run.used.max() <= 1
    assert (run.dry_hours > 0).all()
