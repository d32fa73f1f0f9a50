"""Goods by weight or length: worked out by hand, to the minor unit and to the safe side."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.context import Line
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.limits import line_limit
from sconto.domain.measured import MeasuredQuantity, Unit, quantity_text, thousandths_of
from sconto.domain.offer import Offer
from sconto.domain.pricing import candidates_for
from support import builders
from support.offers import buy_get


def cut(line_id: str, thousandths: int, price: int = 1990, cost: int | None = 1100) -> Line:
    """So many grams at *price* a kilogram."""
    weight = builders.kilograms(thousandths)
    return builders.line(line_id, list_price=price, unit_cost=cost, measured=weight)


@pytest.mark.parametrize(
    ("thousandths", "price", "listed", "cost"),
    [
        (482, 1990, 959, 531),  # 959.18 and 530.2
        (2750, 1199, 3297, 3025),  # 3297.25
        (500, 333, 167, 550),  # 166.5 is rounded up
        (1, 499, 0, 2),  # .499 and 1.1
        (1000, 1990, 1990, 1100),
    ],
)
def test_a_line_costs_its_price_times_its_quantity(
    thousandths: int, price: int, listed: int, cost: int
) -> None:
    """Half a cent is rounded up; what it costs the shop is rounded up in any case."""
    line = cut("a", thousandths, price)

    assert (1, listed, cost) == (line.quantity, line.list_total, line.cost_total)


DEAREST = replace(builders.offer("o", 1000), at_most_pieces=1)
COST_PLUS = Operation("*", FactRef("line.unit_cost"), Constant(Decimal("1.15")))


@pytest.mark.parametrize(
    ("thousandths", "formula", "floor", "ceiling"),
    [
        # 1.15 x 3.33 is 3.8295 a kilogram: 3.83 or 3.82; times .482 is 1.84606 or 1.84124.
        (482, COST_PLUS, 185, 184),
        (1000, COST_PLUS, 383, 382),
        (1, Constant(Decimal("0.01")), 1, 0),
        (9_999_999, Constant(Decimal("0.01")), 10_000, 9_999),
    ],
)
def test_a_limit_for_a_unit_is_rounded_to_the_safe_side_twice(
    thousandths: int, formula: Formula, floor: int, ceiling: int
) -> None:
    """To the cent for the unit, and to the cent for the line."""
    line = cut("a", thousandths, cost=333)

    assert (floor, ceiling) == (
        line_limit(formula, line, 0, {}, "USD", up=True),
        line_limit(formula, line, 0, {}, "USD", up=False, ceiling=True),
    )


@pytest.mark.parametrize(
    ("offer", "lines", "taken"),
    [
        # 10 % of 9.59 + 24.88.
        (builders.offer("o", 1000), [cut("a", 482), cut("b", 1250)], 345),
        # The cheapest of three pieces, whatever they weigh.
        (buy_get(2, 1), [cut("a", 482), cut("b", 1250), cut("c", 300)], 597),
        (buy_get(2, 1), [cut("a", 9_000)], 0),
        (DEAREST, [cut("a", 482), cut("b", 1250)], 249),
        (builders.offer("o", 1000, minimum_spend=959), [cut("a", 482)], 96),
        (builders.offer("o", 1000, minimum_spend=960), [cut("a", 482)], 0),
    ],
)
def test_each_line_is_one_piece(offer: Offer, lines: list[Line], taken: int) -> None:
    """Pieces are counted, spend is what lines cost."""
    (candidate,) = candidates_for(builders.context(*lines), builders.ruleset(offer))

    assert taken == candidate.discount


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [
        ("0.482", 482), ("2.75", 2750), ("007", 7000), ("9999.999", 9_999_999), ("0.001", 1),
        ("0", None), ("0.000", None), ("-1", None), ("1.2345", None), ("1,5", None), ("", None),
        ("10000", None), ("0.30000000000000004", None), ("1e3", None), ("\u0661", None),
    ],
)  # fmt: skip
def test_an_amount_is_a_decimal_with_three_places(text: str, thousandths: int | None) -> None:
    """Nothing that a float leaves is taken, and nothing is not a quantity."""
    assert thousandths == thousandths_of(text)


@given(thousandths=st.integers(1, 9_999_999), unit=st.sampled_from(Unit))
def test_an_amount_is_read_as_it_is_written(thousandths: int, unit: Unit) -> None:
    """Without zeros at its end."""
    measured = MeasuredQuantity(thousandths, unit)

    assert thousandths == thousandths_of(measured.amount)
    assert "0" != measured.amount[-1:] or "." not in measured.amount
    assert quantity_text(1, measured) == f"{measured.amount} {unit.value}"


@given(
    thousandths=st.integers(1, 9_999_999),
    prices=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
)
def test_a_dearer_unit_is_never_a_cheaper_line(thousandths: int, prices: tuple[int, int]) -> None:
    """And a floor of it lies at or above what it costs exactly, a ceiling at or below."""
    low, high = sorted(prices)
    measured = MeasuredQuantity(thousandths, Unit.METRE)

    assert measured.price(low) <= measured.price(high)
    assert measured.most(low) <= measured.price(low) <= measured.least(low)
    assert measured.most(low) * 1000 <= low * thousandths <= measured.least(low) * 1000
