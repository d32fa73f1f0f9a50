"""From the facts of a request to the one row that a model is shown.

A column `x_7d` of the recipe is the fact `shopper.x_7d`, as the number or text that was sent, or
else the signal `signal.x-7d`, which is counted here.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from sconto.domain.context import Facts, FactValue
from sconto.domain.exchange import SAME, Exchange
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.ruleset import FactSpec, FactType
from sconto.scoring.arrays import UNKNOWN, positions

MISSING: Final = math.nan


@dataclass(frozen=True, slots=True)
class Reading:
    """How the facts of one ruleset become a model's columns.

    Attributes:
        numbers: For each number the fact, and what its whole number is divided by to get what was
            sent: facts hold cents and scaled decimals. Money in another currency than the shop's is
            divided by the rate too: the model was trained on the shop's.
        categories: For each category the fact, and the ids of its texts.
    """

    numbers: tuple[tuple[str, float], ...]
    categories: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """For each input the fact that fills it; empty where none is declared that can."""
        return tuple(fact for fact, _ in (*self.numbers, *self.categories))

    def row(self, facts: Facts) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The numbers [1, f] and ids [1, c] of *facts*; what is not known is missing."""
        found = [
            MISSING if (value := facts.get(fact)) is None else value / divisor  # type: ignore[operator]
            for fact, divisor in self.numbers
        ]
        ids = [
            UNKNOWN if (value := facts.get(fact)) is None else known.get(_text(value), UNKNOWN)
            for fact, known in self.categories
        ]
        # What facts can hold is far from what float32 can't.
        return np.array([found], dtype=np.float32), np.array([ids], dtype=np.int64)

    def strange(self, facts: Facts) -> tuple[int, ...]:
        """The positions of the categories that *facts* give a text for which training never saw."""
        return tuple(
            i
            for i, (fact, known) in enumerate(self.categories)
            if (value := facts.get(fact)) is not None and _text(value) not in known
        )


class Named(Protocol):
    """The names of a row's numbers and categories, and the texts that these know."""

    @property
    def numeric(self) -> tuple[str, ...]:
        """Of the numbers."""
        ...

    @property
    def categorical(self) -> tuple[str, ...]:
        """Of the categories."""
        ...

    @property
    def vocabularies(self) -> tuple[tuple[str, ...], ...]:
        """For each category the texts with ids 1, 2, ..."""
        ...


def reading_of(
    columns: Named, declared: Mapping[str, FactSpec], currency: str, exchange: Exchange = SAME
) -> Reading:
    """How *columns* are read under the facts that a ruleset has *declared*.

    *exchange* brings amounts in *currency* to that of the shop.
    """
    divisors = {
        name: divisor
        for name, spec in declared.items()
        if (divisor := _divisor(spec, currency, exchange)) is not None
    }
    texts = {name for name, spec in declared.items() if spec.type in _TEXTS}
    numbers = [_fact(name, divisors) for name in columns.numeric]
    categories = [_fact(name, texts) for name in columns.categorical]
    return Reading(
        tuple((fact, divisors.get(fact, 1)) for fact in numbers),
        tuple(zip(categories, map(positions, columns.vocabularies), strict=True)),
    )


def _fact(column: str, usable: Container[str]) -> str:
    """The fact that *column* is read from; empty where none is usable."""
    known = (f"shopper.{column}", f"signal.{column.replace('_', '-')}")
    return next((fact for fact in known if fact in usable), "")


_TEXTS: Final = frozenset({FactType.TEXT, FactType.INTEGER, FactType.BOOLEAN})
"""Facts that can be a category: DuckDB writes whole numbers and truth as text in the same way."""


def _divisor(spec: FactSpec, currency: str, exchange: Exchange) -> float | None:
    match spec.type:
        case FactType.TEXT:
            return None
        case FactType.MONEY:
            places = MINOR_DIGITS[exchange.shop_currency or currency]
            if exchange.shop_currency:
                return float(10**places * exchange.numerator / exchange.denominator)
        case FactType.DECIMAL:
            places = spec.places
        case FactType.INTEGER | FactType.BOOLEAN:
            places = 0
    return int(10**places)


def _text(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
