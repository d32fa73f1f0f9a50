"""Choices by expected gain: costs count, nothing is given in doubt, and the best least is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.examples import Examples
from sconto.learning.judge.gain import (
    Least,
    by_gain,
    chooses_by_response,
    expected_gains,
    picked,
)
from sconto.learning.models import Prediction, Probabilities, by_uplift
from unit.learning.rows import examples

GIVEN = ObjectiveDoc(outcome="return", margin="m", cost_when="given")
REDEEMED = ObjectiveDoc(outcome="return", margin="m", cost_when="redeemed")


def said(response: Probabilities) -> Prediction:
    """A model with that *response* [n, a], ranked by uplift."""
    return by_uplift("model", response)


def asked(rows: int, margin: float, cost: float) -> Examples:
    """Rows of two arms, the second of which costs."""
    costs = np.tile(np.array([0, cost], dtype=np.float32), (rows, 1))
    some = examples(rows)
    return replace(some, margin=np.full(rows, margin, dtype=np.float32), costs=costs)


CHANCES = st.floats(0, 1)
MONEY = st.floats(0, 100, width=32)


@given(first=CHANCES, second=CHANCES, margin=MONEY, cost=MONEY, more=MONEY)
def test_a_higher_cost_never_makes_an_arm_be_given(
    first: float, second: float, margin: float, cost: float, more: float
) -> None:
    """What is not worth it at one cost must not be at a higher one, nor at a lower margin."""
    model = said(np.array([[first, second]]))
    for objective in (GIVEN, REDEEMED):
        cheap = by_gain(model, asked(1, margin, cost), objective, None, Least())
        dear = by_gain(model, asked(1, margin, cost + more), objective, None, Least())
        poor = by_gain(model, asked(1, margin / 2, cost), objective, None, Least())
        assert dear[0] <= cheap[0]
        assert poor[0] <= cheap[0]


@given(first=CHANCES, margin=MONEY, cost=MONEY)
def test_moments_of_cost_agree_where_the_outcome_is_sure(
    first: float, margin: float, cost: float
) -> None:
    """Where the shopper surely comes back, a cost when redeemed must count as one when given."""
    model, rows = said(np.array([[first, 1.0]])), asked(1, margin, cost)

    assert np.allclose(expected_gains(model, rows, GIVEN), expected_gains(model, rows, REDEEMED))


def test_nothing_is_given_for_nothing() -> None:
    """An arm that adds nothing and costs nothing must not be given, nor one in doubt."""
    rows = asked(3, 10, 0)
    model = said(np.array([[0.2, 0.2], [0.2, 0.1], [0.2, 0.25]]))
    spread = np.array([[0, 0.1]] * 3)

    assert [0, 0, 1] == by_gain(model, rows, GIVEN, None, Least()).tolist()
    assert [0, 0, 0] == by_gain(model, rows, GIVEN, spread, Least(deviations=1.0)).tolist()
    assert [0, 0, 0] == by_gain(model, rows, GIVEN, None, Least(gain=0.6)).tolist()
    assert [0, 0, 1] == by_gain(model, rows, GIVEN, None, Least(gain=0.5 - 1e-6)).tolist()


def test_gains_are_worked_by_hand() -> None:
    """(P(d) - P(0)) m - due c, of each arm less that of the first."""
    rows = asked(1, 10, 2)
    rows = replace(rows, costs=np.array([[1, 2]], dtype=np.float32))
    model = said(np.array([[0.2, 0.5]]))

    assert np.allclose([[0, 3 - 2 + 1]], expected_gains(model, rows, GIVEN))
    assert np.allclose([[0, 3 - 0.5 * 2 + 0.2]], expected_gains(model, rows, REDEEMED))
    with pytest.raises(ValueError, match="without a margin"):
        expected_gains(model, replace(rows, margin=None), GIVEN)


def test_the_least_that_earns_most_is_picked() -> None:
    """Of a model that promises too much to half of all, the least gain must leave those out."""
    n, draw = 8_000, np.random.default_rng(5)
    moved = draw.random(n) < 0.5
    rows = asked(n, 10, 1)
    came = draw.random(n) < np.where(moved & (rows.arm == 1), 0.5, 0.1)
    cost = np.where(rows.arm == 1, 1, 0)
    rows = replace(
        rows,
        outcome=came.astype(np.float32),
        value=(10 * came).astype(np.float32),
        cost=cost.astype(np.float32),
    )
    promised = np.where(moved, 0.5, 0.25)
    model = said(np.column_stack([np.full(n, 0.1), promised]))
    least = picked(model, rows, GIVEN, None)
    chosen = by_gain(model, rows, GIVEN, None, least)

    assert least.gain > 0.5
    assert np.array_equal(moved, chosen == 1)


def test_who_gives_all_the_same_has_no_choice_by_gain() -> None:
    """Constants, and models that tell no arms apart, must keep the one choice they have."""
    apart = said(np.array([[0.1, 0.2], [0.3, 0.2]]))

    assert chooses_by_response(apart)
    assert not chooses_by_response(said(np.full((2, 2), 0.2)))
    assert not chooses_by_response(said(np.array([[0.1, 0.2], [0.1, 0.2]])))
    assert not chooses_by_response(replace(apart, choice=1 - apart.choice))
