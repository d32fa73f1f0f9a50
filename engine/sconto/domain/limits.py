"""Guardrails as exact numbers: what a candidate leaves of each limit, for rules to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Line
from sconto.domain.formula import Formula, compute, formula_facts
from sconto.domain.money import BP_ONE, MINOR_DIGITS, to_major, to_minor_ceiling
from sconto.domain.ruleset import FactSpec, FactType, Guardrail, GuardrailKind, Ruleset

FAILED: Final = "?"
"""Stands where a missing fact's name would, for a formula that could not be computed exactly."""

LINE_FORMULA_FACTS: Final = ("line.list_price", "line.unit_cost", "line.quantity")
"""Facts of every line that formulas may read besides the declared `line.*` ones."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a guardrail says about one candidate, where it binds most; minor units.

    `headroom` is negative when the limit is passed. With *missing* set, a fact (or FAILED) kept
    the limit from being computed and the numbers mean nothing.
    """

    observed: int
    threshold: int
    headroom: int
    line: int | None = None
    missing: str | None = None


FloorTable = Mapping[str, Mapping[int, int | str]]
"""Guardrail id -> line index -> floor of the line's total, or the name of the missing fact."""


def floor_table(context: DecisionContext, ruleset: Ruleset) -> FloorTable:
    """The price floors of every line that a guardrail of this jurisdiction and day covers."""
    return {
        guardrail.id: {
            i: line_floor(guardrail.formula, line, ruleset.facts, context.currency)
            for i, line in enumerate(context.lines)
            if guardrail.scope.covers(line)
        }
        for guardrail in in_force(context, ruleset)
        if guardrail.formula is not None
    }


def in_force(context: DecisionContext, ruleset: Ruleset) -> Iterator[Guardrail]:
    """The guardrails in force in the context's jurisdiction on its civil date, ordered by id."""
    for guardrail in ruleset.guardrails:
        here = not guardrail.jurisdictions or context.jurisdiction in guardrail.jurisdictions
        if here and guardrail.validity.covers(context.moment.local_date):
            yield guardrail


def line_floor(
    formula: Formula, line: Line, specs: Mapping[str, FactSpec], currency: str
) -> int | str:
    """The lowest lawful total of *line*: the formula per piece, rounded up, times its quantity.

    Returns the name of a missing fact instead, or FAILED when the value has no exact decimal.
    """
    facts: dict[str, Decimal] = {}
    for name in formula_facts(formula):
        value = _formula_fact(name, line, specs, currency)
        if value is None:
            return name
        facts[name] = value
    try:
        return to_minor_ceiling(compute(formula, facts), currency) * line.quantity
    except ArithmeticError:
        return FAILED


def _formula_fact(
    name: str, line: Line, specs: Mapping[str, FactSpec], currency: str
) -> Decimal | None:
    if name == "line.list_price":
        return to_major(line.list_price, currency)
    if name == "line.quantity":
        return Decimal(line.quantity)
    if name == "line.unit_cost":
        return None if line.unit_cost is None else to_major(line.unit_cost, currency)
    value = line.facts.get(name)
    if value is None:
        return None
    spec = specs[name]
    places = MINOR_DIGITS[currency] if spec.type is FactType.MONEY else spec.places
    return Decimal(int(value)).scaleb(-places)


def bind(
    guardrail: Guardrail, candidate: Candidate, context: DecisionContext, floors: FloorTable
) -> Binding | None:
    """Where *guardrail*, which covers a line of *candidate*, binds it most.

    None when it takes nothing off the lines that a price floor covers.
    """
    match guardrail.kind:
        case GuardrailKind.PRICE_FLOOR:
            return _bind_price_floor(candidate, context, floors[guardrail.id])
        case GuardrailKind.MARGIN_FLOOR:
            return _bind_margin_floor(guardrail.bp or 0, candidate)
        case GuardrailKind.DISCOUNT_CAP:
            return _bind_discount_cap(guardrail, candidate, context)


def _bind_price_floor(
    candidate: Candidate, context: DecisionContext, floors: Mapping[int, int | str]
) -> Binding | None:
    tightest: Binding | None = None
    for i, part in candidate.allocation:
        floor = floors.get(i)
        if floor is None or part == 0:
            continue
        if isinstance(floor, str):
            return Binding(0, 0, 0, i, floor)
        net = context.lines[i].list_total - part
        if tightest is None or net - floor < tightest.headroom:
            tightest = Binding(net, floor, net - floor, i)
    return tightest


def _bind_margin_floor(bp: int, candidate: Candidate) -> Binding:
    if candidate.scope_margin is None:
        return Binding(0, 0, 0, None, "line.unit_cost")
    net = candidate.scope_total - candidate.discount
    observed = candidate.scope_margin - candidate.discount + candidate.supplier_pays
    threshold = -(-net * bp // BP_ONE)
    return Binding(observed, threshold, observed - threshold)


def _bind_discount_cap(
    guardrail: Guardrail, candidate: Candidate, context: DecisionContext
) -> Binding:
    caps = [] if guardrail.amount is None else [guardrail.amount]
    if guardrail.bp is not None:
        caps.append(context.list_total * guardrail.bp // BP_ONE)
    threshold = min(caps)
    return Binding(candidate.discount, threshold, threshold - candidate.discount)
