"""Facts as terms of the solver, each with its truth under every comparison, unknown included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

import z3

from sconto.domain.condition import COMPARE, All, AnyOf, Condition, Op, fold
from sconto.domain.context import FactValue
from sconto.domain.money import BP_ONE
from sconto.rulebook.lint.solver import Term

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2200, 1, 1)
"""The days that a request can have."""


@dataclass(frozen=True, slots=True)
class Truths:
    """When something is true, and when it is false; it is unknown when it is neither."""

    true: Term
    false: Term


class Fact(Protocol):
    """A fact of the solver's request."""

    def compare(self, op: Op, value: FactValue) -> Truths:
        """The truth of `fact op value`."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fact with one value."""

    value: FactValue

    def compare(self, op: Op, value: FactValue) -> Truths:
        """Decided at once."""
        holds = COMPARE[op](self.value, value)
        return Truths(z3.BoolVal(holds), z3.BoolVal(not holds))


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or true or false as 1 or 0, that may be missing."""

    term: Term
    known: Term

    def compare(self, op: Op, value: FactValue) -> Truths:
        """As the numbers compare, if it is known."""
        return _if_known(COMPARE[op](self.term, int(value)), self.known)


@dataclass(frozen=True, slots=True)
class Text:
    """A text: the number of one of *texts*, or the next number for any other text."""

    term: Term
    known: Term
    texts: Mapping[str, int]

    def compare(self, op: Op, value: FactValue) -> Truths:
        """Equal when it is that very text."""
        number = self.texts.get(str(value))
        same = z3.BoolVal(False) if number is None else self.term == number
        return _if_known(same if op is Op.EQ else z3.Not(same), self.known)


@dataclass(frozen=True, slots=True)
class Day:
    """A civil day, compared as a number like 20260131; the term counts days."""

    term: Term

    def compare(self, op: Op, value: FactValue) -> Truths:
        """Exact for every day that the calendar has."""
        at, after = _ordinal(int(value)), _ordinal(int(value) + 1)
        since, later = self.term >= at, self.term >= after
        holds = {
            Op.GE: since, Op.GT: later, Op.LT: z3.Not(since), Op.LE: z3.Not(later),
            Op.EQ: z3.And(since, z3.Not(later)), Op.NE: z3.Or(z3.Not(since), later),
        }[op]  # fmt: skip
        return Truths(holds, z3.Not(holds))


@dataclass(frozen=True, slots=True)
class Share:
    """*part* of *whole* in basis points, rounded up, as `candidate.depth_bp` is."""

    part: Term
    whole: Term

    def compare(self, op: Op, value: FactValue) -> Truths:
        """Without dividing: the share is above n exactly when the rounded one is above n."""
        more = self.part * BP_ONE > int(value) * self.whole
        from_on = self.part * BP_ONE > (int(value) - 1) * self.whole
        holds = {
            Op.GT: more, Op.LE: z3.Not(more), Op.GE: from_on, Op.LT: z3.Not(from_on),
            Op.EQ: z3.And(from_on, z3.Not(more)), Op.NE: z3.Or(z3.Not(from_on), more),
        }[op]  # fmt: skip
        return Truths(holds, z3.Not(holds))


@dataclass(frozen=True, slots=True)
class Derived:
    """True or false as something else is: a segment, or whether a rule is about a line."""

    truths: Truths

    def compare(self, op: Op, value: FactValue) -> Truths:
        """The same, or the opposite."""
        same = (op is Op.EQ) == bool(value)
        return self.truths if same else Truths(self.truths.false, self.truths.true)


Facts = Mapping[str, Fact]


def truths(condition: Condition, facts: Facts) -> Truths:
    """The truth of *condition* over *facts*, by Kleene's logic as `evaluate` has it."""
    return fold(condition, lambda c: facts[c.fact].compare(c.op, c.value), joined)


def joined(group: type[All | AnyOf], parts: Sequence[Truths]) -> Truths:
    """The truth of a group, given that of its parts."""
    true, false = [t.true for t in parts], [t.false for t in parts]
    if group is All:
        return Truths(z3.And(true), z3.Or(false))
    return Truths(z3.Or(true), z3.And(false))


def _if_known(holds: Term, known: Term) -> Truths:
    return Truths(z3.And(known, holds), z3.And(known, z3.Not(holds)))


def _ordinal(number: int) -> int:
    """The first day whose number, like 20260131, is *number* or more."""
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    if year < FIRST_DAY.year:
        return FIRST_DAY.toordinal()
    if year > LAST_DAY.year:
        return LAST_DAY.toordinal() + 1
    if month > 12:  # noqa: PLR2004 - months of a year
        return date(year + 1, 1, 1).toordinal()
    first = date(year, max(month, 1), 1)
    following = (first + timedelta(days=32)).replace(day=1)
    wanted = first.toordinal() + (max(day, 1) - 1 if month else 0)
    return min(wanted, following.toordinal())
