"""The last check: each promise, broken by a candidate made by hand, is named in a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext
from sconto.domain.final_check import violations_of
from sconto.domain.formula import Constant, FactRef, Operation
from sconto.domain.offer import Offer
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import Guardrail, GuardrailKind
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity
from support import builders

COST_PLUS = Operation("*", FactRef("line.unit_cost"), Constant(Decimal("1.06")))
FLOOR = builders.guardrail("floor", GuardrailKind.PRICE_FLOOR, formula=COST_PLUS)
MARGIN = builders.guardrail("margin", GuardrailKind.MARGIN_FLOOR, bp=1000)
CAP = builders.guardrail("cap", GuardrailKind.DISCOUNT_CAP, amount=99)
SHARE = builders.guardrail("cap", GuardrailKind.DISCOUNT_CAP, bp=999)


def _broken(
    guardrail: Guardrail, unit_cost: int | None, supplier_share_bp: int = 0
) -> tuple[str, ...]:
    """What 1.00 off one piece at 10.00 breaks."""
    ruleset = builders.ruleset(
        builders.offer(supplier_share_bp=supplier_share_bp), guardrails=[guardrail]
    )
    context = builders.context(builders.line(unit_cost=unit_cost))
    (candidate,) = candidates_for(context, ruleset)
    return violations_of(Stack((candidate,)), context, ruleset)


@pytest.mark.parametrize(
    ("guardrail", "unit_cost", "broken"),
    [
        (FLOOR, 849, ()),
        (FLOOR, 850, ("line `l1` would be below the floor of `floor`",)),
        (FLOOR, None, ("`floor` needs a fact of line `l1` that is not known",)),
        (MARGIN, 810, ()),
        (MARGIN, 811, ("the margin would be below the floor of `margin`",)),
        (MARGIN, None, ("`margin` needs the unit cost of every discounted line",)),
        (CAP, 1, ("the discount would be above the cap of `cap`",)),
        (replace(CAP, amount=100), 1, ()),
        (SHARE, 1, ("the discount would be above the cap of `cap`",)),
        (replace(SHARE, bp=1000), 1, ()),
        (replace(FLOOR, jurisdictions=frozenset({"US-TN"})), 850, ()),
        (replace(FLOOR, validity=Validity(date(2020, 1, 1), builders.DAY)), 850, ()),
        (replace(FLOOR, scope=Scope(categories=frozenset({"BEEF"}))), 850, ()),
    ],
)
def test_each_limit_is_checked_to_the_cent(
    guardrail: Guardrail, unit_cost: int | None, broken: tuple[str, ...]
) -> None:
    """On the limit is within it, one cent beyond is not, an unknown number is not."""
    assert broken == _broken(guardrail, unit_cost)


def test_what_the_supplier_pays_counts_for_the_margin() -> None:
    """At 85 % cost the margin floor is missed, unless the supplier carries the discount."""
    assert 1 == len(_broken(MARGIN, 850))
    assert () == _broken(MARGIN, 850, supplier_share_bp=10_000)


def test_a_floor_that_can_not_be_computed_is_broken() -> None:
    """A value that has no exact decimal refuses the candidate, and raises nothing."""
    huge = FactRef("line.volume_ml")
    squared = Operation("*", huge, huge)
    formula = Operation("*", Operation("*", squared, squared), squared)
    guardrail = builders.guardrail("huge", GuardrailKind.PRICE_FLOOR, formula=formula)
    ruleset = builders.ruleset(guardrails=[guardrail])
    context = builders.context(builders.line(facts={"line.volume_ml": 2**53 - 1}))
    (candidate,) = candidates_for(context, ruleset)

    assert ("the limit of `huge` for line `l1` has no exact value",) == violations_of(
        Stack((candidate,)), context, ruleset
    )


def _forged(context: DecisionContext, *allocation: tuple[int, int]) -> Candidate:
    """10 % off the basket, allocated otherwise than it was priced."""
    (candidate,) = candidates_for(context, builders.ruleset())
    return builders.sharing(candidate, *allocation)


@pytest.mark.parametrize(
    ("allocation", "sentence"),
    [
        (((0, 99),), "the parts of `cheese:1000` do not add up to its discount"),
        (((0, 50), (0, 150)), "a line was discounted twice by `cheese:1000`"),
        (((0, 1001), (1, -801)), "line `a` would be sold below zero or above its public price"),
        (((0, -1), (1, 201)), "line `a` would be sold below zero or above its public price"),
    ],
)
def test_forged_sums_are_caught(allocation: tuple[tuple[int, int], ...], sentence: str) -> None:
    """A discount that was split wrongly is not given, with no guardrail needed to say so."""
    context = builders.context(builders.line("a"), builders.line("b"))
    candidate = _forged(context, *allocation)

    assert sentence in violations_of(Stack((candidate,)), context, builders.ruleset())


def test_the_margin_floor_holds_for_all_discounts_together() -> None:
    """A later discount on the line that earns may not take what carries the line that does not.

    10 % off 12.00 + 8.00 leaves 18.00 at a cost of 16.20, which is the floor of 10 %; 1.00 more
    off the second line, which still earns 10 % on its own, leaves 0.80 of 17.00.
    """
    ruleset = builders.ruleset(
        builders.offer("a", 1000),
        replace(builders.offer("b", 1250), lane="vouchers"),
        guardrails=[MARGIN],
    )
    context = builders.context(
        builders.line("l1", list_price=1200, unit_cost=1080),
        builders.line("l2", list_price=800, unit_cost=540),
    )
    first, second = candidates_for(context, ruleset)
    on_top = builders.sharing(second._replace(discount=100), *((1, 100),))

    assert () == violations_of(Stack((first,)), context, ruleset)
    assert () == violations_of(Stack((on_top,)), context, ruleset)
    assert ("the margin would be below the floor of `margin`",) == violations_of(
        Stack((first, on_top)), context, ruleset
    )


def _stack(*offers: Offer) -> tuple[Stack, DecisionContext]:
    """Each offer's candidate for one piece at 10.00, all given together."""
    context = builders.context()
    return Stack(candidates_for(context, builders.ruleset(*offers))), context


