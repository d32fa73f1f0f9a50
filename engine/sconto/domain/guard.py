"""The last check before an answer: guardrails again, in plain arithmetic.

It shares nothing with the rule engine, the facts that rules compare, or the bindings they were
computed from: it reads the guardrails themselves and the money that is about to be given.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Line
from sconto.domain.formula import compute, formula_facts
from sconto.domain.money import EXACT, MINOR_DIGITS
from sconto.domain.ruleset import FactType, Guardrail, Ruleset


def broken_promises(
    candidate: Candidate, context: DecisionContext, ruleset: Ruleset
) -> tuple[str, ...]:
    """What *candidate* would break, one sentence each; empty when it may be given."""
    return (
        *_broken_sums(candidate, context),
        *(
            sentence
            for guardrail in ruleset.guardrails
            for sentence in _broken_by(guardrail, candidate, context, ruleset)
        ),
    )


def _broken_sums(candidate: Candidate, context: DecisionContext) -> Iterator[str]:
    parts = candidate.allocation
    if sum(part for _, part in parts) != candidate.discount:
        yield "the parts do not add up to the discount"
    if len({i for i, _ in parts}) != len(parts):
        yield "a line was discounted twice"
    for i, part in parts:
        line = context.lines[i]
        if not 0 <= part <= line.list_price * line.quantity:
            yield f"line `{line.line_id}` would be sold below zero or above its public price"


def _broken_by(
    guardrail: Guardrail, candidate: Candidate, context: DecisionContext, ruleset: Ruleset
) -> Iterator[str]:
    day = context.moment.local_date
    in_force = guardrail.validity.valid_from <= day < guardrail.validity.valid_to
    if not in_force or (
        guardrail.jurisdictions and context.jurisdiction not in guardrail.jurisdictions
    ):
        return
    parts = [(context.lines[i], part) for i, part in candidate.allocation]
    if not any(guardrail.scope.covers(line) for line, _ in parts):
        return
    if guardrail.formula is not None:
        yield from _below_floor(guardrail, parts, ruleset, context.currency)
    elif guardrail.kind.value == "margin_floor":
        yield from _below_margin(guardrail, candidate, parts)
    else:
        yield from _above_cap(guardrail, candidate, context)


def _below_floor(
    guardrail: Guardrail, parts: list[tuple[Line, int]], ruleset: Ruleset, currency: str
) -> Iterator[str]:
    minor = Decimal(10) ** MINOR_DIGITS[currency]
    for line, part in parts:
        if part == 0 or not guardrail.scope.covers(line) or guardrail.formula is None:
            continue
        facts = _line_numbers(line, ruleset, minor)
        if any(name not in facts for name in formula_facts(guardrail.formula)):
            yield f"`{guardrail.id}` needs a fact of line `{line.line_id}` that is not known"
            continue
        try:
            per_piece = EXACT.multiply(compute(guardrail.formula, facts), minor)
            floor = EXACT.multiply(per_piece, line.quantity)
        except ArithmeticError:
            yield f"the floor of `{guardrail.id}` for line `{line.line_id}` has no exact value"
            continue
        if line.list_price * line.quantity - part < floor:
            yield f"line `{line.line_id}` would be below the floor of `{guardrail.id}`"


def _line_numbers(line: Line, ruleset: Ruleset, minor: Decimal) -> dict[str, Decimal]:
    numbers = {
        "line.list_price": Decimal(line.list_price) / minor,
        "line.quantity": Decimal(line.quantity),
    }
    if line.unit_cost is not None:
        numbers["line.unit_cost"] = Decimal(line.unit_cost) / minor
    for name, value in line.facts.items():
        spec = ruleset.facts[name]
        if isinstance(value, int):
            unit = minor if spec.type is FactType.MONEY else Decimal(10) ** spec.places
            numbers[name] = Decimal(value) / unit
    return numbers


def _below_margin(
    guardrail: Guardrail, candidate: Candidate, parts: list[tuple[Line, int]]
) -> Iterator[str]:
    net = sum(line.list_price * line.quantity - part for line, part in parts)
    costs = [line.unit_cost * line.quantity for line, _ in parts if line.unit_cost is not None]
    if len(costs) < len(parts):
        yield f"`{guardrail.id}` needs the unit cost of every discounted line"
        return
    supplier = candidate.discount * candidate.offer.supplier_share_bp // 10_000
    if (net - sum(costs) + supplier) * 10_000 < net * (guardrail.bp or 0):
        yield f"the margin would be below the floor of `{guardrail.id}`"


def _above_cap(
    guardrail: Guardrail, candidate: Candidate, context: DecisionContext
) -> Iterator[str]:
    basket = sum(line.list_price * line.quantity for line in context.lines)
    if guardrail.amount is not None and candidate.discount > guardrail.amount:
        yield f"the discount would be above the cap of `{guardrail.id}`"
    if guardrail.bp is not None and candidate.discount * 10_000 > basket * guardrail.bp:
        yield f"the discount would be above the cap of `{guardrail.id}`"
