"""The decision context: the facts of one request, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sconto.domain.measured import MeasuredQuantity

FactValue = bool | int | str
"""A fact as rules see it: money in minor units, decimals scaled to integers by their places."""

Facts = Mapping[str, FactValue]
"""Facts by name; a fact that is not known is absent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One basket line; *line_id* is unique in the basket.

    Prices are minor units per piece, and per unit of goods that are measured: these are one piece.
    """

    line_id: str
    product_id: str
    category: str
    department: str
    brand: str
    quantity: int
    list_price: int
    unit_cost: int | None
    facts: Facts
    measured: MeasuredQuantity | None = None
    """How much there is of goods sold by weight, length and the like; None where pieces count."""
    list_total: int = field(init=False)
    """What the line costs at list price, minor units."""
    cost_total: int | None = field(init=False)
    """What the line costs the seller, minor units; None when not known."""

    def __post_init__(self) -> None:
        """Work out the totals once; they are read for every candidate."""
        listed, cost = self.list_price * self.quantity, self.unit_cost
        if self.measured is not None:
            listed = self.measured.price(self.list_price)
        object.__setattr__(self, "list_total", listed)
        object.__setattr__(self, "cost_total", None if cost is None else self.least(cost))

    def least(self, limit: int) -> int:
        """What the whole line comes to at *limit* a piece or unit, minor units, rounded up."""
        return limit * self.quantity if self.measured is None else self.measured.least(limit)

    def most(self, limit: int) -> int:
        """The same, rounded down."""
        return limit * self.quantity if self.measured is None else self.measured.most(limit)


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant and its civil reading in the sale's jurisdiction, taken once per decision."""

    as_of_us: int
    zone: str
    local_date: date
    weekday: int
    hour: int
    tzdata: str
    elsewhere: Mapping[str, tuple[date, int]] = field(default_factory=dict)
    """Civil date and hour in other time zones, whose calendar a budget runs by."""


class SentCode(NamedTuple):
    """A code that was sent: its set, empty for a code that nobody knows, and its keyed hash."""

    set_id: str
    ref: str


class OtherLine(NamedTuple):
    """A line that is no goods: no offer covers it. *total* is minor units, below 0 for refunds."""

    line_id: str
    kind: str
    quantity: int
    total: int


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """Everything known about one request; `lines` are ordered by line_id."""

    user_ref: str
    channel: str
    jurisdiction: str
    currency: str
    moment: Moment
    consents: Mapping[str, bool]
    shopper: Facts
    lines: tuple[Line, ...]
    offer_ids: tuple[str, ...]
    """Offers to consider; empty means all."""
    signals: Facts = field(default_factory=dict)
    """`signal.*`: exact counts over the shopper's behaviour at the decision's instant."""
    behaviour_seq: int = 0
    """The newest behaviour event that was known then, by its number in the store; 0 if none was
    looked for."""
    codes: tuple[SentCode, ...] = ()
    """In the order in which they were sent; the answer speaks of each."""
    other_lines: tuple[OtherLine, ...] = ()
    """What the basket has beside goods, ordered by line_id."""

    list_total: int = field(init=False)
    """What the goods in the basket cost before any discount, minor units."""

    @property
    def unknown_codes(self) -> int:
        """How many codes were sent that nobody knows."""
        return sum(not code.set_id for code in self.codes)

    def __post_init__(self) -> None:
        """Work out the list total once; it is read for every candidate."""
        object.__setattr__(self, "list_total", sum([line.list_total for line in self.lines]))
