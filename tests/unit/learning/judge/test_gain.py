"""Choices by expected gain: costs count, nothing is given in doubt, and the best least is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning.data.documents import ObjectiveDoc
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.examples import Examples
from sconto.learning.judge.gain import (
    UNSAID,
    Choices,
    Least,
    by_gain,
    by_threshold,
    chooses_by_response,
    expected_gains,
    least_gain,
    least_of,
    picked,
)
from sconto.learning.models import Prediction, Probabilities, by_uplift
from sconto.scoring.manifest import LeastGain
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


def promising() -> tuple[Prediction, Examples, Choices]:
    """A model that promises too much to half of all, its rows, and who is really moved."""
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
    return said(np.column_stack([np.full(n, 0.1), promised])), rows, moved.astype(np.int64)


def test_the_least_that_earns_most_is_picked() -> None:
    """The least gain must leave out those who are promised too much, and so must the threshold."""
    model, rows, moved = promising()
    found = picked(model, rows, GIVEN, None, UNSAID)
    chosen = by_gain(model, rows, GIVEN, None, found.least)

    assert found.least.gain > 0.5
    assert np.array_equal(moved, chosen)
    assert np.array_equal(moved, by_threshold(model, found.uplift))


def test_what_the_rules_ask_for_is_tried_beside_the_best() -> None:
    """Its worth, and how far it is behind, must be those of its own choice, with intervals."""
    model, rows, _ = promising()
    rules = Least(gain=5.0)
    best, *others = picked(model, rows, GIVEN, None, rules).tried
    own = next(one for one in others if one.least == rules)

    assert best.behind == Interval(0, 0, 0)
    assert best.worth.low > 1
    assert (own.given, own.worth) == (0, Interval(0, 0, 0))
    assert own.behind.mean == pytest.approx(best.worth.mean)
    assert own.behind.low > 0
    assert sorted((one.worth.mean for one in others), reverse=True) == [
        one.worth.mean for one in others
    ]


def test_a_share_of_the_cost_must_be_gained() -> None:
    """As `minimum_gain_of_cost` asks for: of what the arm is expected to cost."""
    rows, model = asked(1, 10, 2), said(np.array([[0.2, 0.5]]))

    assert [1] == by_gain(model, rows, GIVEN, None, Least(of_cost=0.49)).tolist()
    assert [0] == by_gain(model, rows, GIVEN, None, Least(of_cost=0.51)).tolist()
    assert [1] == by_gain(model, rows, REDEEMED, None, Least(of_cost=1.5)).tolist()


@given(gain=st.integers(0, 10**9), share=st.integers(0, 10**6), caution=st.integers(0, 10**4))
def test_whole_numbers_of_rules_are_kept(gain: int, share: int, caution: int) -> None:
    """What rules ask for must come back as it was, to the last millionth."""
    asks = LeastGain(minimum_gain=gain, minimum_gain_of_cost=share, caution=caution)

    assert asks == least_gain(least_of(asks))


def test_who_gives_all_the_same_has_no_choice_by_gain() -> None:
    """Constants, and models that tell no arms apart, must keep the one choice they have."""
    apart = said(np.array([[0.1, 0.2], [0.3, 0.2]]))

    assert chooses_by_response(apart)
    assert not chooses_by_response(said(np.full((2, 2), 0.2)))
    assert not chooses_by_response(said(np.array([[0.1, 0.2], [0.1, 0.2]])))
    assert not chooses_by_response(replace(apart, choice=1 - apart.choice))
