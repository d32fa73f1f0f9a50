"""What must hold of a decision, worked out again with fractions and none of the domain's code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Final

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.condition import AnyOf, Comparison, Condition
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.decision import Decision
from sconto.domain.formula import Constant, FactRef, Formula
from sconto.domain.ruleset import Budget, Guardrail, GuardrailKind, Ruleset
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


class Unknown(Exception):
    """A fact that is needed is missing."""


def _formula(formula: Formula, line: Line, claimed: Fraction) -> Fraction:
    if isinstance(formula, Constant):
        return Fraction(formula.value)
    if isinstance(formula, FactRef):
        return claimed if formula.name == "candidate.depth_share" else number(formula.name, line)
    left, right = _formula(formula.left, line, claimed), _formula(formula.right, line, claimed)
    return _OPERATIONS[formula.op](left, right)


def number(name: str, line: Line) -> Fraction:
    """The fact *name* of *line* in major units, which must be known."""
    if name == "line.quantity":
        return Fraction(line.quantity)
    if name == "line.list_price":
        return Fraction(line.list_price, 100)
    if name == "line.unit_cost":
        if line.unit_cost is None:
            raise Unknown(name)
        return Fraction(line.unit_cost, 100)
    if name not in line.facts:
        raise Unknown(name)
    return Fraction(int(line.facts[name]), _SCALE[name])


def in_scope(scope: Scope, line: Line) -> bool:
    """Whether *scope* covers *line*; those of generated worlds select by category, or by class."""
    wanted = not scope.categories or line.category in scope.categories
    wanted = wanted and (not scope.classes or any(in_scope(c, line) for c in scope.classes))
    return wanted and line.category not in scope.exclude_categories


def _here(guardrail: Guardrail, context: DecisionContext) -> bool:
    day = context.moment.local_date
    dated = guardrail.validity.valid_from <= day < guardrail.validity.valid_to
    return dated and context.jurisdiction in (guardrail.jurisdictions or {context.jurisdiction})


def limits_hold(stack: Stack, context: DecisionContext, ruleset: Ruleset) -> bool:
    """Whether *stack* stays within every guardrail of *ruleset* that withholds.

    It does not where a fact that one of them needs is missing.
    """
    try:
        return all(
            _holds(guardrail, stack, context)
            for guardrail in ruleset.guardrails
            if _here(guardrail, context) and not guardrail.review
        )
    except Unknown:
        return False


def _paid(stack: Stack, line: int) -> int:
    """What *stack* takes off line number *line*."""
    return sum(part for c in stack.candidates for i, part in c.allocation if i == line)


def _list_total(line: Line) -> int:
    if line.measured is None:
        return line.list_price * line.quantity
    return floor(_units(line) * line.list_price + Fraction(1, 2))


def _units(line: Line) -> Fraction:
    """How many pieces or units *line* has."""
    if line.measured is None:
        return Fraction(line.quantity)
    return Fraction(line.measured.thousandths, 1000)


def _holds(guardrail: Guardrail, stack: Stack, context: DecisionContext) -> bool:
    covered = [i for i, line in enumerate(context.lines) if in_scope(guardrail.scope, line)]
    match guardrail.kind:
        case GuardrailKind.MARGIN_FLOOR:
            return _margin_holds(guardrail, stack, context, covered)
        case GuardrailKind.DISCOUNT_CAP:
            taken = sum(_paid(stack, i) for i in covered)
            listed = sum(_list_total(context.lines[i]) for i in covered)
            shares = [] if guardrail.bp is None else [listed * Fraction(guardrail.bp, 10_000)]
            amounts = [] if guardrail.amount is None else [Fraction(guardrail.amount)]
            return taken <= min(*shares, *amounts, Fraction(taken + 1)) or not taken
        case _:
            return all(
                _line_holds(guardrail, candidate, context.lines[i], _paid(stack, i))
                for candidate in stack.candidates
                for i, part in candidate.allocation
                if part and i in covered
            )


def _margin_holds(
    guardrail: Guardrail, stack: Stack, context: DecisionContext, covered: list[int]
) -> bool:
    """Of the lines in scope that something discounts, after all discounts together."""
    net, margin, touched = 0, Fraction(0), set[int]()
    for candidate in stack.candidates:
        for i, part in candidate.allocation:
            if i in covered:
                touched.add(i)
                margin += int(Fraction(part * candidate.offer.supplier_share_bp, 10_000))
    for i in touched:
        line = context.lines[i]
        paid = _list_total(line) - _paid(stack, i)
        net += paid
        margin += paid - ceil(100 * number("line.unit_cost", line) * _units(line))
    return margin >= net * Fraction(guardrail.bp or 0, 10_000)


def _line_holds(guardrail: Guardrail, candidate: Candidate, line: Line, off: int) -> bool:
    """Whether *line* keeps a limit per line, which *candidate* is bound by, when it loses *off*."""
    if guardrail.line_when is not None:
        about = truth(guardrail.line_when, line_facts(line))
        if about is None:
            raise Unknown(guardrail.id)
        if not about:
            return True
    if guardrail.kind is GuardrailKind.DEPTH_CAP:
        return off <= _list_total(line) * Fraction(guardrail.bp or 0, 10_000)
    assert guardrail.formula is not None
    exact = _formula(guardrail.formula, line, _claimed(candidate)) * 100
    rounded = ceil if guardrail.round_up else floor
    whole = floor if guardrail.kind is GuardrailKind.PRICE_CEILING else ceil
    limit = whole(rounded(exact) * _units(line))
    net: Fraction | int = _list_total(line) - off
    if guardrail.with_tax:
        if "line.tax_percent" not in line.facts:
            raise Unknown(guardrail.id)
        net += net * Fraction(int(line.facts["line.tax_percent"]), 1000)
    return net <= limit if guardrail.kind is GuardrailKind.PRICE_CEILING else net >= limit


def _claimed(candidate: Candidate) -> Fraction:
    """The share that it is announced with, 0 when it is announced as an amount."""
    match candidate.offer.kind.value:
        case "percent":
            return Fraction(candidate.depth, 10_000)
        case "spend_tiers":
            return Fraction(candidate.offer.tiers[candidate.depth].bp or 0, 10_000)
        case _:
            return Fraction(0)


def line_facts(line: Line) -> dict[str, FactValue]:
    """What conditions about lines read."""
    cost = {} if line.unit_cost is None else {"line.unit_cost": line.unit_cost}
    return {
        **line.facts, **cost,
        "line.category": line.category, "line.product_id": line.product_id,
        "line.quantity": line.quantity, "line.list_price": line.list_price,
    }  # fmt: skip


def combination_holds(decision: Decision, ruleset: Ruleset) -> bool:
    """Whether each lane gives at most one, in the declared order, and exclusives stand alone."""
    given = decision.stack.candidates
    order = [lane.id for lane in ruleset.lanes]
    places = [order.index(c.offer.lane) for c in given]
    alone = len(given) == 1 or not any(c.offer.exclusive for c in given)
    return alone and places == sorted(set(places)) and all(c.discount > 0 for c in given)


def budgets_hold(decision: Decision, ruleset: Ruleset) -> bool:
    """Whether all discounts together stay within each budget they draw on, and within its pace."""
    reserved = {draw.budget_id: draw.amount for draw in decision.draws}
    wanted: dict[str, int] = {}
    for candidate in decision.stack.candidates:
        for budget_id in candidate.offer.budgets:
            wanted[budget_id] = wanted.get(budget_id, 0) + measured(
                ruleset.budgets[budget_id], candidate
            )
    return wanted == reserved and all(
        used(budget_id, decision.view) + amount
        <= allowance(ruleset.budgets[budget_id], decision.context)
        for budget_id, amount in reserved.items()
    )


def affordable(
    candidate: Candidate, context: DecisionContext, ruleset: Ruleset, view: Mapping[str, int]
) -> bool:
    """Whether *candidate* alone stays within its budgets and their pace."""
    budgets = [ruleset.budgets[budget_id] for budget_id in candidate.offer.budgets]
    return all(used(b.id, view) + measured(b, candidate) <= allowance(b, context) for b in budgets)


def used(budget_id: str, view: Mapping[str, int]) -> int:
    """What is used of a budget; generated worlds know one ledger key of each."""
    return sum(n for key, n in view.items() if key.startswith(f"{budget_id}/"))


def measured(budget: Budget, candidate: Candidate) -> int:
    """What *candidate* takes from *budget*."""
    return 1 if budget.measure.value == "count" else candidate.discount


def allowance(budget: Budget, context: DecisionContext) -> Fraction:
    """What may be used of *budget* by the end of this hour."""
    limit = Fraction(budget.limit)
    if budget.ahead_bp is None:
        return limit
    moment = context.moment
    day, hour = moment.local_date, moment.hour
    if budget.zone:
        day, hour = moment.elsewhere[budget.zone]
    first, days = _span(budget, day)
    passed = Fraction((day - first).days * 24 + hour + 1, days * 24)
    ahead = Fraction(int(limit * budget.ahead_bp / 10_000))
    return min(limit, int(limit * min(passed, Fraction(1))) + ahead)


def _span(budget: Budget, day: date) -> tuple[date, int]:
    """The first day of the period that *day* is in, and its days; a week starts on Monday."""
    match budget.period.value:
        case "day":
            return day, 1
        case "week":
            return day - timedelta(days=day.weekday()), 7
        case "month":
            first = day.replace(day=1)
            return first, ((first + timedelta(days=31)).replace(day=1) - first).days
        case _:
            dates = budget.validity
            if dates is None:
                return day - timedelta(days=1), 1
            return dates.valid_from, (dates.valid_to - dates.valid_from).days


def worth_elsewhere(
    candidate: Candidate, context: DecisionContext, ruleset: Ruleset, view: Mapping[str, int]
) -> Fraction:
    """What the money that *candidate* takes from its budgets is worth now, in minor units."""
    worth = Fraction(0)
    for budget in (ruleset.budgets[name] for name in candidate.offer.budgets):
        if budget.shadow is not None:
            money_left = 1 - Fraction(used(budget.id, view), budget.limit)
            scarcity = Fraction(4) if money_left <= 0 else _time_left(budget, context) / money_left
            power = max(Fraction(1, 4), min(Fraction(4), scarcity)) ** budget.shadow.sharpness
            price = Fraction(floor(budget.shadow.at_pace_ppm * power), 10**6)
            worth += candidate.discount * price
    return worth


def _time_left(budget: Budget, context: DecisionContext) -> Fraction:
    """The share of the period that is still to come when this hour begins."""
    if budget.period.value == "total" and budget.validity is None:
        return Fraction(1)
    day, hour = context.moment.local_date, context.moment.hour
    if budget.zone:
        day, hour = context.moment.elsewhere[budget.zone]
    first, days = _span(budget, day)
    since = min(max(day, first), first + timedelta(days=days - 1)) - first
    return 1 - Fraction(since.days * 24 + hour, days * 24)


def sums_hold(decision: Decision) -> bool:
    """Whether prices lie between zero and list price, and the parts make the discount exactly."""
    off = sum(candidate.discount for candidate in decision.stack.candidates)
    lines = decision.context.lines
    listed = [_list_total(line) for line in lines]
    in_range = all(0 <= n <= total for n, total in zip(decision.net_totals, listed, strict=True))
    return in_range and off == sum(listed) - sum(decision.net_totals)
