"""Conditions over facts with three truth values: a missing fact makes a comparison unknown.

A condition is a tree of comparisons under `All` and `AnyOf`; negation is pushed into the
comparisons when rules are compiled, which is exact because every comparison has an opposite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final

from sconto.domain.context import Facts, FactValue


class Op(StrEnum):
    """A comparison of a fact (left) with a constant (right)."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


OPPOSITE: Final[Mapping[Op, Op]] = {
    Op.EQ: Op.NE, Op.NE: Op.EQ, Op.LT: Op.GE, Op.GE: Op.LT, Op.GT: Op.LE, Op.LE: Op.GT,
}  # fmt: skip

COMPARE: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {
    Op.EQ: operator.eq, Op.NE: operator.ne, Op.LT: operator.lt,
    Op.LE: operator.le, Op.GT: operator.gt, Op.GE: operator.ge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """`fact op value`; the value has the fact's declared type."""

    fact: str
    op: Op
    value: FactValue
    holds: Callable[[Any, Any], bool] = field(init=False, repr=False, compare=False)
    """The comparison itself; looked up once, because it is made millions of times."""

    def __post_init__(self) -> None:
        """Look the comparison up."""
        object.__setattr__(self, "holds", COMPARE[self.op])


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; with no part it is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is; with no part it is false."""

    parts: tuple[Condition, ...]


Condition = Comparison | All | AnyOf


class Truth(Enum):
    """Kleene's three truth values."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


def negate(condition: Condition) -> Condition:
    """The condition that is true exactly when *condition* is false, and unknown when it is."""
    match condition:
        case Comparison(fact, op, value):
            return Comparison(fact, OPPOSITE[op], value)
        case All(parts):
            return AnyOf(tuple(negate(part) for part in parts))
        case AnyOf(parts):
            return All(tuple(negate(part) for part in parts))


def evaluate(condition: Condition, facts: Facts) -> Truth:
    """The truth of *condition* over *facts*, by Kleene's strong logic of indeterminacy."""
    if isinstance(condition, Comparison):
        observed = facts.get(condition.fact)
        if observed is None:
            return Truth.UNKNOWN
        return Truth.TRUE if condition.holds(observed, condition.value) else Truth.FALSE
    # One part settles it: a false one for `All`, a true one for `AnyOf`.
    settling, otherwise = _SETTLED[type(condition)]
    for part in condition.parts:
        truth = evaluate(part, facts)
        if truth is settling:
            return truth
        if truth is Truth.UNKNOWN:
            otherwise = truth
    return otherwise


_SETTLED: Final[Mapping[type, tuple[Truth, Truth]]] = {
    All: (Truth.FALSE, Truth.TRUE),
    AnyOf: (Truth.TRUE, Truth.FALSE),
}


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison of *condition*, in the order written."""
    if isinstance(condition, Comparison):
        yield condition
        return
    for part in condition.parts:
        yield from comparisons(part)


def facts_needed(condition: Condition) -> tuple[str, ...]:
    """Names of all facts that *condition* mentions, sorted."""
    return tuple(sorted({c.fact for c in comparisons(condition)}))


def speaking(condition: Condition, facts: Facts, truth: Truth) -> tuple[Comparison, ...]:
    """The comparisons that give *condition* its value *truth*, TRUE or UNKNOWN, over *facts*.

    For a true condition these are the comparisons of every part of an `All` and of the first true
    part of an `AnyOf`; for an unknown one, the comparisons whose fact is missing. Nothing where
    UNKNOWN is not its value.
    """
    if truth is Truth.TRUE:
        return tuple(_holding(condition, facts))
    found, spoke = _settled(condition, facts)
    return spoke if found is truth else ()


def _holding(condition: Condition, facts: Facts) -> list[Comparison]:
    """The comparisons that make *condition*, which is true over *facts*, true."""
    if isinstance(condition, Comparison):
        return [condition]
    if isinstance(condition, All):
        return [c for part in condition.parts for c in _holding(part, facts)]
    true = (part for part in condition.parts if evaluate(part, facts) is Truth.TRUE)
    return _holding(next(true), facts)


def _settled(condition: Condition, facts: Facts) -> tuple[Truth, tuple[Comparison, ...]]:
    """The truth of *condition* over *facts*, and the comparisons that speak for it.

    None speak for what is false.
    """
    if isinstance(condition, Comparison):
        observed = facts.get(condition.fact)
        if observed is None:
            return Truth.UNKNOWN, (condition,)
        return (Truth.TRUE, (condition,)) if condition.holds(observed, condition.value) else _FALSE
    if isinstance(condition, All):
        return _settled_all(condition, facts)
    best: tuple[Truth, tuple[Comparison, ...]] = _FALSE
    for part in condition.parts:
        found = _settled(part, facts)
        if found[0] is Truth.TRUE:
            return found
        if best[0] is Truth.FALSE and found[0] is Truth.UNKNOWN:
            best = found
    return best


_FALSE: Final = (Truth.FALSE, ())


def _settled_all(condition: All, facts: Facts) -> tuple[Truth, tuple[Comparison, ...]]:
    true: list[Comparison] = []
    unknown: list[Comparison] = []
    least = Truth.TRUE
    for part in condition.parts:
        truth, spoke = _settled(part, facts)
        if truth is Truth.FALSE:
            return truth, ()
        if truth is Truth.UNKNOWN:
            least = truth
            unknown += spoke
        else:
            true += spoke
    return least, tuple(true if least is Truth.TRUE else unknown)
