"""Guardrails as the solver knows them: when each withholds what comes off some lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import z3

from sconto.domain.formula import DEPTH_SHARE, Constant, FactRef, Formula, formula_facts
from sconto.domain.limits import TAX_PERCENT
from sconto.domain.money import BP_ONE, MINOR_DIGITS
from sconto.domain.ruleset import FactType, Guardrail, GuardrailKind, Ruleset
from sconto.rulebook.lint.facts import Number
from sconto.rulebook.lint.line_model import LineModel
from sconto.rulebook.lint.solver import Term

FALSE = z3.BoolVal(False)


def withholds(
    guardrail: Guardrail,
    lines: Sequence[LineModel],
    untouched: Sequence[LineModel],
    claimed_bp: int,
) -> Term:
    """Whether *guardrail*, where it is in force, withholds what comes off *lines*.

    *untouched* are the other lines of the basket. *claimed_bp* is the share that is claimed.
    """
    match guardrail.kind:
        case GuardrailKind.MARGIN_FLOOR:
            return _below_margin(guardrail, lines)
        case GuardrailKind.DISCOUNT_CAP:
            return _above_cap(guardrail, lines, untouched)
        case _:
            return z3.Or([_past(guardrail, line, claimed_bp) for line in lines])


def _past(guardrail: Guardrail, line: LineModel, claimed_bp: int) -> Term:
    about = line.about(guardrail.id)
    passed = z3.Or(z3.Not(about.true), _passed(guardrail, line, claimed_bp))
    return z3.And(line.off > 0, line.covered(guardrail.scope), z3.Not(about.false), passed)


def _passed(guardrail: Guardrail, line: LineModel, claimed_bp: int) -> Term:
    if guardrail.kind is GuardrailKind.DEPTH_CAP:
        return line.seen_off * BP_ONE > line.total * (guardrail.bp or 0)
    if guardrail.formula is None:
        return FALSE
    reading = _Reading(line, claimed_bp, line.request.ruleset)
    facts = [reading.number(name) for name in formula_facts(guardrail.formula)]
    known = z3.And([fact.known for fact in facts if fact is not None])
    left = line.total - line.seen_off
    # Said of the whole line where that can be, so that the solver needs no product of unknowns.
    together = reading.of_all_pieces(guardrail.formula)
    whole = reading.minor(guardrail.formula) * line.pieces if together is None else together
    if guardrail.with_tax:
        rate = reading.number(TAX_PERCENT)
        assert rate is not None  # noqa: S101 - the compiler's promise
        known = z3.And(known, rate.known, rate.term >= 0)
        places = line.request.ruleset.facts[TAX_PERCENT].places
        left *= 1 + z3.ToReal(rate.term) * _real(Decimal(1).scaleb(-places - 2))
    above = guardrail.kind is GuardrailKind.PRICE_CEILING
    return z3.Or(z3.Not(known), left > whole if above else left < whole)


def _below_margin(guardrail: Guardrail, lines: Sequence[LineModel]) -> Term:
    net: Term = z3.IntVal(0)
    margin: Term = z3.IntVal(0)
    unknown = []
    for line in lines:
        inside = line.covered(guardrail.scope)
        left = line.total - line.seen_off
        net += z3.If(inside, left, 0)
        margin += z3.If(inside, left - line.cost * line.pieces + line.refund, 0)
        unknown.append(z3.And(inside, z3.Not(line.cost_known)))
    return z3.Or(*unknown, margin * BP_ONE < net * (guardrail.bp or 0))


def _above_cap(
    guardrail: Guardrail, lines: Sequence[LineModel], untouched: Sequence[LineModel]
) -> Term:
    inside = [(line, line.covered(guardrail.scope)) for line in lines]
    others = [(line, line.covered(guardrail.scope)) for line in untouched]
    taken = z3.Sum([z3.If(covered, line.seen_off, 0) for line, covered in [*inside, *others]])
    listed = z3.Sum([z3.If(covered, line.total, 0) for line, covered in [*inside, *others]])
    above = [FALSE]
    if guardrail.amount is not None:
        above.append(taken > guardrail.amount)
    if guardrail.bp is not None:
        above.append(taken * BP_ONE > listed * guardrail.bp)
    return z3.Or(above)


class _Reading:
    """Reads a formula as a term, in minor units of money for one piece of *line*."""

    def __init__(self, line: LineModel, claimed_bp: int, ruleset: Ruleset) -> None:
        self._line = line
        self._claimed = claimed_bp
        self._ruleset = ruleset
        self._minor = Decimal(10) ** MINOR_DIGITS[ruleset.currency]

    def number(self, name: str) -> Number | None:
        """The fact *name* of the line; None for the share that is claimed."""
        fact = self._line.facts.get(name)
        return fact if isinstance(fact, Number) else None

    def minor(self, formula: Formula) -> Term:
        """Its value."""
        return self._value(formula) * _real(self._minor)

    def of_all_pieces(self, formula: Formula) -> Term | None:
        """Its value times the pieces, written without that product; None when it needs one."""
        value = self._times(formula)
        return None if value is None else value * _real(self._minor)

    def _value(self, formula: Formula) -> Term:
        if isinstance(formula, Constant):
            return _real(formula.value)
        if isinstance(formula, FactRef):
            return self._fact(formula.name)
        return _apply(formula.op, self._value(formula.left), self._value(formula.right))

    def _fact(self, name: str) -> Term:
        fact = self.number(name)
        if name == DEPTH_SHARE or fact is None:
            return z3.RealVal(Fraction(self._claimed, BP_ONE))
        return z3.ToReal(fact.term) * _real(Decimal(1).scaleb(-self._places(name)))

    def _places(self, name: str) -> int:
        if name == "line.quantity":
            return 0
        spec = self._ruleset.facts.get(name)
        if spec is None or spec.type is FactType.MONEY:
            return MINOR_DIGITS[self._ruleset.currency]
        return spec.places

    def _times(self, formula: Formula) -> Term | None:
        if isinstance(formula, Constant):
            return _real(formula.value) * z3.ToReal(self._line.pieces)
        if isinstance(formula, FactRef):
            return self._fact_times(formula.name)
        if formula.op == "*":
            return self._scaled(formula.left, formula.right)
        left, right = self._times(formula.left), self._times(formula.right)
        return None if left is None or right is None else _apply(formula.op, left, right)

    def _scaled(self, left: Formula, right: Formula) -> Term | None:
        for number, other in ((left, right), (right, left)):
            fixed = self._fixed(number)
            times = self._times(other) if fixed is not None else None
            if fixed is not None and times is not None:
                return fixed * times
        return None

    def _fixed(self, formula: Formula) -> Term | None:
        """The value of a formula that reads no fact of the line; None for others."""
        reads = set(formula_facts(formula)) - {DEPTH_SHARE}
        return None if reads else self._value(formula)

    def _fact_times(self, name: str) -> Term | None:
        if name == "line.quantity":
            return None
        scale = _real(Decimal(1).scaleb(-self._places(name)))
        if name == "line.list_price":
            return z3.ToReal(self._line.total) * scale
        fact = self.number(name)
        if fact is None:
            return _real(Decimal(self._claimed).scaleb(-4)) * z3.ToReal(self._line.pieces)
        return z3.ToReal(self._line.together(name, fact.term)) * scale


def _apply(op: str, left: Term, right: Term) -> Term:
    if op in {"min", "max"}:
        first = left <= right if op == "min" else left >= right
        return z3.If(first, left, right)
    operations: Mapping[str, Any] = {"+": left + right, "-": left - right}
    return left * right if op == "*" else operations[op]


def _real(value: Decimal) -> Term:
    return z3.RealVal(str(value))
