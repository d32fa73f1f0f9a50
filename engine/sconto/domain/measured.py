"""Measured quantities: goods that are sold by weight, length, area, volume or time. All exact."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple

PLACES: Final = 3
THOUSAND: Final = 10**PLACES
_AMOUNT: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")


class Unit(Enum):
    """The unit that the price of measured goods is for, by its symbol."""

    KILOGRAM = "kg"
    POUND = "lb"
    METRE = "m"
    YARD = "yd"
    FOOT = "ft"
    SQUARE_METRE = "m2"
    SQUARE_FOOT = "ft2"
    LITRE = "l"
    US_GALLON = "gal"
    CUBIC_METRE = "m3"
    HOUR = "h"


class MeasuredQuantity(NamedTuple):
    """How much there is of measured goods: thousandths of a unit, above zero."""

    thousandths: int
    unit: Unit

    def price(self, price: int) -> int:
        """What it costs at *price* for a unit, minor units: half a minor unit is rounded up."""
        return (2 * price * self.thousandths + THOUSAND) // (2 * THOUSAND)

    def least(self, limit: int) -> int:
        """What it comes to at *limit* for a unit, minor units, rounded up."""
        return -(-limit * self.thousandths // THOUSAND)

    def most(self, limit: int) -> int:
        """The same, rounded down."""
        return limit * self.thousandths // THOUSAND

    @property
    def amount(self) -> str:
        """How many units, as a decimal without zeros at its end: `0.482`."""
        return f"{(Decimal(self.thousandths) / THOUSAND).normalize():f}"

    @property
    def text(self) -> str:
        """What there is, for people: `0.482 kg`."""
        return f"{self.amount} {self.unit.value}"


def thousandths_of(amount: str) -> int | None:
    """Thousandths of *amount*, a decimal like `0.482`; None when it is none or not above zero."""
    if not _AMOUNT.fullmatch(amount):
        return None
    return int(Decimal(amount).scaleb(PLACES)) or None


def quantity_text(pieces: int, measured: MeasuredQuantity | None) -> str:
    """How much there is of a line, for people: `3 pieces`, or `0.482 kg`."""
    if measured is not None:
        return measured.text
    return "1 piece" if pieces == 1 else f"{pieces} pieces"
