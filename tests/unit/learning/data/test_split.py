"""Which rows are learnt from, what they were given by what chance, and whether that looks right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sconto.learning.data.balance import balance
from sconto.learning.data.documents import TimeSplitDoc, UnitSplitDoc
from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import RecipeFaulty
from sconto.learning.data.split import holdout, split
from sconto.learning.hashing import hashed_share, number_of
from unit.learning.data.shops import Change, shop
from unit.learning.rows import examples

DAY = 86_400


def ints(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """An array of whole numbers."""
    return np.array(values, dtype=np.int64)


def test_a_row_counts_where_it_was_decided_and_its_outcome_known() -> None:
    """Straddling and open rows must be left out, each with its reason and count."""
    doc = TimeSplitDoc(
        by="time",
        train_from="1970-01-02",
        validation_from="1970-01-05",
        test_from="1970-01-07",
        until="1970-01-09",
    )
    moment = DAY * ints(0, 1, 3, 3, 4, 6, 7, 8)
    settled = DAY * ints(0, 4, 4, 5, 6, 8, 9, 8)

    masks, dropped = split(doc, moment, settled, moment, seed=1)

    assert [1, 2] == np.flatnonzero(masks["train"]).tolist()
    assert [4] == np.flatnonzero(masks["validation"]).tolist()
    assert [5] == np.flatnonzero(masks["test"]).tolist()
    assert [
        ("decided before 1970-01-02", 1),
        ("decided from 1970-01-09 on", 1),
        ("train: outcome not known by its end", 1),
        ("test: outcome not known by its end", 1),
    ] == [(d.why, d.rows) for d in dropped]


def test_midnights_are_those_of_the_zone() -> None:
    """A period must begin at midnight in the split's own zone."""
    doc = TimeSplitDoc(
        by="time", zone="America/New_York",
        train_from="1970-01-02", test_from="1970-01-03", until="1970-01-04",
    )  # fmt: skip
    moment = ints(DAY + 5 * 3_600 - 1, DAY + 5 * 3_600)

    masks, _ = split(doc, moment, moment, moment, seed=1)

    assert [False, True] == masks["train"].tolist()


def test_all_rows_of_a_unit_fall_into_one_period() -> None:
    """A split by unit must part units, not rows, near its shares, and only by its seed."""
    doc = UnitSplitDoc(by="unit", validation=10, test=30)
    unit = np.repeat(np.arange(5_000), 2)

    masks, dropped = split(doc, unit, unit, unit, seed=1)
    again, _ = split(doc, unit, unit, unit, seed=1)
    other, _ = split(doc, unit, unit, unit, seed=2)

    assert () == dropped
    assert np.array_equal(np.ones(10_000), sum(m.astype(int) for m in masks.values()))
    assert set() == set(unit[masks["train"]]) & set(unit[~masks["train"]])
    assert np.allclose([0.6, 0.1, 0.3], [m.mean() for m in masks.values()], atol=0.03)
    assert all(np.array_equal(masks[n], again[n]) for n in masks)
    assert not np.array_equal(masks["test"], other["test"])


def test_a_holdout_parts_units() -> None:
    """Rows held out to stop early by must share no unit with the rest."""
    kept, held = holdout(examples(2_000), 0.2, seed=3)

    assert 2_000 == len(kept) + len(held)
    assert abs(len(held) - 400) < 80
    assert set() == set(kept.unit) & set(held.unit)


def test_text_has_the_same_number_everywhere() -> None:
    """The number of a text must be fixed, within 63 bits, and not that of another."""
    assert 0 <= number_of("abc") < 1 << 63
    assert number_of("abc") == number_of("abc") != number_of("abd")
    assert 0 <= int(hashed_share(ints(number_of("abc")), seed=1)[0]) < 10_000


def test_chances_within_strata_are_the_shares_seen_there(tmp_path: Path) -> None:
    """Randomised within strata, an arm's propensity must be its share of the stratum's rows."""
    path = shop(tmp_path, lambda r: r["treatment"].update(propensity={"within": ["customer"]}))
    train = prepare(path).examples["train"]

    assert np.allclose([[1 / 3, 2 / 3], [0.5, 0.5], [1 / 3, 2 / 3], [1, 0]], train.propensities)
    assert np.allclose([1 / 3, 0.5, 2 / 3, 1], train.propensity)


