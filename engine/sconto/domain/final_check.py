"""The last check before an answer: guardrails again, in plain arithmetic.

It shares nothing with the rule engine, the facts that rules compare, or the bindings they were
computed from: it reads the guardrails themselves and the money that is about to be given.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.condition import Truth, evaluate
from sconto.domain.context import DecisionContext, Line
from sconto.domain.formula import compute, formula_facts
from sconto.domain.lines import line_facts
from sconto.domain.money import EXACT, MINOR_DIGITS
from sconto.domain.ruleset import EarnsNothing, FactType, Guardrail, Ruleset

_WHOLE: Final = 100
"""Per cent."""


def violations_of(stack: Stack, context: DecisionContext, ruleset: Ruleset) -> tuple[str, ...]:
    """What giving *stack* would break, one sentence each; empty when it may be given."""
    given = _discount_by_line(stack, context)
    return (
        *_sums(stack, given, context),
        *_without_code(stack, context, ruleset),
        *_unearned(stack, context, ruleset),
        *(
            sentence
            for guardrail in ruleset.guardrails
            if not guardrail.review and _holds_here(guardrail, context)
            for sentence in _violations_by(guardrail, stack, given, context, ruleset)
        ),
    )


def _discount_by_line(stack: Stack, context: DecisionContext) -> list[int]:
    """What each line of the basket loses in all, minor units."""
    given = [0] * len(context.lines)
    for candidate in stack.candidates:
        for i, part in candidate.allocation:
            given[i] += part
    return given


def _sums(stack: Stack, given: list[int], context: DecisionContext) -> Iterator[str]:
    for candidate in stack.candidates:
        parts = candidate.allocation
        if sum(part for _, part in parts) != candidate.discount:
            yield f"the parts of `{candidate.id}` do not add up to its discount"
        if len({i for i, _ in parts}) != len(parts):
            yield f"a line was discounted twice by `{candidate.id}`"
        if any(part < 0 for _, part in parts):
            yield f"`{candidate.id}` would put a line above its public price"
    lanes = [c.offer.lane for c in stack.candidates]
    if len(set(lanes)) != len(lanes):
        yield "a lane was given two discounts"
    if len(stack.candidates) > 1 and any(c.offer.exclusive for c in stack.candidates):
        yield "an exclusive offer was combined with another"
    for line, part in zip(context.lines, given, strict=True):
        if not 0 <= part <= _listed(line):
            yield f"line `{line.line_id}` would be sold below zero or above its public price"


def _without_code(stack: Stack, context: DecisionContext, ruleset: Ruleset) -> Iterator[str]:
    """Offers that need a code, of which none was sent that holds on this day."""
    day, sent = context.moment.local_date, {code.set_id for code in context.codes}
    for offer_id in (candidate.offer.id for candidate in stack.candidates):
        openers = [s for s in ruleset.code_sets.values() if offer_id in s.offers]
        if openers and not any(
            s.id in sent and s.validity.valid_from <= day < s.validity.valid_to for s in openers
        ):
            yield f"`{offer_id}` is given with a code only, and no valid one was sent"


def _unearned(stack: Stack, context: DecisionContext, ruleset: Ruleset) -> Iterator[str]:
    """Offers that must be earned, and were with goods that earn nothing, or are given on them."""
    rules = [rule for rule in ruleset.earn_nothing if _holds_here(rule, context)]
    barred = {
        i
        for rule in rules
        for i, line in enumerate(context.lines)
        if rule.scope.covers(line)
        and (
            rule.line_when is None or evaluate(rule.line_when, line_facts(line)) is not Truth.FALSE
        )
    }
    for candidate in stack.candidates if barred else ():
        offer = candidate.offer
        kind = offer.kind.value
        if not offer.minimum_spend and kind in {"percent", "amount"}:
            continue
        if any(i in barred for i, _ in candidate.allocation):
            yield f"`{candidate.id}` would be given on goods that earn nothing"
        counted = [
            line
            for i, line in enumerate(context.lines)
            if i not in barred and offer.scope.covers(line)
        ]
        spend = sum(_listed(line) for line in counted)
        needed = max(offer.minimum_spend, candidate.depth if kind == "spend_tiers" else 0)
        pieces = 0 if offer.buy_get is None else offer.buy_get.buy
        too_few = sum(line.quantity for line in counted) < pieces
        if spend < needed or too_few or (kind != "bundle" and not counted):
            yield f"`{candidate.id}` would be earned by goods that earn nothing"


def _holds_here(guardrail: Guardrail | EarnsNothing, context: DecisionContext) -> bool:
    day = context.moment.local_date
    in_force = guardrail.validity.valid_from <= day < guardrail.validity.valid_to
    return in_force and (
        not guardrail.jurisdictions or context.jurisdiction in guardrail.jurisdictions
    )


def _violations_by(
    guardrail: Guardrail,
    stack: Stack,
    given: list[int],
    context: DecisionContext,
    ruleset: Ruleset,
) -> Iterator[str]:
    in_scope = [
        (line, part)
        for line, part in zip(context.lines, given, strict=True)
        if guardrail.scope.covers(line)
    ]
    if guardrail.kind.value == "discount_cap":
        if any(part for _, part in in_scope):
            yield from _above_cap(guardrail, in_scope)
    elif guardrail.kind.value == "margin_floor":
        yield from _below_margin(guardrail, stack, given, context)
    else:
        for candidate in stack.candidates:
            for i, part in candidate.allocation:
                if part and guardrail.scope.covers(context.lines[i]):
                    yield from _past_line_limit(guardrail, candidate, i, given[i], context, ruleset)


def _listed(line: Line) -> int:
    """What the line costs at list price."""
    return int(_of_all(line.list_price, line, ROUND_HALF_UP))


def _of_all(each: Decimal | int, line: Line, rounding: str) -> Decimal:
    """What the pieces or units of the line come to at *each*, in whole minor units."""
    if line.measured is None:
        return Decimal(each) * line.quantity
    units = Decimal(line.measured.thousandths) / 1000
    return EXACT.multiply(Decimal(each), units).to_integral_value(rounding=rounding)


def _above_cap(guardrail: Guardrail, in_scope: list[tuple[Line, int]]) -> Iterator[str]:
    taken = sum(part for _, part in in_scope)
    listed = sum(_listed(line) for line, _ in in_scope)
    if guardrail.amount is not None and taken > guardrail.amount:
        yield f"the discount would be above the cap of `{guardrail.id}`"
    if guardrail.bp is not None and taken * 10_000 > listed * guardrail.bp:
        yield f"the discount would be above the cap of `{guardrail.id}`"


def _below_margin(
    guardrail: Guardrail, stack: Stack, given: list[int], context: DecisionContext
) -> Iterator[str]:
    """Of the lines in scope that any candidate is about: what is left of them after everything."""
    net = margin = 0
    for i in {i for candidate in stack.candidates for i, _ in candidate.allocation}:
        line = context.lines[i]
        if not guardrail.scope.covers(line):
            continue
        if line.unit_cost is None:
            yield f"`{guardrail.id}` needs the unit cost of every discounted line"
            return
        left = _listed(line) - given[i]
        net += left
        cost = _of_all(line.unit_cost, line, ROUND_CEILING)
        margin += left - int(cost) + _refunded(stack, i)
    if margin * 10_000 < net * (guardrail.bp or 0):
        yield f"the margin would be below the floor of `{guardrail.id}`"


def _refunded(stack: Stack, line: int) -> int:
    """What suppliers pay back on *line*, each candidate's share rounded down."""
    return sum(
        part * candidate.offer.supplier_share_bp // 10_000
        for candidate in stack.candidates
        for i, part in candidate.allocation
        if i == line
    )


