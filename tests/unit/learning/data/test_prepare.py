"""A recipe carried out on a small shop, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.learning.baselines.suite import baselines
from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import RecipeFaulty
from unit.learning.data.shops import OFFERS, shop

NAN = float("nan")


def at(day: str) -> int:
    """Unix seconds of the midnight UTC of *day*."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def test_features_are_those_of_before_the_moment(tmp_path: Path) -> None:
    """Windows must hold what lies strictly before each moment, and nothing of that instant."""
    train = prepare(shop(tmp_path)).examples["train"]

    assert (
        "baskets_30d", "spend_before_30d", "basket_30d",
        "baskets", "spend_before", "basket", "since", "seen", "share",
    ) == train.columns.numeric  # fmt: skip
    assert np.allclose(
        [
            # The purchase of 99 at the very moment is not seen.
            [1, 10, 10, 1, 10, 10, 4 + 14 / 24, 3, 1],
            [1, 2, 2, 1, 2, 2, 14 / 24, NAN, 1],
            [1, 5.25, 5.25, 3, 114.25, 114.25 / 3, 25 + 14 / 24, 4, 5.25 / 114.25],
            [0, 0, NAN, 0, 0, NAN, NAN, 1, NAN],
        ],
        train.numeric,
        equal_nan=True,
    )


def test_missing_amounts_count_as_events_but_not_as_money(tmp_path: Path) -> None:
    """An event without amount must be counted, add nothing to a sum and leave a mean alone."""
    test = prepare(shop(tmp_path)).examples["test"]

    assert np.allclose([1, 0, NAN, 2, 2, 2], test.numeric[0, :6], equal_nan=True)


def test_everything_else_of_a_row_is_as_declared(tmp_path: Path) -> None:
    """Arms, depths, chances, outcome, value, time, unit and audit must follow the recipe."""
    prepared = prepare(shop(tmp_path))
    train = prepared.examples["train"]

    assert [0, 1, 1, 0] == train.arm.tolist()
    assert np.allclose([0, 0.1, 0.1, 0], train.depth)
    assert np.allclose(0.5, train.propensities)
    assert np.allclose(0.5, train.propensity)
    assert [0, 1, 1, 0] == train.outcome.tolist()
    assert [0, 12.5, 7, 0] == train.value.tolist()
    assert [at("2026-01-10"), at("2026-01-20")] == train.time[:2].tolist()
    assert train.unit[0] == train.unit[2] != train.unit[1]
    assert [30, 41, 30, 25] == prepared.audit["train"]["age"].to_list()
    assert (("ann", "bob", "cid"),) == train.columns.vocabularies


def test_the_last_events_are_in_order_with_padding_in_front(tmp_path: Path) -> None:
    """The most recent event must be last, its age counted to the moment, the front masked."""
    train = prepare(shop(tmp_path)).examples["train"]
    events = train.events

    assert ("days_before", "paid") == train.columns.event_numeric
    assert ("event", "what") == tuple(sorted(train.columns.event_categorical))
    assert [
        [False, False, True], [False, False, True], [True, True, True], [False, False, False],
    ] == events.mask.tolist()  # fmt: skip
    assert np.allclose([10, 99, 5.25], events.numeric[2, :, 1])
    assert np.allclose(25 + 14 / 24, events.numeric[2, 2, 0])
    assert np.isnan(events.numeric[0, :2]).all()
    what = train.columns.event_categorical.index("what")
    names = train.columns.event_vocabularies[what]
    assert ["SOUP", "SOUP", "MILK"] == [names[i - 1] for i in events.categorical[2, :, what]]


def test_what_only_the_test_period_has_is_unknown(tmp_path: Path) -> None:
    """Vocabularies must come from training rows alone; later values share the id of the unknown."""
    header, first, *_ = OFFERS.splitlines()
    offers = f"{header}\n{first}\nzoe,2026-03-10,no,3,30,no,0"
    examples = prepare(shop(tmp_path, offers=offers)).examples

    assert (("ann",),) == examples["train"].columns.vocabularies
    assert [[0]] == examples["test"].categorical.tolist()


