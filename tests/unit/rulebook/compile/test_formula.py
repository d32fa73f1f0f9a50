"""Formulas: what is read, how exactly, and what is refused."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.formula import compute
from sconto.rulebook.compile.formula import FormulaRefused, parse_formula

PLACES = {"line.unit_cost": 2, "line.abv_percent": 2, "line.volume_ml": 0, "line.quantity": 0}
LARGEST = 2**53 - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("line.unit_cost * 1.15", "11.5000"),
        (" 0.65 * line.abv_percent * line.volume_ml * 0.001 ", "16.9897"),
        ("2 + 3 * 4 - 1", "13"),
        ("(2 + 3) * 4", "20"),
        ("max(line.unit_cost, 3, 12.50)", "12.50"),
        ("min(line.unit_cost * 2, 12.50)", "12.50"),
        ("0.1 + 0.2", "0.3"),
    ],
)
def test_a_formula_has_its_exact_value(text: str, expected: str) -> None:
    """Numbers are taken as written, never through binary fractions."""
    facts = {
        "line.unit_cost": Decimal("10.00"),
        "line.abv_percent": Decimal("37.34"),
        "line.volume_ml": Decimal(700),
    }
    formula = parse_formula(text, PLACES)
    assert Decimal(expected) == compute(formula, facts)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("line.unit_cost / 2", "FRM-002"),
        ("line.unit_cost // 2", "FRM-002"),
        ("line.unit_cost ** 2", "FRM-002"),
        ("-line.unit_cost", "FRM-002"),
        ("__import__('os')", "FRM-002"),
        ("max(line.unit_cost)", "FRM-002"),
        ("max(1, 2, key=3)", "FRM-002"),
        ("line.unit_cost if 1 else 2", "FRM-002"),
        ("1e5", "FRM-002"),
        ("0x10", "FRM-002"),
        ("1_000", "FRM-002"),
        ("True", "FRM-002"),
        ("'1'", "FRM-002"),
        ("line.unit_cost.real", "FRM-002"),
        ("unit_cost", "FRM-002"),
        ("line.price", "REF-001"),
        ("line.unit_cost *", "FRM-001"),
        ("1; 2", "FRM-001"),
        ("(" * 150 + "1" + ")" * 40, "FRM-001"),
        ("\x00", "FRM-001"),
        ("1 + " * 60 + "1", "FRM-003"),
        ("1 + " * 25 + "1", "FRM-003"),
        (" * ".join(["line.unit_cost"] * 3), "FRM-003"),
    ],
)
def test_what_is_no_formula_is_refused(text: str, code: str) -> None:
    """Everything outside the small language is refused with its code, and nothing is executed."""
    with pytest.raises(FormulaRefused) as refused:
        parse_formula(text, PLACES)
    assert code == refused.value.code


pieces = st.sampled_from(
    [
        "line.unit_cost",
        "line.volume_ml",
        "1.15",
        "0.001",
        "+",
        "-",
        "*",
        "(",
        ")",
        "min(",
        ",",
        "max(",
    ]
)


@given(st.lists(pieces, max_size=12).map(" ".join))
def test_a_formula_that_is_read_always_has_an_exact_value(text: str) -> None:
    """With the largest facts there are, no accepted formula needs rounding."""
    try:
        formula = parse_formula(text, PLACES)
    except FormulaRefused:
        return
    largest = {name: Decimal(LARGEST).scaleb(-places) for name, places in PLACES.items()}
    assert compute(formula, largest).is_finite()


@given(st.text(max_size=60))
def test_no_text_can_break_the_parser(text: str) -> None:
    """Any text is a formula or is refused."""
    with contextlib.suppress(FormulaRefused):
        parse_formula(text, PLACES)
