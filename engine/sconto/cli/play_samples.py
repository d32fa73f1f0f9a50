"""Rows of a committed data sample, from where the last run stopped."""

from __future__ import annotations

import csv
from itertools import chain, islice
from pathlib import Path


def rows_from(path: Path, skip: int, count: int) -> list[dict[str, str]]:
    """*count* rows after the first *skip*, going on with the first after the last; none twice."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    start = skip % len(rows)
    return list(islice(chain(rows[start:], rows[:start]), count))
