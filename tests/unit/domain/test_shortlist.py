"""Eligibility and guardrails: who is withheld, by whom, and that nothing fails open."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings

from sconto.domain.candidate import Stack
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import Facts
from sconto.domain.findings import Finding
from sconto.domain.formula import Constant, FactRef, Operation
from sconto.domain.lane import Lane
from sconto.domain.offer import OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EligibilityRule, GuardrailKind, Segment
from sconto.domain.shortlist import shortlist
from support import builders, judges
from support.oracle_rules import rules_allow
from support.worlds import World, worlds

STRANGER = Comparison("shopper.tier", Op.EQ, "none")
RARE = Comparison("shopper.baskets", Op.LT, 3)
COST_PLUS = Operation("*", FactRef("line.unit_cost"), Constant(Decimal("1.06")))


def _denied(rule: EligibilityRule, shopper: Facts) -> tuple[Finding, ...]:
    ruleset = builders.ruleset(eligibility=[rule])
    context = builders.context(shopper=shopper)
    return shortlist(context, ruleset, judges.reference(ruleset)).assessed[0].findings


def test_a_missing_fact_withholds_and_is_named() -> None:
    """What a rule needs and nobody sent keeps the candidate back, under the fact's own name."""
    (finding,) = _denied(builders.eligibility("no-strangers", STRANGER), {})

    assert ReasonCode.FACT_MISSING is finding.code
    assert ("no-strangers", "shopper.tier") == (finding.rule_id, finding.missing_fact)


def test_a_missing_fact_that_can_not_matter_withholds_nobody() -> None:
    """When another clause already makes the rule false, the missing one changes nothing."""
    rule = builders.eligibility("rare-strangers", All((STRANGER, RARE)))

    assert () == _denied(rule, {"shopper.baskets": 9})
    assert ReasonCode.FACT_MISSING is _denied(rule, {"shopper.baskets": 1})[0].code


def test_a_missing_fact_can_not_hide_a_denial() -> None:
    """When another clause already makes the rule true, it denies, and only that clause speaks."""
    rule = builders.eligibility("either", AnyOf((STRANGER, RARE)))
    (finding,) = _denied(rule, {"shopper.baskets": 1})

    assert (ReasonCode.NOT_ELIGIBLE, "") == (finding.code, finding.missing_fact)
    spoke = [(c.fact, c.op, c.threshold, c.observed) for c in finding.clauses]
    assert [("shopper.baskets", "<", 3, 1)] == [c for c in spoke if c[0] != "context.day"]


def test_a_missing_fact_of_a_segment_withholds_what_needs_the_segment() -> None:
    """What can't be derived is missing too, through every level of segments."""
    first = Segment("first", RARE)
    second = Segment("second", Comparison("segment.first", Op.EQ, value=True))
    rule = builders.eligibility("not-second", Comparison("segment.second", Op.EQ, value=True))
    ruleset = builders.ruleset(eligibility=[rule], segment_levels=((first,), (second,)))
    judged_by = judges.reference(ruleset)
    unknown = shortlist(builders.context(), ruleset, judged_by)
    known = shortlist(builders.context(shopper={"shopper.baskets": 2}), ruleset, judged_by)

    assert "shopper.baskets" == unknown.assessed[0].findings[0].missing_fact
    assert {} == unknown.segments
    assert {"first": True, "second": True} == known.segments
    assert ReasonCode.NOT_ELIGIBLE is known.assessed[0].findings[0].code


def test_a_missing_unit_cost_withholds_even_without_a_rule() -> None:
    """What a discount costs us is never guessed."""
    ruleset = builders.ruleset()
    context = builders.context(builders.line(unit_cost=None))
    (finding,) = shortlist(context, ruleset, judges.reference(ruleset)).assessed[0].findings

    assert ("", "line.unit_cost") == (finding.rule_id, finding.missing_fact)


