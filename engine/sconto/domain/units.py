"""Facts in the units of those who own the rules: money as money, shares as per cent, days as dates.

Inside, money is minor units, a share is basis points and a day is a number like 20261123.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sconto.domain.context import FactValue
from sconto.domain.facts import CANDIDATE_FACTS, LINE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.money import format_minor
from sconto.domain.offer import IN_BASIS_POINTS, OfferKind
from sconto.domain.ruleset import FactSpec, FactType, Ruleset

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_MEASURED: Final = {
    "line.unit_cost": FactType.MONEY,
    "line.net_total": FactType.MONEY,
    "candidate.margin": FactType.MONEY,
}
"""Facts that guardrails measure, besides those that rules may name."""

_BUILT_IN: Final[Mapping[str, FactSpec]] = {
    name: FactSpec(name, kind)
    for name, kind in {**REQUEST_FACTS, **CANDIDATE_FACTS, **LINE_FACTS, **_MEASURED}.items()
}

_LIMITS: Final = {
    ("line.net_total", ">="): "floor",
    ("line.net_total", "<="): "ceiling",
    ("candidate.margin", ">="): "floor",
    ("candidate.total_discount", "<="): "cap",
}
"""What the threshold of a measured fact is called."""

COMPARED: Final = {"!=": "not", "<": "below", "<=": "at most", ">": "above", ">=": "at least"}
"""How a comparison reads after the word `is` or `was`."""

_SHARES: Final = "_bp"

_IN_SHARES: Final = {
    OfferKind.PERCENT: "{}",
    OfferKind.BUY_X_GET_Y: "{} off the pieces given away",
    OfferKind.FREE_SHIPPING: "{} off shipping",
}

_IN_MONEY: Final = {
    OfferKind.AMOUNT: "{}",
    OfferKind.BUNDLE: "{} a bundle",
    OfferKind.SPEND_TIERS: "a spend of {}",
}


def percent(bp: int) -> str:
    """Basis points for people, e.g. `15 %` or `2.5 %`."""
    whole = f"{Decimal(bp).scaleb(-2):f}"
    return f"{whole.rstrip('0').rstrip('.') if '.' in whole else whole} %"


def civil(day: int) -> str:
    """A day like 20261123 as `2026-11-23`."""
    text = f"{day:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


_SHOWN: Final[Mapping[str, Callable[[int], str]]] = {
    "context.day": civil,
    "context.hour": lambda hour: f"{hour:02d}:00",
    "context.month": lambda month: MONTHS[(month - 1) % len(MONTHS)],
    "context.weekday": lambda day: WEEKDAYS[day % len(WEEKDAYS)],
}


@dataclass(frozen=True, slots=True)
class Units:
    """Shows the facts of one ruleset."""

    currency: str
    types: Mapping[str, FactSpec]

    def money(self, minor: int) -> str:
        """*minor* units as money."""
        return format_minor(minor, self.currency)

    def depth(self, kind: OfferKind, depth: int) -> str:
        """How deep a candidate of an offer of *kind* is."""
        if kind in IN_BASIS_POINTS:
            return _IN_SHARES[kind].format(percent(depth))
        return _IN_MONEY[kind].format(self.money(depth))

    def shown(self, fact: str, value: FactValue | None) -> str:
        """*value* of *fact* as its owner would say it."""
        if value is None:
            return "not known"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return value
        return self._number(fact, value)

    def is_money(self, fact: str) -> bool:
        """Whether *fact* is an amount of money."""
        return self._spec(fact).type is FactType.MONEY

    def _number(self, fact: str, value: int) -> str:
        spec = self._spec(fact)
        if spec.type is FactType.MONEY:
            return self.money(value)
        if spec.type is FactType.DECIMAL:
            return f"{Decimal(value).scaleb(-spec.places):f}"
        if fact.endswith(_SHARES):
            return percent(value)
        return _SHOWN[fact](value) if fact in _SHOWN else str(value)

    def _spec(self, fact: str) -> FactSpec:
        return self.types.get(fact, FactSpec(fact, FactType.INTEGER))


def clause_text(
    units: Units, fact: str, op: str, threshold: FactValue, observed: FactValue | None
) -> str:
    """A comparison that decided, with what was compared."""
    if observed is None:
        return f"{fact} was not known"
    was, limit = units.shown(fact, observed), units.shown(fact, threshold)
    if (fact, op) in _LIMITS:
        return f"{fact} was {was}, the {_LIMITS[fact, op]} is {limit}"
    if op == "==" or isinstance(observed, bool):
        return f"{fact} was {was}"
    return f"{fact} was {was}, {COMPARED[op]} {limit}"


def built_in_units(currency: str) -> Units:
    """The units of facts that no ruleset declares, and of its others as plain numbers."""
    return Units(currency, _BUILT_IN)


def units_of(ruleset: Ruleset) -> Units:
    """The units of the facts of *ruleset*."""
    types = dict(_BUILT_IN)
    for signal in ruleset.signals:
        name = f"{SIGNAL_PREFIX}{signal.id}"
        sums = signal.measure.value == "sum"
        types[name] = FactSpec(name, FactType.MONEY if sums else FactType.INTEGER)
    return Units(ruleset.currency, {**types, **ruleset.facts})
