"""Behaviour: what shoppers did lately, and the signals that rules read from it.

A signal is an exact count or sum over the events of one shopper in a window that ends at the
decision's instant: `(as_of - window, as_of]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sconto.domain.exchange import SAME, Exchange

GIVEN: Final = "discount_given"
REDEEMED: Final = "discount_redeemed"
CODE_UNKNOWN: Final = "code_unknown"
"""A code was sent that nobody knows; it has no amount."""
OWN_EVENTS: Final = (GIVEN, REDEEMED, CODE_UNKNOWN)
"""Events that Sconto records itself, with the discount as their amount; nobody may send them."""

LONGEST_WINDOW_US: Final = 400 * 24 * 3_600 * 1_000_000
"""No signal looks further back: a year, and room to compare a season with the last one."""


@dataclass(frozen=True, slots=True)
class BehaviourEvent:
    """Something a shopper did: *amount* is minor units, 0 when the kind has none.

    Amounts are in the shop's currency, whatever was paid in.
    """

    kind: str
    at_us: int
    amount: int = 0


class Measure(Enum):
    """What a signal takes from the events in its window."""

    COUNT = "count"
    SUM = "sum"
    """The sum of their amounts, minor units."""


@dataclass(frozen=True, slots=True)
class Signal:
    """`signal.<id>`: *measure* of the *events* of the last *window_us* microseconds."""

    id: str
    events: frozenset[str]
    measure: Measure
    window_us: int

    @property
    def name(self) -> str:
        """The fact that holds its value."""
        return f"signal.{self.id}"


def signal_values(
    signals: Iterable[Signal],
    events: Sequence[BehaviourEvent],
    as_of_us: int,
    exchange: Exchange = SAME,
) -> dict[str, int]:
    """`signal.<id>` of every signal, from the shopper's *events* in any order.

    Sums are converted to the currency of the decision by *exchange*.
    """
    return {s.name: _value(s, events, as_of_us, exchange) for s in signals}


def _value(
    signal: Signal, events: Sequence[BehaviourEvent], as_of_us: int, exchange: Exchange
) -> int:
    seen = [
        e
        for e in events
        if e.kind in signal.events and as_of_us - signal.window_us < e.at_us <= as_of_us
    ]
    if signal.measure is Measure.COUNT:
        return len(seen)
    return exchange.of_shop(sum(e.amount for e in seen))


def longest_window(signals: Iterable[Signal]) -> int:
    """How far back the signals look, microseconds; 0 without any."""
    return max((s.window_us for s in signals), default=0)