def test_chances_may_stand_in_a_column(tmp_path: Path) -> None:
    """With a column of chances only those of the arms given must be known."""
    path = shop(
        tmp_path,
        lambda r: r["tables"].update(
            chanced={"from": {"sql": "SELECT *, 0.25 AS chance FROM offers"}}
        ),
        lambda r: r["rows"].update(table="chanced"),
        lambda r: r["treatment"].update(propensity={"column": "chance"}, depth="arm::INT * 0.15"),
    )
    train = prepare(path).examples["train"]

    assert None is train.propensities
    assert np.allclose(0.25, train.propensity)
    assert np.allclose([0, 0.15, 0.15, 0], train.depth)


def test_an_arm_drawn_by_chance_is_balanced() -> None:
    """Of arms drawn by chance, hardly a difference may be beyond three standard errors."""
    found = balance(examples(4_000), np.zeros(4_000, dtype=np.int64))

    assert found is not None
    assert found.far <= 1
    assert abs(found.largest) < 0.1


@pytest.mark.parametrize("within", [True, False])
def test_an_arm_that_follows_a_feature_is_not(within: bool) -> None:
    """An arm given by a feature must be found out, unless the draw was within that stratum."""
    rows = examples(4_000)
    often = rows.categorical[:, 0] == 1
    arm = (np.random.default_rng(1).random(4_000) < np.where(often, 0.7, 0.3)).astype(np.int64)
    stratum = often.astype(np.int64) if within else np.zeros(4_000, dtype=np.int64)

    found = balance(replace(rows, arm=arm), stratum)

    assert found is not None
    assert (found.far <= 1) == within
    assert within or "channel phone" == found.feature


def test_one_arm_has_nothing_to_compare() -> None:
    """Rows that were all given the same must have no balance."""
    one = replace(examples(10), arm=np.zeros(10, dtype=np.int64))

    assert None is balance(one, np.zeros(10, dtype=np.int64))


def by_column(**split: object) -> Change:
    """A change that splits the shop's rows by who the customer is."""
    named = {"by": "column", "column": "customer", "train": ["ann"], "test": ["bob"]}
    return lambda recipe: recipe.update(split=named | split)


def test_rows_are_split_by_a_column(tmp_path: Path) -> None:
    """Rows must fall where their value is named, and those of no period be counted."""
    prepared = prepare(shop(tmp_path, by_column()))

    assert {"train": 3, "test": 2} == {name: len(rows) for name, rows in prepared.examples.items()}
    assert [("`customer` has a value that no period names", 1)] == [
        (d.why, d.rows) for d in prepared.dropped
    ]


@pytest.mark.parametrize(
    ("column", "train", "test"), [("arm", [True], [False]), ("seen", [3, 4, 5], ["1", 2])]
)
def test_values_of_a_split_have_the_type_of_their_column(
    tmp_path: Path, column: str, train: list[object], test: list[object]
) -> None:
    """Whole numbers and yes or no must be found however they are written."""
    split = by_column(column=column, train=train, validation=[], test=test)
    prepared = prepare(shop(tmp_path, split))

    assert {"train": 3, "test": 2 + (column == "arm")} == {
        name: len(rows) for name, rows in prepared.examples.items()
    }


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"column": "client"}, "there is no column `client`"),
        ({"validation": ["ann"]}, "`ann` is in two periods"),
    ],
)
def test_a_split_that_can_not_be_is_refused(
    tmp_path: Path, split: dict[str, object], message: str
) -> None:
    """A column that is not there, and a value of two periods, must be named."""
    with pytest.raises(RecipeFaulty, match=message):
        prepare(shop(tmp_path, by_column(**split)))


def test_test_rows_may_come_from_a_file_of_their_own(tmp_path: Path) -> None:
    """With a split by file, what `--test-data` gives must be judged on, and nothing else."""
    path = shop(tmp_path, lambda recipe: recipe.update(split={"by": "file"}))
    (tmp_path / "later").mkdir()
    (tmp_path / "later/offers.csv").write_text(
        "customer,on,arm,seen,age,visit,spend\ncid,2026-04-01,yes,7,25,yes,2\n"
    )
    prepared = prepare(path, test_data=tmp_path / "later")
    test = prepared.examples["test"]

    assert 6 == len(prepared.examples["train"])
    assert [[0.0, 7.0]] == test.numeric[:, [0, -2]].tolist()
    assert "test_data" not in test.columns.numeric
    assert 0 == len(prepare(path).examples["test"])


def test_a_test_file_needs_a_split_by_file(tmp_path: Path) -> None:
    """A test file that the split would ignore must be refused."""
    with pytest.raises(RecipeFaulty, match="goes with a split by file"):
        prepare(shop(tmp_path), test_data=tmp_path)
