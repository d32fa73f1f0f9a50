"""Baselines on rows whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sconto.learning.baselines.constants import BestArm, NoOffer, arm_means
from sconto.learning.baselines.hand_rule import HandRule
from sconto.learning.baselines.linear import TLogistic
from sconto.learning.baselines.matrices import Scaled
from sconto.learning.baselines.meta import DRLightGBM, XLightGBM
from sconto.learning.baselines.suite import baselines
from sconto.learning.baselines.trees import ResponseLightGBM, Shape, SLightGBM, TLightGBM
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.examples import Columns, Examples
from sconto.learning.models import Model

COLUMNS = Columns(
    numeric=("habit", "taste"),
    categorical=("channel",),
    vocabularies=(("phone", "web"),),
    arms=("none", "tenth"),
    depths=(0.0, 0.1),
    outcome="visit",
)
RULE = HandRuleDoc(rank="habit", arm="CASE WHEN channel = 'web' THEN 'tenth' ELSE 'none' END")
FAST = Shape(trees=60, rate=0.1)


def trial(rows: int = 4_000, seed: int = 0, *, amount: bool = False) -> Examples:
    """A randomised trial: habit brings visits, the offer brings visits of web shoppers alone."""
    chance = np.random.default_rng(seed)
    numeric = chance.normal(size=(rows, 2)).astype(np.float32)
    channel = chance.integers(1, 3, size=(rows, 1))
    arm = chance.integers(2, size=rows)
    visits = 1 / (1 + np.exp(1 - numeric[:, 0])) + 0.3 * arm * (channel[:, 0] == 2)
    outcome = visits if amount else chance.random(rows) < visits
    numeric[chance.random((rows, 2)) < 0.05] = np.nan
    return Examples(
        COLUMNS,
        numeric,
        channel,
        arm,
        (arm * 0.1).astype(np.float32),
        outcome.astype(np.float32),
        np.zeros(rows, dtype=np.int64),
        np.arange(rows, dtype=np.int64),
        propensity=np.full(rows, 0.5, dtype=np.float32),
    )


UPLIFT: tuple[Model, ...] = (
    *(TLogistic(), SLightGBM(FAST), TLightGBM(FAST)),
    *(XLightGBM(FAST), DRLightGBM(FAST)),
)


@pytest.mark.parametrize("model", UPLIFT, ids=lambda m: m.name)
@pytest.mark.parametrize("amount", [False, True])
def test_uplift_learners_find_whom_the_offer_moves(model: Model, amount: bool) -> None:
    """Uplift must be near .3 for web shoppers and near 0 for others, for chances and amounts."""
    test = trial(seed=1, amount=amount)
    model.fit(trial(amount=amount), None, 7)

    uplift = model.predict(test).uplift(1)

    web = test.categorical[:, 0] == 2
    assert 0.2 < uplift[web].mean() < 0.4
    assert abs(uplift[~web].mean()) < 0.1


@pytest.mark.parametrize("model", baselines(RULE, 2), ids=lambda m: m.name)
def test_a_model_looks_at_nothing_that_comes_later(model: Model) -> None:
    """Predictions must not change with the outcome, the value or the arm that was given."""
    test = trial(500, seed=1)
    model.fit(trial(500), None, 7)

    blind = replace(
        test,
        outcome=1 - test.outcome,
        value=np.ones(500, dtype=np.float32),
        arm=1 - test.arm,
        depth=test.depth[::-1].copy(),
    )

    one, other = model.predict(test), model.predict(blind)
    assert np.array_equal(one.response, other.response)
    assert np.array_equal(one.rank, other.rank)
    assert np.array_equal(one.choice, other.choice)


@pytest.mark.parametrize("model", baselines(RULE, 2), ids=lambda m: m.name)
def test_the_same_seed_gives_the_same_model(model: Model) -> None:
    """Fitting twice on the same rows must give the same predictions, of the promised shape."""
    train, test = trial(500), trial(300, seed=1)
    model.fit(train, None, 7)
    one = model.predict(test)
    model.fit(train, None, 7)
    other = model.predict(test)

    assert np.array_equal(one.response, other.response)
    assert (300, 2) == one.response.shape
    assert (300,) == one.rank.shape == one.choice.shape
    assert {np.dtype(np.float64)} == {one.response.dtype, one.rank.dtype}
    assert set(one.choice.tolist()) <= {0, 1}


def test_held_out_rows_stop_the_trees() -> None:
    """With rows held out, boosting must end where they are served best, far below its limit."""
    model = ResponseLightGBM(FAST)

    model.fit(trial(), trial(seed=2), 7)

    assert 5 < model._model.best_iteration_ < 500


def test_constant_policies_give_all_the_same() -> None:
    """`none` must give the first arm, `best arm` the one with the best mean outcome."""
    train, test = trial(), trial(10, seed=1)
    nothing, best = NoOffer(), BestArm()
    nothing.fit(train, None, 7)
    best.fit(train, None, 7)

    assert {0} == set(nothing.predict(test).choice)
    assert {1} == set(best.predict(test).choice)


def test_the_best_arm_is_best_by_money_where_rows_have_it() -> None:
    """An arm that brings visits and costs more than they are worth must not be the best one."""
    train, test = trial(), trial(10, seed=1)
    cost = (0.5 * train.arm).astype(np.float32)
    best = BestArm()
    best.fit(replace(train, value=train.outcome, cost=cost), None, 7)

    assert {0} == set(best.predict(test).choice)


def test_with_one_arm_no_model_is_there_twice() -> None:
    """Learners of effects are the response model where there is one arm, and so left out."""
    names = [model.name for model in baselines(RULE, 1)]

    assert ["none", "hand rule", "response lightgbm", "t logistic"] == names


def test_chances_that_follow_a_feature_do_not_mislead_the_doubly_robust() -> None:
    """Where keen shoppers were given the offer more often, its effect must still be found."""
    rows, test = trial(20_000), trial(seed=1)
    keen = rows.numeric[:, 0] > 0
    chance = np.where(keen, 0.75, 0.25)
    kept = rows.arm == (np.random.default_rng(3).random(20_000) < chance)
    own = np.where(rows.arm == 1, chance, 1 - chance).astype(np.float32)
    biased = replace(rows, propensity=own, propensities=None)[kept]
    web = test.categorical[:, 0] == 2
    for train in (biased, replace(biased, propensity=None)):
        model = DRLightGBM(FAST)
        model.fit(train, None, 7)
        uplift = model.predict(test).uplift(1)

        assert 0.2 < uplift[web].mean() < 0.4
        assert abs(uplift[~web].mean()) < 0.1


def test_arm_means_are_weighted_by_chance() -> None:
    """Where arms were given with unequal chances, their means must be those of all shoppers."""
    rows = trial(20_000)
    keen = rows.numeric[:, 0] > 0
    chance = np.where(keen, 0.9, 0.1)
    given = np.random.default_rng(3).random(20_000) < chance
    kept = rows.arm == given
    own = np.where(given, chance, 1 - chance).astype(np.float32)
    biased = replace(rows, propensity=own)[kept]

    assert np.allclose(arm_means(rows), arm_means(biased), atol=0.03)
    assert not np.allclose(arm_means(rows), arm_means(replace(biased, propensity=None)), atol=0.03)


def test_a_hand_rule_ranks_and_chooses_as_it_says() -> None:
    """Rank and arm must be the rule's own; its response must rise with the rank."""
    train, test = trial(), trial(200, seed=1)
    rule = HandRule(RULE)
    rule.fit(train, None, 7)

    said = rule.predict(test)

    known = ~np.isnan(test.numeric[:, 0])
    assert np.array_equal(test.numeric[known, 0].astype(np.float64), said.rank[known])
    assert np.array_equal(test.categorical[:, 0] == 2, said.choice == 1)
    order = np.argsort(said.rank)
    assert (np.diff(said.response[order, 0]) >= 0).all()


