"""Amounts and dates of documents as the domain holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Final, Protocol

from sconto.domain.condition import Op
from sconto.domain.exchange import SAME, Exchange
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.offer import Rounding, RoundingMode
from sconto.domain.validity import Validity
from sconto.rulebook.documents.quantities import scaled
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.read.library import Library


class Dated(Protocol):
    """A document, or a part of one, that holds from one civil day to another."""

    @property
    def valid_from(self) -> str:
        """First day it holds."""
        ...

    @property
    def valid_to(self) -> str:
        """First day it no longer holds."""
        ...


_SMALLEST_UNIT: Final = Rounding()


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of files, as amounts of one ruleset."""

    currency: str
    """That of the ruleset."""
    written: str
    """That of the files."""
    rate: Fraction = Fraction(1)
    """What one unit of the files' currency is in that of the ruleset."""
    rounding: Rounding = _SMALLEST_UNIT
    """Which amounts there are, and where others go."""
    exact: bool = True
    """Whether conditions compare with the exact amount, not with the one that it is rounded to."""

    def minor(self, amount: str) -> int:
        """*amount* in minor units, rounded as declared.

        0 when it is finer than the currency that it is written in, which the checks report.
        """
        exact = self._minor(amount)
        return self.rounding.apply(exact.numerator, exact.denominator)

    def at_least(self, amount: str) -> int:
        """*amount* in minor units, rounded up: of what is counted as a cost."""
        return math.ceil(self._minor(amount))

    def at_most(self, amount: str) -> int:
        """*amount* in minor units, rounded down: of what must not be passed."""
        return math.floor(self._minor(amount))

    def cap(self, amount: str) -> int:
        """*amount* in minor units, of what must not come off: as equal discounts are rounded.

        Of a law it is rounded down.
        """
        return self.at_most(amount) if self.exact else self.minor(amount)

    def compared(self, amount: str, op: Op) -> int:
        """What an amount in minor units is compared with by *op* where rules say *amount*."""
        if self.exact and op in _NEXT_HIGHER:
            return self.at_least(amount)
        if self.exact and op in _NEXT_LOWER:
            return self.at_most(amount)
        return self.minor(amount)

    def factor(self, *, up: bool) -> Decimal:
        """The rate, rounded *up* or down where it has more than 15 digits."""
        rounding = ROUND_CEILING if up else ROUND_FLOOR
        numerator, denominator = self.rate.numerator, self.rate.denominator
        return Context(RATE_DIGITS, rounding).divide(Decimal(numerator), Decimal(denominator))

    def _minor(self, amount: str) -> Fraction:
        written = scaled(amount, MINOR_DIGITS[self.written]) or 0
        return written * minor_rate(self.written, self.currency, self.rate)


def as_written(currency: str) -> Amounts:
    """Money that is written in the *currency* of the ruleset."""
    return Amounts(currency, currency)


RATE_DIGITS: Final = 15
"""Digits of a rate: those of a written one, so that it is exact."""
_NEXT_HIGHER: Final = frozenset({Op.GE, Op.LT})
_NEXT_LOWER: Final = frozenset({Op.LE, Op.GT})


def minor_rate(of: str, to: str, rate: Fraction) -> Fraction:
    """What one minor unit of a currency is in minor units of another, by the *rate* of units."""
    return rate * Fraction(10) ** (MINOR_DIGITS[to] - MINOR_DIGITS[of])


@dataclass(frozen=True, slots=True)
class Currencies:
    """The currencies in which a shop sells."""

    shop: str
    """Its own, in which its files are written."""
    rates: Mapping[str, Fraction]
    """What one unit of its own currency is in each."""
    roundings: Mapping[str, Rounding]

    def amounts(self, currency: str) -> Amounts:
        """Money of the shop's files in *currency*."""
        rounding = self.roundings[currency]
        return Amounts(currency, self.shop, self.rates[currency], rounding, exact=False)

    def of_law(self, written: str | None, currency: str) -> Amounts:
        """Money of a law *written* in one of the currencies, in *currency*.

        By the cross rate, and as written where both are the same. A currency without a rate is
        reported by the checks.
        """
        known = written if written and written in self.rates else self.shop
        return Amounts(currency, known, self.rates[currency] / self.rates[known])

    def exchange(self, currency: str) -> Exchange:
        """What amounts of the shop's own currency are in *currency*."""
        if currency == self.shop:
            return SAME
        rate = minor_rate(self.shop, currency, self.rates[currency])
        return Exchange(self.shop, rate.numerator, rate.denominator)


def currencies_of(library: Library) -> Currencies:
    """The currencies in which the shop of *library* sells, its own first."""
    shop = library.shop[0].currency
    rates, roundings = {shop: Fraction(1)}, {shop: _SMALLEST_UNIT}
    others = library.exchange_rates[0].currencies if library.exchange_rates else {}
    for currency, doc in others.items():
        step = 1 if doc.step is None else scaled(doc.step, MINOR_DIGITS[currency])
        rates.setdefault(currency, Fraction(doc.rate))
        roundings.setdefault(currency, Rounding(RoundingMode(doc.rounding), step or 1))
    return Currencies(shop, rates, roundings)


def becomes_nothing(
    amount: str, amounts: Amounts, source: Source, path: DocPath, report: Report
) -> None:
    """Report that *amount*, written at *path*, is less than a step of another currency."""
    message = f"`{amount}` {amounts.written} becomes nothing in {amounts.currency}"
    advice = "take a larger amount, or a smaller `step` in `exchange-rates.yaml`"
    report.add(source, path, "CUR-001", message, advice)


def validity(doc: Dated) -> Validity:
    """When *doc* is in force."""
    return Validity(date.fromisoformat(doc.valid_from), date.fromisoformat(doc.valid_to))
