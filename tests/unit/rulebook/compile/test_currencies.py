"""Amounts of rule files and laws in other currencies: which way each is rounded."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.condition import Comparison, Op, evaluate
from sconto.domain.formula import compute
from sconto.domain.money import EXACT
from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules
from sconto.rulebook.compile.amounts import Amounts
from sconto.rulebook.compile.formula import FormulaRefused, converted, parse_formula
from support import currencies

PLACES = {"line.unit_cost": 2, "line.list_price": 2, "line.volume_ml": 0, "line.quantity": 0}
MONEY = frozenset({"line.unit_cost", "line.list_price"})
GBP = {"rate": "0.8613", "step": "0.05"}


def _pounds(*more: dict[str, Any], **stated: str) -> Ruleset:
    """Rules of a shop in euros, in pounds."""
    base = currencies.compiled(currencies.documents("EUR", {"GBP": {**GBP, **stated}}, *more))
    found = base.in_currency("GBP")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("half_up", (860, 1725)), ("down", (860, 1720)), ("up", (865, 1725))],
)
def test_what_is_taken_off_is_a_multiple_of_the_declared_step(
    rounding: str, expected: tuple[int, ...]
) -> None:
    """10.00 EUR are 8.613 GBP and 20.00 EUR are 17.226 GBP."""
    rules = _pounds(currencies.offer("off", amount_off=["10.00", "20.00"]), rounding=rounding)
    assert expected == rules.offers[0].ladder


def test_percentages_are_rounded_to_the_declared_step_too() -> None:
    """Unless the offer says another; its own step is an amount as every other."""
    whole = currencies.offer("a", percent_off=["10 %"])
    coarse = currencies.offer("b", percent_off=["10 %"], rounding={"to": "1.00"})
    assert [5, 85] == [offer.rounding.step for offer in _pounds(whole, coarse).offers]


def test_every_part_of_a_rulebook_has_one_idea_of_an_amount() -> None:
    """What a rule compares with is what an offer asks for, where both say the same."""
    rules = _pounds(
        currencies.offer("off", percent_off=["10 %"], minimum_spend="10.00"),
        {
            "kind": "eligibility", "id": "spend", **currencies.RULED, "sentence": "No.",
            "deny_when": {"fact": "basket.list_total", "less_than": "10.00"},
        },
    )  # fmt: skip
    (rule,) = rules.eligibility
    assert 860 == rules.offers[0].minimum_spend
    assert Comparison("basket.list_total", Op.LT, 860) == rule.deny_when


def test_costs_are_on_the_safe_side_and_a_cap_is_what_an_equal_discount_is() -> None:
    """What something costs is never smaller; an offer at its cap stays at it."""
    rules = _pounds(
        currencies.offer("off", amount_off=["10.00"], cost_of_offering="0.01"),
        {"kind": "objective", "worth": "8.50", "minimum_gain": "0.05"},
        {
            "kind": "guardrail", "id": "cap", "name": "Cap", **currencies.RULED,
            "discount_cap": {"at_most_amount": "10.00"},
        },
    )  # fmt: skip
    (cap,) = rules.guardrails
    assert cap.amount == rules.offers[0].ladder[0] == 860
    assert 1 == rules.offers[0].cost_of_offering
    assert (732, 5) == (rules.objective.worth, rules.objective.minimum_gain)


def _law(text: str, currency: str, **rule: Any) -> dict[str, Any]:
    said = {"sentence": "No.", "valid_from": "2020-01-01", "valid_to": "2100-01-01"}
    return {
        "kind": "legal_pack", "id": "law", "name": "Law", "owner": "Tests", "why": "Tests.",
        "jurisdictions": ["US-WI"], "currency": currency,
        "law": {
            "cite": "Act", "url": "https://example.org/act", "checked_on": "2026-01-01",
            "confidence": "statute",
        },
        "facts": {"line.volume_ml": {"type": "integer", "description": "Contents."}},
        "rules": [{"id": "law-1", **said, **rule, text: rule[text]}],
    }  # fmt: skip


def test_a_law_holds_to_the_penny_in_its_own_currency() -> None:
    """A shop in euros that sells in pounds keeps a floor of 65 p a unit as it is written."""
    floor = _law("price_floor", "GBP", price_floor={"formula": "0.65 * line.volume_ml * 0.001"})
    rules = _pounds(floor)
    (guardrail,) = rules.guardrails
    assert guardrail.formula == parse_formula("0.65 * line.volume_ml * 0.001", PLACES)


def test_a_law_in_another_currency_is_never_undercut() -> None:
    """In euros the floor of 65 p is 65 / 0.8613 cents, whatever digit that ends with."""
    floor = _law("price_floor", "GBP", price_floor={"formula": "0.65 * line.volume_ml * 0.001"})
    base = currencies.compiled(currencies.documents("EUR", {"GBP": GBP}, floor))
    (guardrail,) = base.guardrails
    assert guardrail.formula is not None
    value = Fraction(compute(guardrail.formula, {"line.volume_ml": Decimal(28_000)}))
    exact = Fraction("0.65") * 28 / Fraction("0.8613")
    assert exact < value < exact + Fraction(1, 10**9)


def test_a_law_without_a_rate_is_refused() -> None:
    """Nobody knows what its amounts are in the shop's currency."""
    floor = _law("price_floor", "CHF", price_floor={"formula": "1.00"})
    with pytest.raises(InvalidRules, match="has amounts in CHF") as refused:
        currencies.compiled(currencies.documents("EUR", {"GBP": GBP}, floor))
    assert ["LAW-003"] == [finding.code for finding in refused.value.findings]


