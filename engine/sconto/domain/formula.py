"""Price formulas: exact decimal arithmetic over named facts of one line; total, so they can't fail.

There is no division: `* 0.001` says the same exactly. Amounts are major units (12.34), so that
a formula reads like the law it encodes, e.g. `0.65 * abv_percent * volume_ml * 0.001`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sconto.domain.money import EXACT

DEPTH_SHARE: Final = "candidate.depth_share"
"""What formulas read for the share that a percentage claims, e.g. 0.1; 0 for other kinds."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number as written."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class FactRef:
    """The value of a fact of the line."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`left op right`; op is one of `+ - * min max`."""

    op: str
    left: Formula
    right: Formula


Formula = Constant | FactRef | Operation


def formula_facts(formula: Formula) -> Iterator[str]:
    """Names of the facts that *formula* reads, in the order written."""
    if isinstance(formula, FactRef):
        yield formula.name
    elif isinstance(formula, Operation):
        yield from formula_facts(formula.left)
        yield from formula_facts(formula.right)


def compute(formula: Formula, facts: Mapping[str, Decimal]) -> Decimal:
    """The exact value of *formula*; every fact it reads must be in *facts*."""
    match formula:
        case Constant(value):
            return value
        case FactRef(name):
            return facts[name]
        case Operation(op, left, right):
            return _apply(op, compute(left, facts), compute(right, facts))


def _apply(op: str, left: Decimal, right: Decimal) -> Decimal:
    if op == "+":
        return EXACT.add(left, right)
    if op == "-":
        return EXACT.subtract(left, right)
    if op == "*":
        return EXACT.multiply(left, right)
    return min(left, right) if op == "min" else max(left, right)
