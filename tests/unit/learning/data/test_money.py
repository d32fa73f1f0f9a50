"""What a recipe says of money: margins, costs of arms, and what rows brought by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import RecipeFaulty, read_data_recipe
from unit.learning.data.shops import Change, shop

OBJECTIVE = {"outcome": "return", "margin": "10 * coalesce(seen, 0) - 5", "cost_when": "given"}


def with_money(cost: str = "1.5", **objective: str) -> Change:
    """A change: an objective, a cost of the second arm, and no value of its own."""

    def apply(recipe: dict[str, Any]) -> None:
        recipe["objective"] = OBJECTIVE | objective
        recipe["treatment"]["arms"][1]["cost"] = cost
        del recipe["value"]

    return apply


def test_margin_and_costs_are_beside_the_rows(tmp_path: Path) -> None:
    """Every row must have its margin, never below 0, and the cost of every arm."""
    train = prepare(shop(tmp_path, with_money())).examples["train"]

    assert train.margin is not None
    assert train.costs is not None
    assert [25, 0, 35, 5] == train.margin.tolist()
    assert [[0, 1.5]] * 4 == train.costs.tolist()


@pytest.mark.parametrize(
    ("objective", "net"),
    [
        ({"cost_when": "given"}, [0, 0 - 1.5, 35 - 1.5, 0]),
        ({"cost_when": "redeemed"}, [0, 0 - 1.5, 35 - 1.5, 0]),
        ({"cost_when": "sold"}, [0, 0 - 1.5, 35 - 1.5, 0]),
        ({"cost_when": "redeemed", "margin": "2 - coalesce(seen, 9)"}, [0, -1.5, -1.5, 0]),
    ],
)
def test_what_rows_brought_follows_from_the_objective(
    tmp_path: Path, objective: dict[str, str], net: list[float]
) -> None:
    """Without a value of its own a row must have brought its margin less a cost that fell due."""
    train = prepare(shop(tmp_path, with_money(**objective))).examples["train"]
    found = train.net_value()

    assert found is not None
    assert net == found.tolist()


def test_a_cost_that_did_not_fall_due_is_not_counted(tmp_path: Path) -> None:
    """An arm that costs when the outcome happens must cost nothing where it did not."""

    def both_cost(recipe: dict[str, Any]) -> None:
        recipe["treatment"]["arms"][0]["cost"] = "2"

    given = prepare(shop(tmp_path, with_money(), both_cost)).examples["train"]
    redeemed = with_money(cost_when="redeemed")
    used = prepare(shop(tmp_path, redeemed, both_cost)).examples["train"]

    assert given.cost is not None
    assert used.cost is not None
    assert [2, 1.5, 1.5, 2] == given.cost.tolist()
    assert [0, 1.5, 1.5, 0] == used.cost.tolist()


def test_another_outcome_has_no_margin(tmp_path: Path) -> None:
    """What an outcome brings is declared of the first one alone."""
    train = prepare(shop(tmp_path, with_money()), outcome="spend").examples["train"]

    assert None is train.margin
    assert None is train.costs
    assert train.value is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_money(margin="spend"), "`spend` is known only after the decision"),
        (with_money(margin="age"), "`age` is a protected attribute"),
        (with_money(margin="nullif(seen, 3)"), "it is missing for 2 rows"),
        (with_money(cost="-1"), "a cost is below 0"),
        (with_money(cost="visit"), "`visit` is known only after the decision"),
        (with_money(outcome="visit"), "`outcome` must be `sale`"),
        (lambda r: r.update(serving={"most_unknown": "1.5"}), "`most_unknown` is a share"),
    ],
)
def test_money_is_known_before_anything_is_given(
    tmp_path: Path, change: Change, message: str
) -> None:
    """A margin or cost of the future, of a protected attribute or below 0 must be refused."""
    with pytest.raises(RecipeFaulty) as refused:
        prepare(shop(tmp_path, change))

    assert any(message in finding.message for finding in refused.value.findings)


def test_how_a_server_may_use_it_has_a_default(tmp_path: Path) -> None:
    """Without a word on serving, three in ten inputs may be unknown."""
    doc = read_data_recipe(shop(tmp_path)).doc

    assert "0.3" == doc.serving.most_unknown
    assert None is doc.objective
    assert np.isfinite(float(doc.serving.most_unknown))
