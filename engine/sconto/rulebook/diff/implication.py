"""Whether one condition holds wherever another does, decided over facts that are all known.

A condition is a tree of comparisons with constants, so that a contradiction can only arise within
one fact: intervals and sets of values decide exactly. The search is bounded; beyond that it says
that it can't tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, negate
from sconto.domain.context import FactValue
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import FactType, Ruleset

MOST_STEPS: Final = 50_000
"""Steps of one search before it gives up; the conditions of the starter rulebooks need tens."""

_LEAST: Final = {"context.month": 1, "basket.": 0, "signal.": 0, "candidate.": 0, "context.": 0}
_MOST: Final = {
    "context.month": 12,
    "context.weekday": 6,
    "context.hour": 23,
    "candidate.depth_bp": 10_000,
}


class Relation(Enum):
    """How the cases in which a condition holds have changed."""

    SAME = "the same"
    WIDER = "more"
    NARROWER = "fewer"
    OTHER = "others"
    UNKNOWN = "can't be told"


@dataclass(frozen=True, slots=True)
class Compared:
    """A relation, with a case that came in and one that went out, where there are such."""

    relation: Relation
    came: Mapping[str, FactValue] | None = None
    went: Mapping[str, FactValue] | None = None


class _TooMany(Exception):
    """The search was cut short."""


@dataclass(frozen=True, slots=True)
class _Room:
    """The values that a fact may still have; *values* None leaves the interval."""

    values: frozenset[FactValue] | None = None
    low: int | None = None
    high: int | None = None
    without: frozenset[FactValue] = frozenset()

    def narrowed(self, op: Op, value: FactValue) -> _Room:
        """What is left of it once the comparison holds."""
        if op is Op.EQ:
            return replace(self, values=frozenset({value}) if self.holds(value) else frozenset())
        if op is Op.NE:
            return replace(self, without=self.without | {value})
        number = int(value)
        if op in {Op.GE, Op.GT}:
            least = number + (op is Op.GT)
            return replace(self, low=least if self.low is None else max(self.low, least))
        most = number - (op is Op.LT)
        return replace(self, high=most if self.high is None else min(self.high, most))

    def holds(self, value: FactValue) -> bool:
        """Whether *value* is in it."""
        if value in self.without or (self.values is not None and value not in self.values):
            return False
        if isinstance(value, str):
            return True
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high)

    def example(self) -> FactValue | None:
        """The smallest value in it, or the nearest to zero; None when it is empty."""
        if self.values is not None:
            return min((v for v in self.values if self.holds(v)), key=str, default=None)
        if any(isinstance(v, str) for v in self.without):
            return "another"
        start = self.low if self.low is not None else min(self.high or 0, 0)
        step = -1 if self.low is None and self.high is not None and self.high <= 0 else 1
        tried = range(start, start + step * (len(self.without) + 2), step)
        return next((v for v in tried if self.holds(v)), None)


def compare(before: Condition, after: Condition, ruleset: Ruleset) -> Compared:
    """How the cases in which *after* holds differ from those in which *before* does."""
    start = _Domains(ruleset)
    try:
        came = start.case(All((after, negate(before))))
        went = start.case(All((before, negate(after))))
    except _TooMany:
        return Compared(Relation.UNKNOWN)
    if came is None and went is None:
        return Compared(Relation.SAME)
    if went is None:
        return Compared(Relation.WIDER, came)
    if came is None:
        return Compared(Relation.NARROWER, None, went)
    return Compared(Relation.OTHER, came, went)


class _Domains:
    """What every fact of one ruleset may be, before anything is known."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._values: dict[str, frozenset[FactValue]] = {
            "context.channel": frozenset(ruleset.channels),
            "context.jurisdiction": frozenset(ruleset.zones),
            "offer.id": frozenset(o.id for o in ruleset.offers),
            "offer.kind": frozenset(kind.value for kind in OfferKind),
            "offer.lane": frozenset(lane.id for lane in ruleset.lanes),
        }
        for name, spec in ruleset.facts.items():
            if spec.type is FactType.TEXT and spec.values:
                self._values[name] = frozenset(spec.values)
        self._steps = 0

    def case(self, condition: Condition) -> Mapping[str, FactValue] | None:
        """A case in which *condition* holds; None when there is none."""
        self._steps = 0
        rooms = self._search([condition], {})
        if rooms is None:
            return None
        return {fact: v for fact, r in sorted(rooms.items()) if (v := r.example()) is not None}

    def _search(
        self, waiting: list[Condition], rooms: Mapping[str, _Room]
    ) -> Mapping[str, _Room] | None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMany
        if not waiting:
            return rooms
        first, *rest = waiting
        match first:
            case Comparison(fact, op, value):
                room = rooms.get(fact) or self._room(fact, value)
                left = room.narrowed(op, value)
                return None if left.example() is None else self._search(rest, {**rooms, fact: left})
            case All(parts):
                return self._search([*_simple_first(parts), *rest], rooms)
            case AnyOf(parts):
                found = (self._search([part, *rest], rooms) for part in parts)
                return next((rooms for rooms in found if rooms is not None), None)

    def _room(self, fact: str, value: FactValue) -> _Room:
        if fact in self._values:
            return _Room(self._values[fact] | {value})
        if isinstance(value, bool):
            return _Room(frozenset({True, False}))
        if isinstance(value, str):
            return _Room()
        least = next((n for prefix, n in _LEAST.items() if fact.startswith(prefix)), None)
        return _Room(None, least, _MOST.get(fact))


def _simple_first(parts: tuple[Condition, ...]) -> list[Condition]:
    """Comparisons before everything that branches: contradictions show at once."""
    return sorted(parts, key=lambda part: isinstance(part, AnyOf))