def test_a_hand_rule_without_such_an_arm_is_refused() -> None:
    """An arm that there isn't must be named."""
    rule = HandRule(HandRuleDoc(rank="habit", arm="'half'"))
    rule.fit(trial(50), None, 7)

    with pytest.raises(ValueError, match="`half`, which is no arm"):
        rule.predict(trial(50))


def test_linear_models_see_scaled_and_complete_numbers() -> None:
    """Known numbers must have mean 0 and deviation 1, and missing ones a column of their own."""
    rows = trial()

    matrix = Scaled(rows).matrix(rows)

    assert np.isfinite(matrix).all()
    known = ~np.isnan(rows.numeric[:, 0])
    assert np.allclose(0, matrix[known, 0].mean(), atol=1e-6)
    assert np.allclose(1, matrix[known, 0].std(), atol=1e-6)
    assert np.array_equal(~known, matrix[:, 2] == 1)
    assert (len(rows), 2 + 2 + 3) == matrix.shape


@pytest.mark.parametrize("model", [TLogistic(), TLightGBM(FAST)], ids=lambda m: m.name)
def test_an_arm_with_one_outcome_has_its_mean(model: Model) -> None:
    """Where an arm never brought a visit, T-learners must say so, not fail."""
    train = trial(400)
    silent = replace(train, outcome=np.where(train.arm == 1, 0, train.outcome).astype(np.float32))
    model.fit(silent, None, 7)

    assert {0.0} == set(model.predict(train).response[:, 1])
