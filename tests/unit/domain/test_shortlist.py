"""Eligibility and guardrails: who is withheld, by whom, and that nothing fails open."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings

from sconto.domain.candidate import Stack
from sconto.domain.condition import All, AnyOf, Comparison, Op
from sconto.domain.context import Facts
from sconto.domain.formula import Constant, FactRef, Operation
from sconto.domain.offer import OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EligibilityRule, GuardrailKind, Segment
from sconto.domain.shortlist import Finding, shortlist
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
