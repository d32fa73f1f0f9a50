"""Uplift figures: those of scikit-uplift, and what they must be at the ends."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.learning.evaluation.uplift import figures, qini_curve, uplift_curve, uplift_of_first

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sklift import metrics as sklift

Trial = tuple[np.ndarray, np.ndarray, np.ndarray]


def trial(n: int, seed: int, distinct: int = 1_000) -> Trial:
    """A randomised trial of two arms in which the score helps a little."""
    draw = np.random.default_rng(seed)
    rank = draw.integers(0, distinct, n) / distinct
    treated = draw.random(n) < 0.4
    outcome = (draw.random(n) < 0.1 + 0.3 * treated * rank).astype(np.float64)
    return rank, treated, outcome


@pytest.mark.filterwarnings("ignore:Function stable_cumsum:FutureWarning")
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), distinct=st.sampled_from([2, 7, 1_000]))
def test_the_figures_are_those_of_scikit_uplift(seed: int, distinct: int) -> None:
    """Qini, AUUC and the uplift of the first 30 % agree, with many ties and with few."""
    rank, treated, outcome = trial(400, seed, distinct)
    ours = figures(rank, treated, outcome)

    assert sklift.qini_auc_score(outcome, rank, treated) == pytest.approx(ours.qini)
    assert sklift.uplift_auc_score(outcome, rank, treated) == pytest.approx(ours.auuc)
    # The order among equals is nobody's business: here there are none.
    clear = rank + np.arange(400) / 1e9
    top = sklift.uplift_at_k(outcome, clear, treated, strategy="overall", k=0.3)
    assert top == pytest.approx(uplift_of_first(clear, treated, outcome, share=0.3))


def test_a_perfect_order_has_all_and_a_turned_one_less_than_nothing() -> None:
    """The order that knows the outcomes gets 1; the opposite order is worse than chance."""
    _, treated, outcome = trial(500, 3)
    ideal = np.where(treated, outcome, -outcome)

    assert 1.0 == pytest.approx(figures(ideal, treated, outcome).qini)
    assert figures(-ideal, treated, outcome).qini < 0


def test_one_score_for_all_is_a_random_order() -> None:
    """Without any order there is a straight line, and nothing over it."""
    _, treated, outcome = trial(300, 5)
    flat = np.zeros(300)

    assert 0.0 == pytest.approx(figures(flat, treated, outcome).qini)
    assert [0, 300] == qini_curve(flat, treated, outcome).shoppers.tolist()


def test_both_curves_end_at_the_effect_of_the_trial() -> None:
    """Treating everybody gains the difference of the means, for all or for the treated."""
    rank, treated, outcome = trial(1_000, 8)
    effect = outcome[treated].mean() - outcome[~treated].mean()

    assert effect * 1_000 == pytest.approx(uplift_curve(rank, treated, outcome).gain[-1])
    assert effect * treated.sum() == pytest.approx(qini_curve(rank, treated, outcome).gain[-1])


def test_a_trial_of_one_arm_is_refused() -> None:
    """Without untreated shoppers there is no effect to speak of."""
    with pytest.raises(ValueError, match="both arms"):
        figures(np.arange(4.0), np.ones(4, dtype=bool), np.ones(4))
    one = np.array([0, 0, 0, 1], dtype=bool)
    assert 0.0 == uplift_of_first(np.arange(4.0), one, np.ones(4), share=0.3)


def test_rows_sorted_by_arm_and_never_told_apart_can_be_judged() -> None:
    """Equal scores in rows sorted by arm must give the figures of a random order, not an error."""
    _, _, outcome = trial(1_000, 4)
    treated = np.repeat([False, True], 500)
    found = figures(np.zeros(1_000), treated, outcome)
    effect = outcome[treated].mean() - outcome[~treated].mean()

    assert 0.0 == pytest.approx(found.qini)
    assert 0.0 == pytest.approx(found.auuc)
    assert effect == pytest.approx(found.top)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), distinct=st.sampled_from([1, 2, 7, 50]))
def test_the_order_of_rows_never_matters(seed: int, distinct: int) -> None:
    """Ties must count by what is expected of them: sorted by arm or shuffled, figures agree."""
    rank, treated, outcome = trial(300, seed, distinct)
    by_arm = np.argsort(treated, kind="stable")
    anyhow = np.random.default_rng(seed).permutation(300)
    one, other = (figures(rank[o], treated[o], outcome[o]) for o in (by_arm, anyhow))

    for name in ("qini", "auuc", "top", "per_thousand"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


def test_ties_at_the_border_count_as_drawn_by_chance() -> None:
    """The uplift of the first must be near its mean over random orders of equal scores."""
    rank, treated, outcome = trial(2_000, 11, distinct=4)
    draw = np.random.default_rng(1)
    drawn = [
        uplift_of_first(rank + draw.random(2_000) / 1e6, treated, outcome, share=0.3)
        for _ in range(200)
    ]

    assert np.mean(drawn) == pytest.approx(
        uplift_of_first(rank, treated, outcome, share=0.3), abs=0.005
    )