def test_another_outcome_can_be_asked_for(tmp_path: Path) -> None:
    """The asked outcome must be learnt; one that the recipe does not have must be refused."""
    path = shop(tmp_path)

    assert [0, 12.5, 7, 0] == prepare(path, outcome="spend").examples["train"].outcome.tolist()
    with pytest.raises(RecipeFaulty, match="no outcome `click`"):
        prepare(path, outcome="click")


def test_the_same_recipe_makes_the_same_rows(tmp_path: Path) -> None:
    """Two runs must make rows of equal digests, and other data rows of another digest."""
    path = shop(tmp_path)
    one, two = prepare(path).examples["train"], prepare(path).examples["train"]
    (tmp_path / "purchases.csv").write_text("customer,at,what,paid\n")

    assert one.digest() == two.digest()
    assert one.digest() != prepare(path).examples["train"].digest()


def test_rows_without_events_have_masked_sequences(tmp_path: Path) -> None:
    """A shop without any purchase must give empty sequences and missing windows, not an error."""
    train = prepare(shop(tmp_path, purchases="customer,at,what,paid\n")).examples["train"]

    assert not train.events.mask.any()
    assert [0, 0, 0, 0] == train.numeric[:, 0].tolist()


@pytest.mark.parametrize("name", ["visit", "spend", "arm", "age"])
def test_what_must_not_be_seen_is_not_there(tmp_path: Path, name: str) -> None:
    """Outcomes, later columns, the arm and audit columns must be out of reach of features."""
    path = shop(
        tmp_path,
        lambda r: r["features"]["numbers"].update(trick=f"COLUMNS('^{name[:-1]}.$')"),
    )

    with pytest.raises(RecipeFaulty, match="feature `trick`"):
        prepare(path)


def test_a_feature_that_looks_at_other_rows_is_refused(tmp_path: Path) -> None:
    """A feature with a window function over all rows must be refused by name."""
    path = shop(tmp_path, lambda r: r["features"]["numbers"].update(rank="sum(seen) OVER ()"))

    with pytest.raises(RecipeFaulty, match="feature `rank` looks at other rows"):
        prepare(path)


def test_list_prices_stand_beside_the_rows(tmp_path: Path) -> None:
    """They are kept by period in the rows' order, and are absent where the recipe has none."""
    priced = prepare(shop(tmp_path, lambda r: r["treatment"].update(list_price="age / 2.0")))
    ages = {period: frame["age"].to_list() for period, frame in priced.audit.items()}

    assert ages == {p: (2 * prices).tolist() for p, prices in priced.list_prices.items()}
    assert {} == prepare(shop(tmp_path)).list_prices


def test_tables_may_share_declared_columns(tmp_path: Path) -> None:
    """A table like another must have its columns, and those that it adds."""

    def twice(recipe: dict[str, Any]) -> None:
        tables = recipe["tables"]
        tables["more"] = {
            "from": {"file": "more.csv"}, "like": "offers", "columns": {"arm": {"type": "text"}},
        }  # fmt: skip
        tables["both"] = {
            "from": {
                "sql": "SELECT * FROM offers UNION ALL BY NAME "
                "SELECT * EXCLUDE (arm), arm = 'tenth' AS arm FROM more"
            }
        }
        recipe["rows"]["table"] = "both"

    more = "customer,on,arm,seen,age,visit,spend\ndan,2026-01-11,tenth,3,30,no,0\n"
    prepared = prepare(shop(tmp_path, twice, more=more))

    assert 5 == len(prepared.examples["train"])
    assert 1 == prepared.tables.cleaned["more"].kept


def test_a_recipe_needs_no_hand_rule(tmp_path: Path) -> None:
    """Without a hand rule there must be rows, and baselines without it."""
    prepared = prepare(shop(tmp_path, lambda recipe: recipe.pop("hand_rule")))

    assert None is prepared.recipe.doc.hand_rule
    assert "hand rule" not in {model.name for model in baselines(None, 2)}
