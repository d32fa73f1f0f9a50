"""Conditions over facts with three truth values: a missing fact makes a comparison unknown.

A condition is a tree of comparisons under `All` and `AnyOf`; negation is pushed into the
comparisons when rules are compiled, which is exact because every comparison has an opposite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from itertools import chain
from typing import Any, Final, NamedTuple, TypeVar

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


class Remainder(NamedTuple):
    """A derived fact: what is left of the integer *fact* after division by *divisor*.

    Rules compare it with 0 to ask for every n-th; a judge compares, and never divides.
    """

    fact: str
    divisor: int

    @property
    def name(self) -> str:
        """What the derived fact is called: no declared fact has a space in its name."""
        return f"{self.fact}{_MOD}{self.divisor}"


_MOD: Final = " mod "


def whole_of(fact: str) -> str:
    """The fact that *fact* is a remainder of, or itself."""
    return fact.partition(_MOD)[0]


def remainders_in(facts: Iterable[str]) -> tuple[Remainder, ...]:
    """The derived facts among *facts*, sorted."""
    parted = (name.partition(_MOD) for name in sorted(set(facts)))
    return tuple([Remainder(fact, int(divisor)) for fact, mod, divisor in parted if mod])


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; with no part it is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is; with no part it is false."""

    parts: tuple[Condition, ...]


Condition = Comparison | All | AnyOf

Result = TypeVar("Result")


class Truth(Enum):
    """Kleene's three truth values."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


def fold(
    condition: Condition,
    comparison: Callable[[Comparison], Result],
    group: Callable[[type[All | AnyOf], list[Result]], Result],
) -> Result:
    """Reduce *condition* from its comparisons upward.

    *comparison* gives the result of each comparison; *group* that of a group, from its type and the
    results of its parts in the order written.
    """
    if isinstance(condition, Comparison):
        return comparison(condition)
    parts = [fold(part, comparison, group) for part in condition.parts]
    return group(type(condition), parts)


def negate(condition: Condition) -> Condition:
    """The condition that is true exactly when *condition* is false, and unknown when it is."""
    return fold(
        condition,
        lambda c: Comparison(c.fact, OPPOSITE[c.op], c.value),
        lambda group, parts: AnyOf(tuple(parts)) if group is All else All(tuple(parts)),
    )


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


def comparisons(condition: Condition) -> tuple[Comparison, ...]:
    """Every comparison of *condition*, in the order written."""
    return fold(condition, lambda c: (c,), lambda _, parts: tuple(chain.from_iterable(parts)))


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts of *condition* that must all be true, none of them a conjunction."""
    if not isinstance(condition, All):
        return (condition,)
    return tuple(chain.from_iterable(conjuncts(part) for part in condition.parts))


def conjunction_of(condition: Condition) -> tuple[Comparison, ...] | None:
    """The comparisons of *condition* where it is true exactly if all of them are; else None."""
    if isinstance(condition, Comparison):
        return (condition,)
    if isinstance(condition, AnyOf):
        return None
    parts = [conjunction_of(part) for part in condition.parts]
    return None if None in parts else tuple([c for part in parts for c in part or ()])


def facts_needed(condition: Condition) -> tuple[str, ...]:
    """Names of all facts that *condition* mentions, sorted."""
    return tuple(sorted({c.fact for c in comparisons(condition)}))


def speaking(condition: Condition, facts: Facts, truth: Truth) -> tuple[Comparison, ...]:
    """The comparisons that give *condition* its value *truth*, TRUE or UNKNOWN, over *facts*.

    For a true condition these are the comparisons of every part of an `All` and of the first true
    part of an `AnyOf`; for an unknown one, the comparisons whose fact is missing. Nothing where
    UNKNOWN is not its value.
    """
    if truth is Truth.UNKNOWN and evaluate(condition, facts) is not truth:
        return ()
    return tuple(_deciding(condition, facts, truth))


def _deciding(condition: Condition, facts: Facts, truth: Truth) -> list[Comparison]:
    """The comparisons that give *condition* its value *truth*, which it has."""
    if isinstance(condition, Comparison):
        return [condition]
    having = (part for part in condition.parts if evaluate(part, facts) is truth)
    if isinstance(condition, AnyOf):
        return _deciding(next(having), facts, truth)
    # Every part of a true `All` is true.
    parts = condition.parts if truth is Truth.TRUE else having
    return [c for part in parts for c in _deciding(part, facts, truth)]
