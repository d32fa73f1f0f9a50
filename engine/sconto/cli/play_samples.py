"""Rows of a committed data sample, from where the last run stopped, and the facts in them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

from google.type.money_pb2 import Money

from sconto.cli.play_messages import CENTS, money

Row = dict[str, str]
Facts = Mapping[str, Callable[[str], Any]]
"""By the name of a fact, which is also its column, how its text is read."""


def rows_from(path: Path, skip: int, count: int) -> list[Row]:
    """*count* rows after the first *skip*, going on with the first after the last; none twice."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = skip % len(rows)
    return list(islice(chain(rows[start:], rows[:start]), count))


def facts_of(row: Row, facts: Facts) -> dict[str, Any]:
    """What *row* says of *facts*; None for what is missing."""
    return {name: read(row[name]) if row[name] else None for name, read in facts.items()}


def yes_no(text: str) -> bool:
    """A truth that is written as 1 or 0."""
    return text == "1"


def cents(text: str) -> int:
    """An amount in major units, in minor units of a currency with two decimals."""
    return int(Decimal(text) * CENTS)


def amount_in(currency: str) -> Callable[[str], Money]:
    """How an amount of *currency* in major units is read."""
    return lambda text: money(cents(text), currency)
