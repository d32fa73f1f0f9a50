"""The unit table."""

from __future__ import annotations

from typing import Any

import pytest
from polars.testing import assert_frame_equal

from sconto.learning.dropped import Dropped
from sconto.learning.facts import Past
from sconto.learning.units import build_units, vocabularies
from unit.learning.journeys import line, lines, recipe

WEEK = (
    line(9, 7, "SOUP", list_value=1_000, paid=900),
    line(9, 7, "MILK", list_value=1_000, paid=800),
)
"""What another household buys at the start of week 3, so that depths are known."""

SHOPPER = (
    line(1, 1, "SOUP"),
    line(1, 1, "MILK"),
    line(1, 10, "SOUP", list_value=300),
    line(1, 10, "TEA", list_value=200),
)


def units_of(household: int, *rows: dict[str, Any], **data: Any) -> list[dict[str, Any]]:
    """The units of one household, as rows."""
    table = build_units(Past(lines(*rows)), recipe(**data)).table
    return [row for row in table.rows(named=True) if row["household_id"] == household]


def test_a_unit_is_a_checkout_and_a_category_of_the_repertoire() -> None:
    """Only categories bought before may be units; those never bought before may not."""
    units = units_of(1, *WEEK, *SHOPPER)

    assert {"SOUP": 1, "MILK": 0} == {u["line.category"]: u["bought"] for u in units}


def test_the_rest_never_holds_the_category_itself() -> None:
    """Lines and value of the rest must leave out the focal category and nothing else."""
    units = {u["line.category"]: u for u in units_of(1, *WEEK, *SHOPPER)}

    assert (1, 200) == (units["SOUP"]["rest.lines"], units["SOUP"]["rest.list_total"])
    assert (2, 500) == (units["MILK"]["rest.lines"], units["MILK"]["rest.list_total"])


def test_each_unit_has_its_own_depth() -> None:
    """The depth must be the category's, of the unit's week."""
    units = units_of(1, *WEEK, *SHOPPER)

    assert {"SOUP": 1_000, "MILK": 2_000} == {
        u["line.category"]: u["offer.depth_bp"] for u in units
    }


def test_units_that_cannot_be_decided_on_are_dropped_and_counted() -> None:
    """An empty rest gives the outcome away, and an unknown depth is no depth of 0: both must go."""
    alone = (line(1, 1, "SOUP"), line(1, 10, "SOUP"), line(1, 40, "TEA"))
    units = build_units(Past(lines(*WEEK, *alone)), recipe())

    assert [] == [r for r in units.table.rows(named=True) if r["household_id"] == 1]
    assert (
        Dropped("nothing else in the basket", 1),
        Dropped("depth seen on fewer than 1 lines of other households", 1),
    ) == units.dropped


def test_a_depth_seen_on_too_few_lines_is_unknown() -> None:
    """Below the recipe's count of lines by others, a unit must be dropped."""
    assert [] == units_of(1, *WEEK, *SHOPPER, depth_min_lines=2)


def test_periods_are_half_open_and_history_is_no_unit() -> None:
    """A unit belongs to the period its instant is in; before the first there are none."""
    weekly = [line(h, day, "SOUP") for day in range(0, 80, 3) for h in (1, 2)]
    rest = [line(h, day, "TEA") for day in range(0, 80, 3) for h in (1, 2)]
    table = build_units(Past(lines(*weekly, *rest)), recipe()).table

    days = {
        period: table.filter(period=period)["instant"].unique().sort().to_list()
        for period in ("train", "validation", "test")
    }
    starts = [recipe().instant(day) for day in recipe().split.model_dump().values()]
    assert all(days.values())
    for period, since, until in zip(days, starts, starts[1:], strict=False):
        assert all(since <= instant < until for instant in days[period])


def test_a_planted_future_purchase_changes_no_earlier_unit() -> None:
    """Whatever is bought later, by anybody, units before it must stay as they are."""
    planted = (line(1, 11, "MILK", paid=1), line(9, 11, "SOUP", paid=1), line(1, 11, "NEW"))
    before = build_units(Past(lines(*WEEK, *SHOPPER)), recipe()).table
    after = build_units(Past(lines(*WEEK, *SHOPPER, *planted)), recipe()).table

    later = after["instant"] > before["instant"].max()
    assert later.any()
    assert_frame_equal(before, after.filter(~later), check_row_order=False)


@pytest.mark.parametrize("share", [0, 4_000])
def test_sampling_is_by_hash(share: int) -> None:
    """A share must keep the same units every time, and about as many as asked."""
    many = [
        line(h, day, c) for h in range(1, 30) for day in range(0, 60, 4) for c in ("A", "B", "C")
    ]
    past = Past(lines(*many))

    kept = build_units(past, recipe(unit_share_bp=share)).table
    everything = build_units(past, recipe()).table

    assert_frame_equal(kept, build_units(past, recipe(unit_share_bp=share)).table)
    assert share / 10_000 == pytest.approx(kept.height / everything.height, abs=0.05)


def test_rare_categories_share_the_unknown_id() -> None:
    """Names with too few training units must not be listed; listed ids must start at 1."""
    later = (line(9, 7, "TEA"), line(1, 12, "TEA"), line(1, 12, "SOUP"))
    table = build_units(Past(lines(*WEEK, *SHOPPER, *later)), recipe()).table

    assert "TEA" in table["line.category"]
    names = vocabularies(table, 2)
    assert {"line.category": {"MILK": 1, "SOUP": 2}, "line.department": {"GROCERY": 1}} == names
