"""What a recipe made, in figures: what was left out and why, sizes, rates, missing, ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sconto.learning.data.balance import Balance, balance
from sconto.learning.data.leaks import leaks
from sconto.learning.data.prepare import Prepared
from sconto.learning.data.tables import Cleaned
from sconto.learning.dropped import Dropped


@dataclass(frozen=True, slots=True)
class Period:
    """The rows of one period; *digest* identifies them (SHA-256)."""

    rows: int
    units: int
    outcomes: Mapping[str, float]
    """The mean of every outcome."""
    digest: str


@dataclass(frozen=True, slots=True)
class Arm:
    """What one arm was given to, over all periods."""

    rows: int
    depth: float | None
    """The mean depth; None for no discount."""
    outcomes: Mapping[str, float]
    value: float | None
    """The mean value, in major units of money."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature in the training rows."""

    kind: str
    """`number` or `category`."""
    missing: float
    """The share of rows where it is missing, or of a value too rare to be listed."""
    age_days: float | None
    """Median days from the newest event behind it to the moment; None where it is of the row."""
    values: int | None
    """How many values a category has."""


@dataclass(frozen=True, slots=True)
class DataReport:
    """All figures of one run of a recipe."""

    recipe: str
    randomised: bool
    tables: Mapping[str, Cleaned]
    dropped: tuple[Dropped, ...]
    periods: Mapping[str, Period]
    arms: Mapping[str, Arm]
    features: Mapping[str, Feature]
    events_per_row: float | None
    """The mean number of events that a training row's sequence holds."""
    balance: Balance | None
    leaks: tuple[str, ...] | None
    """Features that look into the future; None where the rows have no clock."""


def report_on(prepared: Prepared, data: Path | None, test_data: Path | None = None) -> DataReport:
    """The figures of *prepared*; *data* and *test_data* are read again to look for leaks."""
    doc = prepared.recipe.doc
    train = prepared.examples["train"]
    return DataReport(
        recipe=doc.name,
        randomised=doc.treatment.randomised,
        tables=prepared.tables.cleaned,
        dropped=prepared.dropped,
        periods={name: _period(prepared, name) for name in prepared.examples},
        arms={name: _arm(prepared, i) for i, name in enumerate(train.columns.arms)},
        features=_features(prepared),
        events_per_row=None
        if train.events is None
        else _figure(train.events.mask.sum(axis=1).mean()),
        balance=_balance(prepared),
        leaks=leaks(prepared.recipe, data, prepared.tables, test_data),
    )


def _period(prepared: Prepared, name: str) -> Period:
    rows = prepared.examples[name]
    means = {n: _mean(values) for n, values in prepared.outcomes[name].items()}
    return Period(len(rows), len(np.unique(rows.unit)), means, rows.digest())


def _arm(prepared: Prepared, arm: int) -> Arm:
    own = {name: rows.arm == arm for name, rows in prepared.examples.items()}
    depth = _joined({name: rows.depth[own[name]] for name, rows in prepared.examples.items()})
    value = {n: r.value[own[n]] for n, r in prepared.examples.items() if r.value is not None}
    return Arm(
        rows=len(depth),
        depth=None if np.isnan(depth).all() else _mean(depth[~np.isnan(depth)]),
        outcomes={
            outcome: _mean(_joined({n: prepared.outcomes[n][outcome][own[n]] for n in own}))
            for outcome in prepared.recipe.doc.outcomes
        },
        value=_mean(_joined(value)) if value else None,
    )


def _features(prepared: Prepared) -> dict[str, Feature]:
    train = prepared.examples["train"]
    found = {}
    for i, name in enumerate(train.columns.numeric):
        ages = prepared.ages.get(name)
        known = None if ages is None else ages[~np.isnan(ages)]
        age = None if known is None or not len(known) else _figure(np.median(known))
        found[name] = Feature("number", _mean(np.isnan(train.numeric[:, i])), age, None)
    for i, name in enumerate(train.columns.categorical):
        values = len(train.columns.vocabularies[i])
        found[name] = Feature("category", _mean(train.categorical[:, i] == 0), None, values)
    return found


def _balance(prepared: Prepared) -> Balance | None:
    """The balance over the training rows of an experiment."""
    if not prepared.recipe.doc.treatment.randomised:
        return None
    return balance(prepared.examples["train"], prepared.stratum["train"])


def _joined(parts: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    return np.concatenate([*parts.values()])


def _mean(values: npt.NDArray[np.float32] | npt.NDArray[np.bool_]) -> float:
    return _figure(values.mean(dtype=np.float64)) if len(values) else 0.0


def _figure(value: float) -> float:
    """A figure as it is printed and kept: six decimals."""
    return round(float(value), 6)