def test_a_floor_that_needs_a_missing_fact_names_the_line() -> None:
    """The reader learns which line lacks which fact for which guardrail."""
    kind = GuardrailKind.PRICE_FLOOR
    floor = builders.guardrail("deposit", kind, formula=FactRef("line.deposit"))
    ruleset = builders.ruleset(guardrails=[floor])
    lines = (builders.line("a", facts={"line.deposit": 8}), builders.line("b"))
    listed = shortlist(builders.context(*lines), ruleset, judges.reference(ruleset))
    (finding,) = listed.assessed[0].findings

    assert ("deposit", "b", "line.deposit") == (
        finding.rule_id, finding.line_id, finding.missing_fact,
    )  # fmt: skip


def test_a_floor_without_an_exact_value_withholds() -> None:
    """A product of 61 digits is not rounded into a lawful price: the candidate is withheld."""
    huge = FactRef("line.volume_ml")
    squared = Operation("*", huge, huge)
    formula = Operation("*", Operation("*", squared, squared), squared)
    floor = builders.guardrail("huge", GuardrailKind.PRICE_FLOOR, formula=formula)
    ruleset = builders.ruleset(guardrails=[floor])
    context = builders.context(builders.line(facts={"line.volume_ml": 2**53 - 1}))
    (finding,) = shortlist(context, ruleset, judges.reference(ruleset)).assessed[0].findings

    assert (ReasonCode.RULE_FAILED, "huge") == (finding.code, finding.rule_id)


def test_the_tightest_line_speaks_for_a_floor() -> None:
    """The finding holds the net total, the floor and the line where the floor is missed most."""
    floor = builders.guardrail("cost-plus", GuardrailKind.PRICE_FLOOR, formula=COST_PLUS)
    ruleset = builders.ruleset(builders.offer("all", 1000), guardrails=[floor])
    lines = (
        builders.line("a", list_price=1000, unit_cost=900),
        builders.line("b", list_price=1000, unit_cost=990, quantity=2),
        builders.line("c", list_price=1000, unit_cost=100),
    )
    listed = shortlist(builders.context(*lines), ruleset, judges.reference(ruleset))
    (finding,) = listed.assessed[0].findings
    (clause,) = finding.clauses

    assert (ReasonCode.BELOW_PRICE_FLOOR, "b") == (finding.code, finding.line_id)
    assert ("line.net_total", ">=", 2100, 1800) == (
        clause.fact, clause.op, clause.threshold, clause.observed,
    )  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(worlds)
def test_a_judge_that_fails_withholds_everything(world: World) -> None:
    """No exception reaches the caller; what could be priced is withheld as RULE_FAILED."""
    listed = shortlist(world.context, world.ruleset, judges.broken(world.ruleset))
    codes = {a.findings[0].code for a in listed.assessed if a.candidate.unpriced is None}

    assert () == listed.allowed
    assert codes <= {ReasonCode.RULE_FAILED}


@settings(deadline=None, max_examples=1000)
@given(worlds)
def test_no_rule_that_denies_or_is_open_lets_a_candidate_through(world: World) -> None:
    """Read again by the oracle, every rule in force about an allowed candidate is plainly false."""
    for candidate in world.decide().shortlist.allowed:
        assert rules_allow(Stack((candidate,)), world.context, world.ruleset)


def test_a_candidate_that_can_not_be_priced_keeps_that_reason() -> None:
    """Why there is no price says more than that the rules could not be judged."""
    ruleset = builders.ruleset(builders.offer("a", 5000, kind=OfferKind.AMOUNT))
    listed = shortlist(builders.context(), ruleset, judges.broken(ruleset))

    assert [ReasonCode.NOTHING_TO_DISCOUNT] == [a.findings[0].code for a in listed.assessed]


DEAR = Comparison("line.unit_cost", Op.GE, 700)


def _lines_rule(*, deny: Condition = STRANGER, review: bool = False) -> EligibilityRule:
    plain = builders.eligibility("dear-lines", deny)
    return replace(plain, line_when=DEAR, review=review)


