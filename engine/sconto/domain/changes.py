"""Changes of one fact of a request: what they are, how large, and what the request then is.

Nothing here touches what a decision may not depend on: who the shopper is, or where the sale is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Final

from sconto.domain.budget import BudgetView
from sconto.domain.context import DecisionContext, FactValue, Line, Moment
from sconto.domain.formula import formula_facts
from sconto.domain.ruleset import FactType, Ruleset


class Hand(Enum):
    """Who could bring a change about."""

    SHOPPER = "in the shopper's hand"
    TIME = "in the shopper's hand, over time"
    SHOP = "in the shop's hand"
    NOBODY = "in nobody's hand, that day is over"


class Kind(Enum):
    """Which fact a change is about, in the order in which equal steps are preferred."""

    SPEND = "spend"
    """An amount more in the basket, of goods like those of a line."""
    PIECES = "pieces"
    """Another number of pieces of a line; with none it is taken out."""
    LINES = "lines"
    """More lines in the basket, each one piece like that of a line."""
    CONSENT = "consent"
    CHANNEL = "channel"
    HOUR = "hour"
    DAY = "day"
    SIGNAL = "signal"
    SHOPPER = "shopper"
    BUDGET = "budget"
    """More left in a budget."""


HANDS: Final = {
    Kind.SPEND: Hand.SHOPPER,
    Kind.PIECES: Hand.SHOPPER,
    Kind.LINES: Hand.SHOPPER,
    Kind.CONSENT: Hand.SHOPPER,
    Kind.CHANNEL: Hand.SHOPPER,
    Kind.HOUR: Hand.SHOPPER,
    Kind.DAY: Hand.SHOPPER,
    Kind.SIGNAL: Hand.TIME,
    Kind.SHOPPER: Hand.TIME,
    Kind.BUDGET: Hand.SHOP,
}

BASKET: Final = frozenset({Kind.SPEND, Kind.PIECES, Kind.LINES})
"""Kinds that change the basket."""

_RANK: Final = {kind: place for place, kind in enumerate(Kind)}
_DAYS: Final = 365
_HOURS: Final = 24

MomentAt = Callable[[date, int], Moment]
"""The moment of a civil day and hour at the place of the sale."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is made of besides the rules: the request, and what budgets have used."""

    context: DecisionContext
    view: BudgetView


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that is otherwise. *name* is the fact, the line or the ledger key it is about.

    A day is a number like 20261123. *before* None means that it was not known.
    """

    kind: Kind
    name: str
    before: FactValue | None
    after: FactValue
    whole: int = 0
    """What a change of SPEND or BUDGET is measured by: the basket's total, or the limit."""

    @property
    def hand(self) -> Hand:
        """Who could bring it about."""
        past = self.kind is Kind.DAY and int(self.after) < int(self.before or 0)
        return Hand.NOBODY if past else HANDS[self.kind]

    @property
    def step(self) -> Fraction:
        """How large it is: 1 for what is no number; see `docs/understanding-changes.md`."""
        before, after = self.before, self.after
        if isinstance(before, bool | str | None) or isinstance(after, bool | str):
            return Fraction(1)
        match self.kind:
            case Kind.DAY:
                return Fraction(abs((_date(after) - _date(before)).days), _DAYS)
            case Kind.HOUR:
                return Fraction(abs(after - before), _HOURS)
            case Kind.SPEND:
                return Fraction(after, self.whole + after)
            case Kind.BUDGET:
                return Fraction(abs(after - before), max(self.whole, 1))
            case _:
                return Fraction(abs(after - before), max(abs(before), abs(after), 1))

    @property
    def order(self) -> tuple[Fraction, int, str, str]:
        """What changes are sorted by: the smallest step first, ties broken for good."""
        return self.step, _RANK[self.kind], self.name, f"{self.after!s:>20}"


Changes = tuple[Change, ...]


def measure(changes: Changes) -> tuple[int, Fraction, tuple[tuple[Fraction, int, str, str], ...]]:
    """How far *changes* are: the fewest facts first, then the smallest steps together."""
    steps = sum((c.step for c in changes), Fraction(0))
    return len(changes), steps, tuple(c.order for c in changes)


@dataclass(frozen=True, slots=True)
class Changer:
    """Applies changes; *priced* names the line facts that are money and follow a price."""

    moment_at: MomentAt
    priced: frozenset[str] = frozenset()

    def apply(self, changes: Changes, situation: Situation) -> Situation:
        """*situation* with *changes* made, one after the other."""
        for change in changes:
            situation = self._one(change, situation)
        return situation

    def _one(self, change: Change, situation: Situation) -> Situation:
        context, value = situation.context, change.after
        match change.kind:
            case Kind.BUDGET:
                return replace(situation, view={**situation.view, change.name: int(value)})
            case Kind.CONSENT:
                name = change.name.removeprefix("consent.")
                changed = replace(context, consents={**context.consents, name: bool(value)})
            case Kind.SHOPPER:
                changed = replace(context, shopper={**context.shopper, change.name: value})
            case Kind.SIGNAL:
                changed = replace(context, signals={**context.signals, change.name: value})
            case Kind.CHANNEL:
                changed = replace(context, channel=str(value))
            case Kind.DAY:
                moment = self.moment_at(_date(int(value)), context.moment.hour)
                changed = replace(context, moment=moment)
            case Kind.HOUR:
                moment = self.moment_at(context.moment.local_date, int(value))
                changed = replace(context, moment=moment)
            case Kind.SPEND | Kind.PIECES | Kind.LINES:
                changed = replace(context, lines=self._lines(change, int(value), context.lines))
        return replace(situation, context=changed)

    def _lines(self, change: Change, value: int, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """The lines of a changed basket, in their order."""
        like = next(line for line in lines if line.line_id == change.name)
        if change.kind is Kind.PIECES:
            return tuple(
                replace(line, quantity=value) if line is like else line
                for line in lines
                if line is not like or value
            )
        if change.kind is Kind.LINES:
            added = [replace(like, quantity=1)] * (value - int(change.before or 0))
        else:
            added = [like_line(like, value, self.priced)]
        taken = {line.line_id for line in lines}
        for line in added:
            name = f"{like.line_id}+"
            while name in taken:
                name += "+"
            taken.add(name)
            lines = (*lines, replace(line, line_id=name))
        return tuple(sorted(lines, key=lambda line: line.line_id))


def priced_facts(ruleset: Ruleset) -> frozenset[str]:
    """The line facts of *ruleset* that are money and that formulas read: they follow a price."""
    formulas = (g.formula for g in ruleset.guardrails if g.formula is not None)
    return frozenset(
        fact
        for formula in formulas
        for fact in formula_facts(formula)
        if fact in ruleset.facts and ruleset.facts[fact].type is FactType.MONEY
    )


def like_line(line: Line, price: int, priced: frozenset[str]) -> Line:
    """A line of one piece at *price* like *line*: what it costs, and its prices, in proportion.

    Rounded up, so that nothing is cheaper to buy than it was.
    """

    def share(amount: int) -> int:
        return -(-amount * price // line.list_price)

    facts = {n: share(int(v)) if n in priced else v for n, v in line.facts.items()}
    cost = None if line.unit_cost is None else share(line.unit_cost)
    return replace(line, quantity=1, measured=None, list_price=price, unit_cost=cost, facts=facts)


def day_number(day: date) -> int:
    """*day* like 20261123."""
    return day.year * 10_000 + day.month * 100 + day.day


def _date(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
