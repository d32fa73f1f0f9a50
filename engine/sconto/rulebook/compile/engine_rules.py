"""Eligibility rules and guardrails as the rules that the rule engine judges."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from sconto.domain.changes import day_number
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.facts import TOUCHES_PREFIX
from sconto.domain.ruleset import EligibilityRule, Guardrail, Rule
from sconto.domain.validity import Validity
from sconto.rulebook.guardrail_kinds import BY_KEY

MOST_BY_NAME: Final = 8
"""More places than this are written as the others, when these are fewer: each place that is named
makes every alternative of the rule's condition once more."""


def eligibility_as_rule(rule: EligibilityRule, places: AbstractSet[str]) -> Rule:
    """*rule* as the engine judges it, in a shop that sells in *places*."""
    where = _where(rule.jurisdictions, places)
    touches: tuple[Condition, ...] = ()
    if rule.line_when is not None:
        touches = (Comparison(f"{TOUCHES_PREFIX}{rule.id}", Op.EQ, True),)
    condition = All((*in_force(rule.validity), *where, *touches, rule.deny_when))
    return Rule(
        rule.id, rule.reason, condition, rule.deny_when, rule.offer_ids, rule.scope, rule.review
    )


def guardrail_as_rule(guardrail: Guardrail, places: AbstractSet[str]) -> Rule:
    """*guardrail* as the engine judges it, by the headroom that a candidate leaves."""
    where = _where(guardrail.jurisdictions, places)
    passed = Comparison(f"headroom.{guardrail.id}", Op.LT, 0)
    condition = All((*in_force(guardrail.validity), *where, passed))
    reason = BY_KEY[guardrail.kind.value].reason
    return Rule(
        guardrail.id, reason, condition, passed, frozenset(), guardrail.scope, guardrail.review
    )


def in_force(validity: Validity) -> tuple[Condition, Condition]:
    """True on the civil days of *validity*."""
    return (
        Comparison("context.day", Op.GE, day_number(validity.valid_from)),
        Comparison("context.day", Op.LT, day_number(validity.valid_to)),
    )


def in_force_there(
    validity: Validity, inside: AbstractSet[str], places: AbstractSet[str]
) -> Condition:
    """True on the civil days of *validity* in the places *inside*; empty means everywhere."""
    return All((*in_force(validity), *_where(inside, places)))


def _where(inside: AbstractSet[str], places: AbstractSet[str]) -> list[Condition]:
    fact, others = "context.jurisdiction", places - inside
    if not inside:
        return []
    if len(inside) > MOST_BY_NAME and len(others) < len(inside):
        return [Comparison(fact, Op.NE, place) for place in sorted(others)]
    return [AnyOf(tuple(Comparison(fact, Op.EQ, place) for place in sorted(inside)))]