def _past_line_limit(
    guardrail: Guardrail,
    candidate: Candidate,
    i: int,
    given: int,
    context: DecisionContext,
    ruleset: Ruleset,
) -> Iterator[str]:
    line = context.lines[i]
    if guardrail.line_when is not None:
        truth = evaluate(guardrail.line_when, line_facts(line))
        if truth is Truth.UNKNOWN:
            yield f"nobody knows whether `{guardrail.id}` is about line `{line.line_id}`"
        if truth is not Truth.TRUE:
            return
    net = _listed(line) - given
    if guardrail.kind.value == "depth_cap":
        if given * 10_000 > _listed(line) * (guardrail.bp or 0):
            yield f"line `{line.line_id}` would lose more than `{guardrail.id}` allows"
        return
    limit = _line_limit(guardrail, candidate, line, context.currency, ruleset)
    rate = _tax_percent(line, ruleset) if guardrail.with_tax else Decimal(0)
    if isinstance(limit, str):
        yield limit
    elif rate is None:
        yield f"`{guardrail.id}` needs the tax on line `{line.line_id}`, which is not known"
    elif guardrail.kind.value == "price_floor" and net * (_WHOLE + rate) < limit * _WHOLE:
        yield f"line `{line.line_id}` would be below the floor of `{guardrail.id}`"
    elif guardrail.kind.value == "price_ceiling" and net * (_WHOLE + rate) > limit * _WHOLE:
        yield f"line `{line.line_id}` would be above the ceiling of `{guardrail.id}`"


def _tax_percent(line: Line, ruleset: Ruleset) -> Decimal | None:
    """The tax on the line in per cent of its price; None when it is not known, or no share."""
    rate = line.facts.get("line.tax_percent")
    if not isinstance(rate, int):
        return None
    percent = Decimal(rate).scaleb(-ruleset.facts["line.tax_percent"].places)
    return percent if 0 <= percent <= _WHOLE else None


def _line_limit(
    guardrail: Guardrail, candidate: Candidate, line: Line, currency: str, ruleset: Ruleset
) -> Decimal | str:
    """The limit of the line's total in minor units, or why there is none.

    The formula's value per piece or unit goes to a whole minor unit in the direction that was
    declared; what a measured quantity comes to, to the side that keeps the limit.
    """
    minor = Decimal(10) ** MINOR_DIGITS[currency]
    facts = _line_numbers(line, ruleset, minor)
    facts["candidate.depth_share"] = Decimal(_claimed(candidate)) / 10_000
    formula = guardrail.formula
    if formula is None or any(name not in facts for name in formula_facts(formula)):
        return f"`{guardrail.id}` needs a fact of line `{line.line_id}` that is not known"
    try:
        per_piece = EXACT.multiply(compute(formula, facts), minor)
        rounding = ROUND_CEILING if guardrail.round_up else ROUND_FLOOR
        ceiling = guardrail.kind.value == "price_ceiling"
        towards = ROUND_FLOOR if ceiling else ROUND_CEILING
        return _of_all(per_piece.to_integral_value(rounding=rounding), line, towards)
    except ArithmeticError:
        return f"the limit of `{guardrail.id}` for line `{line.line_id}` has no exact value"


def _claimed(candidate: Candidate) -> int:
    """The share that the candidate is announced with, basis points; 0 for an amount."""
    kind = candidate.offer.kind.value
    if kind == "spend_tiers":
        return candidate.offer.tiers[candidate.depth].bp or 0
    return candidate.depth if kind == "percent" else 0


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
