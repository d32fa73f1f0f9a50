"""What a case decides on, typed; each part can be laid over an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from sconto.domain.context import FactValue
from sconto.domain.measured import MeasuredQuantity

COST: Final = "line.unit_cost"
"""The fact that a line's cost is."""

P = TypeVar("P", "Place", "Goods")


@dataclass(frozen=True, slots=True)
class Shopper:
    """What is known of a shopper; None for a fact says that it is not sent."""

    facts: Mapping[str, FactValue | None] = field(default_factory=dict)
    group: str | None = None

    def over(self, base: Shopper) -> Shopper:
        """Itself, with what it leaves open as in *base*."""
        return Shopper({**base.facts, **self.facts}, self.group or base.group)


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when; *instant_us* stands instead of day and hour."""

    jurisdiction: str | None = None
    channel: str | None = None
    day: str | None = None
    hour: int | None = None
    instant_us: int | None = None

    def over(self, base: Place) -> Place:
        """Itself, with what it leaves open as in *base*; a day unsets an instant and vice versa."""
        if self.instant_us is not None:
            base = replace(base, day=None, hour=None)
        elif self.day is not None or self.hour is not None:
            base = replace(base, instant_us=None)
        return _over(self, base)


@dataclass(frozen=True, slots=True)
class Goods:
    """A basket line, or what lines begin with; money in minor units."""

    product: str | None = None
    category: str | None = None
    department: str | None = None
    brand: str | None = None
    pieces: int | None = None
    measured: MeasuredQuantity | None = None
    price: int | None = None
    facts: Mapping[str, FactValue | None] = field(default_factory=dict)
    """With `line.unit_cost`; None for a fact says that it is not sent."""

    def over(self, base: Goods) -> Goods:
        """Itself, with what it leaves open as in *base*; pieces unset a measure and vice versa."""
        if self.pieces is not None or self.measured is not None:
            base = replace(base, pieces=None, measured=None)
        return replace(_over(self, base), facts={**base.facts, **self.facts})


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, so long before the decision."""

    kind: str
    ago_us: int
    amount: int


@dataclass(frozen=True, slots=True)
class StatedScores:
    """Probabilities of the outcome in ppm, by offer and depth; other steps: that of *without*."""

    without: int
    by_step: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that one combination is decided on."""

    shopper: Shopper = field(default_factory=Shopper)
    consents: Mapping[str, bool | None] = field(default_factory=dict)
    events: tuple[Happened, ...] = ()
    context: Place = field(default_factory=Place)
    basket: tuple[Goods, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
    scores: StatedScores | None = None
    offers: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def laid_over(kind: str, part: Any, base: Any) -> Any:
    """*part*, an input of *kind*, over *base*: named things are completed, lists replaced."""
    if isinstance(part, (Shopper, Place)):
        return part.over(base)
    return {**base, **part} if kind in {"consents", "used"} else part


def _over(part: P, base: P) -> P:
    stated = {f.name: getattr(part, f.name) for f in fields(part)}
    return replace(base, **{name: value for name, value in stated.items() if value is not None})
