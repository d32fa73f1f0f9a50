"""What a candidate leaves of each limit: exact to the cent, rounded towards the limit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest

from sconto.domain.candidate import NOTHING_GIVEN, Stack
from sconto.domain.context import DecisionContext
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.limits import Binding, LineLimits, bind, line_limit
from sconto.domain.lines import LineTruths
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import Guardrail, GuardrailKind, Ruleset
from sconto.domain.scope import Scope
from support import builders, judges

FLOOR, MARGIN, CAP = (
    GuardrailKind.PRICE_FLOOR,
    GuardrailKind.MARGIN_FLOOR,
    GuardrailKind.DISCOUNT_CAP,
)
COST_PLUS = Operation("*", FactRef("line.unit_cost"), Constant(Decimal("1.06")))


def _limits(context: DecisionContext, ruleset: Ruleset) -> LineLimits:
    truths = LineTruths(context, ruleset, judges.reference(ruleset).lines)
    return LineLimits(context, ruleset, truths)


@pytest.mark.parametrize(
    ("guardrail", "unit_cost", "expected"),
    [
        (builders.guardrail("g", MARGIN, bp=1000), 810, Binding(90, 90, 0)),
        (builders.guardrail("g", MARGIN, bp=1001), 810, Binding(90, 91, -1)),
        (builders.guardrail("g", MARGIN, bp=1000), 811, Binding(89, 90, -1)),
        (builders.guardrail("g", CAP, amount=99), 1, Binding(100, 99, -1)),
        (builders.guardrail("g", CAP, amount=100), 1, Binding(100, 100, 0)),
        (builders.guardrail("g", CAP, bp=1000), 1, Binding(100, 100, 0)),
        (builders.guardrail("g", CAP, bp=999), 1, Binding(100, 99, -1)),
        (builders.guardrail("g", CAP, bp=1000, amount=99), 1, Binding(100, 99, -1)),
        (builders.guardrail("g", CAP, bp=999, amount=500), 1, Binding(100, 99, -1)),
        (builders.guardrail("g", FLOOR, formula=COST_PLUS), 849, Binding(900, 900, 0, 0)),
        (builders.guardrail("g", FLOOR, formula=COST_PLUS), 850, Binding(900, 901, -1, 0)),
    ],
)
def test_headroom_is_exact_to_the_cent(
    guardrail: Guardrail, unit_cost: int, expected: Binding
) -> None:
    """Of 1.00 off one piece at 10.00: on the limit leaves 0, one cent beyond leaves -1."""
    ruleset = builders.ruleset(guardrails=[guardrail])
    context = builders.context(builders.line(unit_cost=unit_cost))
    (candidate,) = candidates_for(context, ruleset)

    limits = _limits(context, ruleset)

    assert expected == bind(guardrail, candidate, NOTHING_GIVEN, context, limits)


@pytest.mark.parametrize(
    ("formula", "floor"),
    [
        (COST_PLUS, 3 * 201),
        (FactRef("line.volume_ml"), 3 * 3750),
        (FactRef("line.deposit"), 3 * 25),
        (FactRef("line.quantity"), 3 * 300),
        (Operation("max", FactRef("line.deposit"), FactRef("line.list_price")), 3 * 1000),
        (Operation("-", Constant(Decimal(0)), Constant(Decimal("0.019"))), -3),
        (FactRef("line.unit_weight"), "line.unit_weight"),
    ],
)
def test_a_floor_is_per_piece_and_rounded_up_before_it_is_multiplied(
    formula: Formula, floor: int | str
) -> None:
    """Three pieces at cost 1.89 may not be sold below 3 x 2.01; decimals keep their places."""
    line = builders.line(
        quantity=3, unit_cost=189, facts={"line.volume_ml": 375, "line.deposit": 25}
    )
    assert floor == line_limit(formula, line, 0, builders.FACTS, "USD", up=True)


UNCLAIMED: Final = Operation(
    "*",
    FactRef("line.list_price"),
    Operation("-", Constant(Decimal(1)), FactRef("candidate.depth_share")),
)


def test_what_an_earlier_discount_claims_binds_a_later_one_too() -> None:
    """At 5 % off announced, nothing on top may take more than that, whatever it says itself."""
    floor = builders.guardrail("as-announced", FLOOR, formula=UNCLAIMED)
    ruleset = builders.ruleset(
        builders.offer("a", 500), builders.offer("b", 2000), guardrails=[floor]
    )
    context = builders.context()
    first, second = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)
    on_top = replace(second, discount=100, allocation=((0, 100),))

    assert Binding(950, 950, 0, 0) == bind(floor, first, NOTHING_GIVEN, context, limits)
    assert Binding(900, 800, 100, 0) == bind(floor, on_top, NOTHING_GIVEN, context, limits)
    assert Binding(850, 950, -100, 0) == bind(floor, on_top, Stack((first,)), context, limits)


def test_a_claim_binds_later_discounts_of_the_same_line_only() -> None:
    """The tightest claim speaks, and a line that only one of them touches is measured by its own."""
    floor = builders.guardrail("as-announced", FLOOR, formula=UNCLAIMED)
    cheese = Scope(categories=frozenset({"CHEESE"}))
    ruleset = builders.ruleset(
        builders.offer("a", 2000, scope=cheese), builders.offer("b", 9000), guardrails=[floor]
    )
    context = builders.context(builders.line("l1"), builders.line("l2", category="BEEF"))
    first, second = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)
    on_top = replace(second, allocation=((1, 900),))

    assert Binding(100, 100, 0, 1) == bind(floor, on_top, Stack((first,)), context, limits)


def test_the_margin_floor_is_about_all_discounts_together() -> None:
    """What carried a thin line at 10 % is gone when a later discount takes 1.00 of it."""
    floor = builders.guardrail("g", MARGIN, bp=1000)
    ruleset = builders.ruleset(builders.offer("a", 1000), builders.offer("b", 1250))
    context = builders.context(
        builders.line("l1", list_price=1200, unit_cost=1080),
        builders.line("l2", list_price=800, unit_cost=540),
    )
    first, second = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)
    on_top = replace(second, discount=100, allocation=((1, 100),))

    assert Binding(180, 180, 0) == bind(floor, first, NOTHING_GIVEN, context, limits)
    assert Binding(160, 70, 90) == bind(floor, on_top, NOTHING_GIVEN, context, limits)
    assert Binding(80, 170, -90) == bind(floor, on_top, Stack((first,)), context, limits)


def test_lines_out_of_scope_carry_no_margin() -> None:
    """A margin floor on beef is not kept by what cheese earns."""
    beef = Scope(categories=frozenset({"BEEF"}))
    floor = builders.guardrail("g", MARGIN, bp=1000, scope=beef)
    ruleset = builders.ruleset()
    context = builders.context(
        builders.line("l1", unit_cost=1), builders.line("l2", category="BEEF", unit_cost=811)
    )
    (candidate,) = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)

    assert Binding(89, 90, -1) == bind(floor, candidate, NOTHING_GIVEN, context, limits)
