"""The changes of one fact that are worth trying in a situation: they come from the rules alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from math import lcm
from operator import or_
from typing import Final

from sconto.domain.budget import Draw
from sconto.domain.changes import Change, Kind, Situation, day_number
from sconto.domain.context import FactValue, Line
from sconto.domain.facts import request_facts
from sconto.domain.money import MAX_MINOR
from sconto.domain.offer import Offer
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.thresholds import Thresholds

MOST_PIECES: Final = 12
"""So many pieces more, or fewer, of a line are tried one by one."""
MOST_QUANTITY: Final = 9_999
"""Pieces that a line can have."""
MOST_LINES: Final = 12
"""Lines of a basket that changes are made to: the first of each kind, in their order."""
_WEEK: Final = 7
_HOURS: Final = 24
_MONTHS: Final = 12
_SIXTEENTHS: Final = (1, 2, 4, 8, 16, 32, 64)
"""Parts of the basket's total that are tried as an amount more, beside the rules' own amounts."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Lists changes for one ruleset; *changeable* refuses facts that no decision may hang on."""

    ruleset: Ruleset
    thresholds: Thresholds
    changeable: Callable[[str], bool]
    _read: dict[int, frozenset[str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """What `read_about` found, by the rules it is about, as bits."""

    def of_facts(self, situation: Situation, offers: tuple[Offer, ...]) -> list[Change]:
        """Changes of facts of the request that rules about *offers* read; not of the basket."""
        facts = request_facts(situation.context, ())
        found: list[Change] = []
        for fact, values in self._compared(facts, self.read_about(offers)):
            spec = self.ruleset.facts.get(fact)
            if spec and spec.changeable and self.changeable(fact):
                found += _values(Kind.SHOPPER, fact, facts.get(fact), _nearby(spec, values))
            elif fact.startswith("signal."):
                near = {v for v in _with_neighbours(values) if v >= 0}
                found += _values(Kind.SIGNAL, fact, facts.get(fact, 0), near)
            elif fact.startswith("consent.") and self.changeable(fact):
                found += _values(Kind.CONSENT, fact, facts.get(fact), {True, False})
        if "context.channel" in self.read_about(offers):
            channels = self.ruleset.channels
            found += _values(Kind.CHANNEL, "context.channel", situation.context.channel, channels)
        found += self._times(situation, offers)
        return found

    def _compared(
        self, facts: Mapping[str, FactValue], read: frozenset[str]
    ) -> Iterator[tuple[str, Iterable[FactValue]]]:
        """Each fact in *read* with the values that it is compared with.

        Where its remainders are compared, the multiples next to those values and to what it is now
        belong to them.
        """
        values = {fact: set(v) for fact, v in self.thresholds.values.items() if fact in read}
        divisors: dict[str, list[int]] = {}
        for remainder in self.ruleset.remainders:
            divisors.setdefault(remainder.fact, []).append(remainder.divisor)
        for fact in read.intersection(divisors):
            near = {int(v) for v in (*values.get(fact, ()), facts.get(fact, 0))}
            for divisor in {*divisors[fact], lcm(*divisors[fact])}:
                multiples = {v - v % divisor + d for v in near for d in (0, divisor)}
                values.setdefault(fact, set()).update(multiples)
        yield from values.items()

    def read_about(self, offers: Iterable[Offer]) -> frozenset[str]:
        """The facts that some rule about one of *offers* hangs on."""
        about = reduce(or_, [self.ruleset.rules_by_offer[offer.id] for offer in offers], 0)
        read = self._read.get(about)
        if read is None:
            bits, of_rule = self.ruleset.rule_bits, self.thresholds.of_rule
            facts = (of_rule[rule.id] for rule in self.ruleset.rules if bits[rule.id] & about)
            read = self._read[about] = frozenset().union(*facts)
        return read

    def _times(self, situation: Situation, offers: tuple[Offer, ...]) -> Iterator[Change]:
        values, moment = self.thresholds.values, situation.context.moment
        paced = {b for o in offers for b in o.budgets if self._paced(b)}
        hours = {h for h in _with_neighbours(values.get("context.hour", ())) if 0 <= h < _HOURS}
        hours |= set(range(moment.hour + 1, _HOURS)) if paced else set()
        yield from _values(Kind.HOUR, "context.hour", moment.hour, hours)
        days = {_day(v) for v in values.get("context.day", ()) if isinstance(v, int)}
        days |= {d for o in offers for d in (o.validity.valid_from, o.validity.valid_to)}
        days |= {day - timedelta(days=1) for day in days if day > date.min}
        if "context.weekday" in values or paced:
            near = range(-_WEEK + 1, _WEEK)
            days |= {moment.local_date + timedelta(days=n) for n in near if n > 0 or not paced}
        if "context.month" in values:
            days |= _edges_of_months(moment.local_date)
        numbers = {day_number(day) for day in days}
        yield from _values(Kind.DAY, "context.day", day_number(moment.local_date), numbers)

    def _paced(self, budget_id: str) -> bool:
        return self.ruleset.budgets[budget_id].ahead_bp is not None

    def of_pieces(self, situation: Situation, offers: tuple[Offer, ...]) -> list[Change]:
        """Changes of how many pieces, or lines, there are; *offers* are asked about."""
        lines = situation.context.lines
        found: list[Change] = []
        for line in self._advisable(lines):
            numbers = {0} if len(lines) > 1 else set()
            if line.measured is None:
                near = range(line.quantity - MOST_PIECES, line.quantity + MOST_PIECES + 1)
                numbers |= {q for q in near if q > 0}
            if line.list_price and line.measured is None and _counts(offers, line):
                amounts = self._amounts(situation, offers)
                more = {line.quantity - -n // line.list_price for n in amounts}
                numbers |= {n for n in more if n <= MOST_QUANTITY}
            found += _values(Kind.PIECES, line.line_id, line.quantity, numbers)
            count = len(lines)
            more = _with_neighbours(self.thresholds.values.get("basket.lines", ()))
            wanted = {n for n in more if count < n <= count + MOST_PIECES}
            found += _values(Kind.LINES, line.line_id, count, wanted)
        return found

    def spends(self, situation: Situation, offers: tuple[Offer, ...]) -> list[tuple[Change, ...]]:
        """Amounts more of goods like each line, ascending: between two of them nothing is known.

        Not of goods of which one of *offers* counts the pieces: the amount would be a piece.
        """
        usable, total = self._amounts(situation, offers), situation.context.list_total
        return [
            tuple(Change(Kind.SPEND, line.line_id, 0, n, total) for n in usable)
            for line in self._advisable(situation.context.lines)
            if line.list_price and not _counts(offers, line)
        ]

    def _advisable(self, lines: Iterable[Line]) -> list[Line]:
        """The first line of each kind of goods; none of credit: nobody is advised to borrow."""
        return [] if self.ruleset.sells_credit else _different(lines)

    def _amounts(self, situation: Situation, offers: Iterable[Offer]) -> list[int]:
        """Amounts more that may matter, minor units, ascending."""
        context = situation.context
        total = context.list_total
        amounts = {
            n - total for n in _with_neighbours(self.thresholds.values.get("basket.list_total", ()))
        }
        amounts |= {total * n // 16 for n in _SIXTEENTHS}
        for offer in offers:
            covered = sum(line.list_total for line in context.lines if offer.scope.covers(line))
            amounts |= {offer.minimum_spend - covered, *(t - covered for t in offer.tiers)}
        return sorted(n for n in amounts if 0 < n <= MAX_MINOR - total)


def _counts(offers: Iterable[Offer], line: Line) -> bool:
    """Whether one of *offers* counts the pieces of *line*."""
    return any(scope.covers(line) for offer in offers for scope in offer.counted)


def freed(draws: Iterable[Draw], situation: Situation) -> Iterator[Change]:
    """What must be left in budgets for *draws* to be covered, where they are not."""
    for draw in draws:
        used = situation.view.get(draw.key, 0)
        left = (draw.limit if draw.pace is None else min(draw.limit, draw.pace)) - draw.amount
        if 0 <= left < used:
            yield Change(Kind.BUDGET, draw.key, used, left, draw.limit)


def _different(lines: Iterable[Line]) -> list[Line]:
    """The first line of each kind of goods."""
    kinds: dict[tuple[str, ...], Line] = {}
    for line in lines:
        kinds.setdefault((line.department, line.category, line.brand, line.product_id), line)
    return list(kinds.values())[:MOST_LINES]


def _values(
    kind: Kind, name: str, before: FactValue | None, values: Iterable[FactValue]
) -> list[Change]:
    return [Change(kind, name, before, value) for value in values if value != before]


def _nearby(spec: FactSpec, values: Iterable[FactValue]) -> Iterable[FactValue]:
    if spec.type is FactType.BOOLEAN:
        return (True, False)
    if spec.type is FactType.TEXT:
        return spec.values or frozenset(values)
    lowest = min((v for v in values if isinstance(v, int)), default=0)
    return {v for v in _with_neighbours(values) if v >= min(lowest, 0)}


def _with_neighbours(values: Iterable[FactValue]) -> set[int]:
    """Every number of *values*, and those next to it."""
    numbers = {v for v in values if isinstance(v, int) and not isinstance(v, bool)}
    return {v + d for v in numbers for d in (-1, 0, 1)}


def _edges_of_months(day: date) -> set[date]:
    """The first days of the months after *day*, and the last days of those before, of a year."""
    found, this = set(), day.year * _MONTHS + day.month - 1
    for number in range(this - _MONTHS + 2, this + _MONTHS + 1):
        year, month = divmod(number, _MONTHS)
        if date.min.year < year <= date.max.year:
            first = date(year, month + 1, 1)
            found.add(first if number > this else first - timedelta(days=1))
    return found


def _day(number: int) -> date:
    return date(number // 10_000, number // 100 % 100, number % 100)
