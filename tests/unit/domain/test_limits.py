"""What a candidate leaves of each limit: exact to the cent, rounded towards the limit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest

from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext, Line
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.limits import Binding, LineLimits, bindings, line_limit
from sconto.domain.lines import LineTruths
from sconto.domain.offer import Off, Offer, OfferKind
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import Guardrail, GuardrailKind, Ruleset
from sconto.domain.scope import Scope
from support import builders, judges
from support.offers import tiers

FLOOR, MARGIN, CAP = (
    GuardrailKind.PRICE_FLOOR,
    GuardrailKind.MARGIN_FLOOR,
    GuardrailKind.DISCOUNT_CAP,
)
COST_PLUS = Operation("*", FactRef("line.unit_cost"), Constant(Decimal("1.06")))


def _limits(context: DecisionContext, ruleset: Ruleset) -> LineLimits:
    truths = LineTruths(context, ruleset, judges.reference(ruleset).lines)
    return LineLimits(context, ruleset, truths)


def bind(
    guardrail: Guardrail,
    candidate: Candidate,
    stack: Stack,
    context: DecisionContext,
    limits: LineLimits,
) -> Binding | None:
    """What one guardrail says about the candidate."""
    return bindings([guardrail], candidate, stack, context, limits)[guardrail.id]


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
    on_top = builders.sharing(second._replace(discount=100), *((0, 100),))

    assert Binding(950, 950, 0, 0) == bind(floor, first, NOTHING_GIVEN, context, limits)
    assert Binding(900, 800, 100, 0) == bind(floor, on_top, NOTHING_GIVEN, context, limits)
    assert Binding(850, 950, -100, 0) == bind(floor, on_top, Stack((first,)), context, limits)


def test_a_claim_binds_later_discounts_of_the_same_line_only() -> None:
    """The tightest claim speaks; a line that only one touches is measured by its own."""
    floor = builders.guardrail("as-announced", FLOOR, formula=UNCLAIMED)
    cheese = Scope(categories=frozenset({"CHEESE"}))
    ruleset = builders.ruleset(
        builders.offer("a", 2000, scope=cheese), builders.offer("b", 9000), guardrails=[floor]
    )
    context = builders.context(builders.line("l1"), builders.line("l2", category="BEEF"))
    first, second = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)
    on_top = builders.sharing(second, *((1, 900),))

    assert Binding(100, 100, 0, 1) == bind(floor, on_top, Stack((first,)), context, limits)


def test_the_margin_floor_is_about_all_discounts_together() -> None:
    """What carried a thin line at 10 % is gone when a later discount takes 1.00 of it."""
    floor = builders.guardrail("g", MARGIN, bp=1000)
    offers = builders.offer("a", 1000), builders.offer("b", 1250)
    ruleset = builders.ruleset(*offers, guardrails=[floor])
    context = builders.context(
        builders.line("l1", list_price=1200, unit_cost=1080),
        builders.line("l2", list_price=800, unit_cost=540),
    )
    first, second = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)
    on_top = builders.sharing(second._replace(discount=100), *((1, 100),))

    assert Binding(180, 180, 0) == bind(floor, first, NOTHING_GIVEN, context, limits)
    assert Binding(160, 70, 90) == bind(floor, on_top, NOTHING_GIVEN, context, limits)
    assert Binding(80, 170, -90) == bind(floor, on_top, Stack((first,)), context, limits)


def test_lines_out_of_scope_carry_no_margin() -> None:
    """A margin floor on beef is not kept by what cheese earns."""
    beef = Scope(categories=frozenset({"BEEF"}))
    floor = builders.guardrail("g", MARGIN, bp=1000, scope=beef)
    ruleset = builders.ruleset(guardrails=[floor])
    context = builders.context(
        builders.line("l1", unit_cost=1), builders.line("l2", category="BEEF", unit_cost=811)
    )
    (candidate,) = candidates_for(context, ruleset)
    limits = _limits(context, ruleset)

    assert Binding(89, 90, -1) == bind(floor, candidate, NOTHING_GIVEN, context, limits)


PRIOR = Operation(
    "*",
    FactRef("line.deposit"),
    Operation("-", Constant(Decimal(1)), FactRef("candidate.depth_share")),
)


def _bound(limit: Guardrail, offer: Offer, line: Line) -> Binding | None:
    ruleset = builders.ruleset(offer, guardrails=[limit])
    context = builders.context(line)
    (candidate,) = candidates_for(context, ruleset)
    return bind(limit, candidate, NOTHING_GIVEN, context, _limits(context, ruleset))


@pytest.mark.parametrize(
    ("offer", "lowest_before", "expected"),
    [
        (builders.offer("o", 2000), 1000, Binding(800, 800, 0, 0)),
        (builders.offer("o", 2000), 999, Binding(800, 799, -1, 0)),
        (builders.offer("o", 2000), 1001, Binding(800, 800, 0, 0)),
        (builders.offer("o", 200, kind=OfferKind.AMOUNT), 800, Binding(800, 800, 0, 0)),
        (builders.offer("o", 200, kind=OfferKind.AMOUNT), 799, Binding(800, 799, -1, 0)),
        (tiers({1: Off(bp=2000)}), 999, Binding(800, 799, -1, 0)),
        (tiers({1: Off(amount=200)}), 999, Binding(800, 999, 199, 0)),
    ],
)
def test_a_reduction_is_measured_by_the_lowest_prior_price(
    offer: Offer, lowest_before: int, expected: Binding
) -> None:
    """20 % off is 20 % off the lowest price of the last 30 days, or it is no 20 %.

    An amount claims no share: it must only be no more than what it was sold for before.
    """
    ceiling = builders.guardrail("prior-price", GuardrailKind.PRICE_CEILING, formula=PRIOR)
    line = builders.line(facts={"line.deposit": lowest_before})

    assert expected == _bound(replace(ceiling, round_up=False), offer, line)


@pytest.mark.parametrize(("up", "limit"), [(True, 3 * 900), (False, 3 * 899)])
def test_a_limit_is_rounded_as_declared_before_it_is_multiplied(*, up: bool, limit: int) -> None:
    """8.991 a piece is 9.00 or 8.99, and for three pieces three times that."""
    formula = Constant(Decimal("8.991"))

    assert limit == line_limit(formula, builders.line(quantity=3), 0, {}, "USD", up=up)


@pytest.mark.parametrize(
    ("bp", "expected"), [(1000, Binding(900, 900, 0, 0)), (999, Binding(900, 901, -1, 0))]
)
def test_a_depth_cap_is_a_share_of_the_list_price(bp: int, expected: Binding) -> None:
    """What may come off is rounded down, so 9.99 % of 10.00 is 0.99."""
    cap = builders.guardrail("depth", GuardrailKind.DEPTH_CAP, bp=bp)

    assert expected == _bound(cap, builders.offer(), builders.line())


CHEAP = Comparison("line.unit_cost", Op.LT, 700)


@pytest.mark.parametrize(
    ("unit_cost", "expected"),
    [
        (700, None),
        (699, Binding(900, 1000, -100, 0)),
        (None, Binding(0, 0, 0, 0, "line.unit_cost")),
    ],
)
def test_a_limit_on_some_lines_asks_what_it_needs_to_know(
    unit_cost: int | None, expected: Binding | None
) -> None:
    """A line that is not meant has no limit, and one that may be meant names what is missing."""
    cap = builders.guardrail("depth", GuardrailKind.DEPTH_CAP, bp=0)

    assert expected == _bound(
        replace(cap, line_when=CHEAP), builders.offer(), builders.line(unit_cost=unit_cost)
    )