@given(st.integers(0, 3000), st.sampled_from(["at_least", "more_than", "at_most", "less_than"]))
def test_a_ban_compares_with_the_exact_amount(total: int, key: str) -> None:
    """A law of 10.00 GBP bans a basket in euros just where 10 / 0.8613 says so."""
    law = _law("ban", "GBP", ban={"fact": "basket.list_total", key: "10.00"})
    base = currencies.compiled(currencies.documents("EUR", {"GBP": GBP}, law))
    exact = 10 / Fraction("0.8613") * 100
    expected = {
        "at_least": total >= exact, "more_than": total > exact,
        "at_most": total <= exact, "less_than": total < exact,
    }[key]  # fmt: skip
    truth = evaluate(base.eligibility[0].deny_when, {"basket.list_total": total})
    assert expected == (truth.name == "TRUE")


@given(
    st.sampled_from(
        [
            "line.unit_cost * 1.15 + 0.50",
            "max(line.unit_cost, 2.50) - 0.05 * line.quantity",
            "min(line.list_price * 0.7, line.volume_ml * 0.012) * 2",
            "line.unit_cost * (1 + 0.01 * line.quantity)",
        ]
    ),
    st.integers(0, 9_999),
    st.integers(0, 9_999),
    st.integers(1, 9),
    st.integers(0, 2_000),
)
def test_a_formula_in_another_currency_is_the_one_in_the_shops(
    text: str, cost: int, price: int, quantity: int, volume: int
) -> None:
    """With all amounts multiplied by the rate its value is multiplied by the rate, exactly."""
    rate = Decimal("0.8613")
    facts = {
        "line.unit_cost": Decimal(cost).scaleb(-2), "line.list_price": Decimal(price).scaleb(-2),
        "line.quantity": Decimal(quantity), "line.volume_ml": Decimal(volume),
    }  # fmt: skip
    there = {n: EXACT.multiply(v, rate) if n in MONEY else v for n, v in facts.items()}
    formula = parse_formula(text, PLACES)
    amounts = Amounts("GBP", "EUR", Fraction(rate))
    made = converted(formula, PLACES, MONEY, amounts, up=True)
    assert EXACT.multiply(compute(formula, facts), rate) == compute(made, there)


def test_a_product_of_two_amounts_is_refused() -> None:
    """It is no amount, in whatever currency."""
    formula = parse_formula("line.unit_cost * (1 - line.list_price)", PLACES)
    with pytest.raises(FormulaRefused) as refused:
        converted(formula, PLACES, MONEY, Amounts("GBP", "EUR", Fraction("0.86")), up=True)
    assert "CUR-003" == refused.value.code


def test_without_rates_there_is_one_currency() -> None:
    """And the ruleset is what it was."""
    rules = currencies.compiled(currencies.documents("EUR", {}))
    assert {} == rules.others
    assert rules is rules.in_currency("EUR")
    assert rules.in_currency("GBP") is None
