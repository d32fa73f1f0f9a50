"""What must hold of a decision, worked out again with fractions and none of the domain's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from sconto.domain.candidate import Candidate
from sconto.domain.condition import AnyOf, Comparison, Condition
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.decision import Decision
from sconto.domain.formula import Constant, FactRef, Formula
from sconto.domain.ruleset import Guardrail, GuardrailKind, Ruleset
from sconto.domain.scope import Scope

_OPERATIONS: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "min": min, "max": max,
}  # fmt: skip
_SCALE: Final = {"line.volume_ml": 10, "line.deposit": 100}


def truth(condition: Condition, facts: Mapping[str, FactValue]) -> bool | None:
    """True, False, or None when a missing fact keeps it open (Kleene)."""
    if isinstance(condition, Comparison):
        seen, value = facts.get(condition.fact), condition.value
        if seen is None:
            return None
        if isinstance(seen, str) or isinstance(value, str):
            return (seen == value) == (condition.op.value == "==")
        return {
            "==": seen == value, "!=": seen != value, "<": seen < value,
            "<=": seen <= value, ">": seen > value, ">=": seen >= value,
        }[condition.op.value]  # fmt: skip
    parts = [truth(part, facts) for part in condition.parts]
    settles = isinstance(condition, AnyOf)
    if settles in parts:
        return settles
    return None if None in parts else not settles


def _formula(formula: Formula, line: Line) -> Fraction:
    if isinstance(formula, Constant):
        return Fraction(formula.value)
    if isinstance(formula, FactRef):
        return _number(formula.name, line)
    left, right = _formula(formula.left, line), _formula(formula.right, line)
    return _OPERATIONS[formula.op](left, right)


def _number(name: str, line: Line) -> Fraction:
    if name == "line.quantity":
        return Fraction(line.quantity)
    if name == "line.list_price":
        return Fraction(line.list_price, 100)
    if name == "line.unit_cost":
        assert line.unit_cost is not None, "a floor that needs a missing cost was let through"
        return Fraction(line.unit_cost, 100)
    assert name in line.facts, f"a floor that needs the missing {name} was let through"
    return Fraction(int(line.facts[name]), _SCALE[name])


def _in(scope: Scope, line: Line) -> bool:
    """Scopes of generated worlds select by category only."""
    wanted = not scope.categories or line.category in scope.categories
    return wanted and line.category not in scope.exclude_categories


def _here(guardrail: Guardrail, context: DecisionContext) -> bool:
    day = context.moment.local_date
    dated = guardrail.validity.valid_from <= day < guardrail.validity.valid_to
    return dated and context.jurisdiction in (guardrail.jurisdictions or {context.jurisdiction})


def limits_hold(candidate: Candidate, context: DecisionContext, ruleset: Ruleset) -> bool:
    """Whether *candidate* stays within every guardrail of *ruleset*."""
    lines = [context.lines[i] for i, _ in candidate.allocation]
    for guardrail in ruleset.guardrails:
        touched = any(_in(guardrail.scope, line) for line in lines)
        if touched and _here(guardrail, context) and not _holds(guardrail, candidate, context):
            return False
    return True


def _holds(guardrail: Guardrail, candidate: Candidate, context: DecisionContext) -> bool:
    match guardrail.kind:
        case GuardrailKind.PRICE_FLOOR:
            return all(_above_floor(guardrail, candidate, context))
        case GuardrailKind.MARGIN_FLOOR:
            net, margin = Fraction(0), Fraction(candidate.supplier_pays)
            for i, part in candidate.allocation:
                line = context.lines[i]
                paid = line.list_price * line.quantity - part
                net += paid
                margin += paid - 100 * _number("line.unit_cost", line) * line.quantity
            return margin >= net * Fraction(guardrail.bp or 0, 10_000)
        case GuardrailKind.DISCOUNT_CAP:
            basket = sum(line.list_price * line.quantity for line in context.lines)
            share = basket * Fraction(guardrail.bp or 0, 10_000)
            within_share = guardrail.bp is None or candidate.discount <= share
            return within_share and (
                guardrail.amount is None or candidate.discount <= guardrail.amount
            )


def _above_floor(
    guardrail: Guardrail, candidate: Candidate, context: DecisionContext
) -> Iterator[bool]:
    assert guardrail.formula is not None
    for i, part in candidate.allocation:
        line = context.lines[i]
        if part and _in(guardrail.scope, line):
            floor = _formula(guardrail.formula, line) * 100 * line.quantity
            yield line.list_price * line.quantity - part >= floor


def sums_hold(decision: Decision) -> bool:
    """Whether prices lie between zero and list price, and the parts make the discount exactly."""
    chosen = decision.chosen
    off = chosen.discount if chosen else 0
    lines = decision.context.lines
    in_range = all(
        0 <= price.net_total <= line.list_price * line.quantity == price.list_total
        for price, line in zip(decision.prices, lines, strict=True)
    )
    return in_range and off == sum(p.list_total - p.net_total for p in decision.prices)