@pytest.mark.parametrize(
    ("unit_cost", "tier", "code", "missing"),
    [
        (700, "none", ReasonCode.NOT_ELIGIBLE, ""),
        (699, "none", None, ""),
        (700, "gold", None, ""),
        (None, "none", ReasonCode.FACT_MISSING, "line.unit_cost"),
        (700, None, ReasonCode.FACT_MISSING, "shopper.tier"),
        (699, None, None, ""),
    ],
)
def test_a_rule_about_some_lines_denies_only_where_they_are_discounted(
    unit_cost: int | None, tier: str | None, code: ReasonCode | None, missing: str
) -> None:
    """Not knowing whether a line is meant withholds, unless the rest of the rule is false."""
    ruleset = builders.ruleset(eligibility=[_lines_rule()])
    shopper: Facts = {} if tier is None else {"shopper.tier": tier}
    context = builders.context(builders.line(unit_cost=unit_cost), shopper=shopper)
    findings = shortlist(context, ruleset, judges.reference(ruleset)).assessed[0].findings
    spoke = [f for f in findings if f.rule_id == "dear-lines"]

    assert [code] * (code is not None) == [f.code for f in spoke]
    assert [missing] * (code is not None) == [f.missing_fact for f in spoke]
    assert ["l1"] * (code is not None) == [f.line_id for f in spoke]


def test_the_line_that_is_meant_is_named_with_what_made_it_so() -> None:
    """The second line is the dear one; its cost and the shopper's tier decided."""
    ruleset = builders.ruleset(eligibility=[_lines_rule()])
    lines = (builders.line("a"), builders.line("b", unit_cost=900))
    context = builders.context(*lines, shopper={"shopper.tier": "none"})
    (finding,) = shortlist(context, ruleset, judges.reference(ruleset)).assessed[0].findings

    assert "b" == finding.line_id
    assert [("line.unit_cost", 900), ("shopper.tier", "none")] == [
        (clause.fact, clause.observed) for clause in finding.clauses
    ]


def test_a_review_asks_a_person_and_withholds_nothing() -> None:
    """Neither when it speaks nor when it can't be judged, of a rule or of a limit."""
    cap = builders.guardrail("some-cap", GuardrailKind.DISCOUNT_CAP, amount=1)
    ruleset = builders.ruleset(
        eligibility=[_lines_rule(review=True)], guardrails=[replace(cap, review=True)]
    )
    context = builders.context(builders.line(unit_cost=900))
    (assessed,) = shortlist(context, ruleset, judges.reference(ruleset)).assessed

    assert assessed.allowed
    assert [
        ("dear-lines", ReasonCode.FACT_MISSING),
        ("some-cap", ReasonCode.ABOVE_DISCOUNT_CAP),
    ] == [(f.rule_id, f.code) for f in assessed.reviews]


def test_a_frequency_cap_has_its_own_reason() -> None:
    """Who has been given enough is not told that the offer was never for them."""
    rule = replace(builders.eligibility("weekly", RARE), reason=ReasonCode.FREQUENCY_CAP_REACHED)

    assert ReasonCode.FREQUENCY_CAP_REACHED is _denied(rule, {"shopper.baskets": 1})[0].code
    assert ReasonCode.FACT_MISSING is _denied(rule, {})[0].code


def test_rules_are_judged_again_on_top_of_what_is_given() -> None:
    """A rule about all discounts together lets each through alone, and not both."""
    rule = builders.eligibility("enough", Comparison("candidate.total_discount", Op.GT, 150))
    ruleset = builders.ruleset(
        builders.offer("a", 1000), replace(builders.offer("b", 1000), lane="later"),
        eligibility=[rule], lanes=(Lane("main"), Lane("later")),
    )  # fmt: skip
    listed = shortlist(builders.context(), ruleset, judges.reference(ruleset))
    first, second = listed.allowed
    ((finding,),) = listed.assess([second], Stack((first,))).findings

    assert ("enough", 200) == (finding.rule_id, finding.clauses[0].observed)