def test_a_lane_gives_no_two_discounts() -> None:
    """However they came to be chosen."""
    stack, context = _stack(builders.offer("a", 100), builders.offer("b", 100))

    assert ("a lane was given two discounts",) == violations_of(stack, context, builders.ruleset())


def test_an_exclusive_offer_is_not_combined() -> None:
    """Neither before nor after another."""
    other = replace(builders.offer("b", 100), lane="vouchers")
    stack, context = _stack(replace(builders.offer("a", 100), exclusive=True), other)

    assert ("an exclusive offer was combined with another",) == violations_of(
        stack, context, builders.ruleset()
    )
    assert () == violations_of(Stack(stack.candidates[:1]), context, builders.ruleset())


def test_lanes_together_may_not_take_more_than_there_is() -> None:
    """60 % twice is above the price."""
    other = replace(builders.offer("b", 6000), lane="vouchers")
    stack, context = _stack(builders.offer("a", 6000), other)

    assert ("line `l1` would be sold below zero or above its public price",) == violations_of(
        stack, context, builders.ruleset()
    )


CEILING = builders.guardrail(
    "prior", GuardrailKind.PRICE_CEILING, formula=Constant(Decimal("8.999"))
)
DEPTH = builders.guardrail("depth", GuardrailKind.DEPTH_CAP, bp=1500)
WHEN_CHEAP = Comparison("line.unit_cost", Op.LT, 700)


@pytest.mark.parametrize(
    ("guardrail", "unit_cost", "broken"),
    [
        (replace(CEILING, round_up=True), 1, ()),
        (
            replace(CEILING, round_up=False), 1,
            ("line `l1` would be above the ceiling of `prior`",),
        ),
        (replace(DEPTH, bp=1000), 1, ()),
        (replace(DEPTH, bp=999), 1, ("line `l1` would lose more than `depth` allows",)),
        (replace(DEPTH, bp=1, review=True), 1, ()),
        (replace(DEPTH, bp=1, line_when=WHEN_CHEAP), 700, ()),
        (
            replace(DEPTH, bp=1, line_when=WHEN_CHEAP), 699,
            ("line `l1` would lose more than `depth` allows",),
        ),
        (
            replace(DEPTH, bp=1, line_when=WHEN_CHEAP), None,
            ("nobody knows whether `depth` is about line `l1`",),
        ),
    ],
)  # fmt: skip
def test_limits_of_lines_are_checked_to_the_cent(
    guardrail: Guardrail, unit_cost: int | None, broken: tuple[str, ...]
) -> None:
    """A ceiling of 8.999 is 9.00 or 8.99 as declared; reviews stop nothing; doubt stops."""
    assert broken == _broken(guardrail, unit_cost)


def test_limits_look_at_what_all_lanes_leave() -> None:
    """Each takes 10 %, which the depth cap of 15 % allows; both together it does not."""
    other = replace(builders.offer("b", 1000), lane="vouchers")
    stack, context = _stack(builders.offer("a", 1000), other)
    ruleset = builders.ruleset(guardrails=[DEPTH])
    sentence = "line `l1` would lose more than `depth` allows"

    assert {sentence} == set(violations_of(stack, context, ruleset))
    for candidate in stack.candidates:
        assert () == violations_of(Stack((candidate,)), context, ruleset)
