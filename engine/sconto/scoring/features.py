"""What the model is shown: the one feature definition, for training and for serving.

A column holds one fact for n rows, in the raw integers that a checkout sends. Money is in minor
units, shares and depths in basis points, spans of time in whole days.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Column = Sequence[Any] | npt.NDArray[Any]
Vocabularies = Mapping[str, Mapping[str, int]]

DEPTH_FACT: Final = "offer.depth_bp"
ID_FACTS: Final = ("line.category", "line.department")
UNKNOWN_ID: Final = 0
"""The id of every category or department that the vocabulary does not list."""


class Transform(Enum):
    """How a raw fact becomes a number of moderate size; `scale` is the feature's own."""

    LOG1P = "log(1 + max(fact, 0))"
    SCALED = "min(max(fact, 0) / scale, 1)"
    SIN = "sin(2 pi fact / scale)"
    COS = "cos(2 pi fact / scale)"


@dataclass(frozen=True, slots=True)
class Feature:
    """One number the model is shown: a transform of one fact; 0 where the fact is missing."""

    name: str
    fact: str
    transform: Transform
    scale: int = 1


FEATURES: Final = (
    Feature("shopper_baskets_56d", "shopper.baskets_56d", Transform.LOG1P),
    Feature("shopper_spend_56d", "shopper.spend_56d", Transform.LOG1P),
    Feature("shopper_days_since", "shopper.days_since_last_basket", Transform.LOG1P),
    # Capped: tenure grows with the calendar, and the model must not meet values it never saw.
    Feature("shopper_tenure", "shopper.tenure_days", Transform.SCALED, 120),
    Feature("shopper_discount_share", "shopper.discount_share_56d", Transform.SCALED, 10_000),
    Feature("category_baskets_56d", "line.category_baskets_56d", Transform.LOG1P),
    Feature("category_days_since", "line.category_days_since", Transform.LOG1P),
    Feature("category_recency", "line.category_days_since", Transform.SCALED, 56),
    Feature("category_spend_56d", "line.category_spend_56d", Transform.LOG1P),
    Feature("rest_lines", "rest.lines", Transform.LOG1P),
    Feature("rest_list_total", "rest.list_total", Transform.LOG1P),
    Feature("weekday_sin", "time.weekday", Transform.SIN, 7),
    Feature("weekday_cos", "time.weekday", Transform.COS, 7),
    Feature("hour_sin", "time.hour", Transform.SIN, 24),
    Feature("hour_cos", "time.hour", Transform.COS, 24),
)
"""The numeric features, in the order of the model's input."""

NUMERIC_FACTS: Final = tuple(dict.fromkeys(feature.fact for feature in FEATURES))
"""The facts behind `FEATURES`, each once; the missing mask has one bit for each."""

FACTS: Final = (*NUMERIC_FACTS, *ID_FACTS, DEPTH_FACT)
"""Every fact name that `encode` reads."""

NUMERIC_WIDTH: Final = len(FEATURES) + len(NUMERIC_FACTS)
"""Columns of `Encoded.numeric`: the features, then the missing mask."""


def _positions(transform: Transform) -> npt.NDArray[np.intp]:
    """Where in `FEATURES` *transform* is used."""
    return np.array([i for i, f in enumerate(FEATURES) if f.transform is transform], dtype=np.intp)


_SOURCE: Final = np.array([NUMERIC_FACTS.index(f.fact) for f in FEATURES], dtype=np.intp)
_SCALE: Final = np.array([f.scale for f in FEATURES], dtype=np.float64)
_LOG1P: Final = _positions(Transform.LOG1P)
_SCALED: Final = _positions(Transform.SCALED)
_SIN: Final = _positions(Transform.SIN)
_COS: Final = _positions(Transform.COS)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The model's three inputs for n rows.

    Attributes:
        numeric: float32 [n, `NUMERIC_WIDTH`]; features, then 1 for every missing fact.
        ids: int64 [n, 2]; category and department, `UNKNOWN_ID` where not listed.
        depth: float32 [n, 1]; the discount as a fraction of the list price.
    """

    numeric: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]
    depth: npt.NDArray[np.float32]


def encode(columns: Mapping[str, Column], vocabularies: Vocabularies) -> Encoded:
    """The model's inputs for the rows of *columns*, a column for each name in `FACTS`.

    An absent column, a None and a NaN mean the same: the fact is missing. A column of one row
    stands for all rows. *vocabularies* maps each of `ID_FACTS` to its ids.

    Raises:
        ValueError: The depth of a row is missing, or two columns differ in length.
    """
    depth = np.asarray(columns[DEPTH_FACT], dtype=np.float64)
    if not np.isfinite(depth).all():
        raise ValueError(f"`{DEPTH_FACT}` must be known in every row")
    rows = len(depth)
    facts = np.full((rows, len(NUMERIC_FACTS)), np.nan)
    for position, fact in enumerate(NUMERIC_FACTS):
        if (column := columns.get(fact)) is not None:
            facts[:, position] = np.asarray(column, dtype=np.float64)
    ids = np.zeros((rows, len(ID_FACTS)), dtype=np.int64)
    for position, fact in enumerate(ID_FACTS):
        if (column := columns.get(fact)) is not None:
            known = vocabularies[fact]
            ids[:, position] = [known.get(value, UNKNOWN_ID) for value in column]
    return Encoded(_numeric(facts), ids, (depth / 10_000).astype(np.float32)[:, None])


def _numeric(facts: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Features and missing mask of raw *facts* [n, facts], NaN where missing."""
    missing = ~np.isfinite(facts)
    raw = np.where(missing, 0.0, facts)[:, _SOURCE]
    numeric = np.empty((len(facts), NUMERIC_WIDTH), dtype=np.float32)
    numeric[:, _LOG1P] = np.log1p(np.maximum(raw[:, _LOG1P], 0))
    numeric[:, _SCALED] = np.clip(raw[:, _SCALED] / _SCALE[_SCALED], 0, 1)
    numeric[:, _SIN] = np.sin(2 * np.pi * raw[:, _SIN] / _SCALE[_SIN])
    numeric[:, _COS] = np.cos(2 * np.pi * raw[:, _COS] / _SCALE[_COS])
    numeric[:, : len(FEATURES)][missing[:, _SOURCE]] = 0
    numeric[:, len(FEATURES) :] = missing
    return numeric


def schema_digest() -> str:
    """SHA-256 (hex) of the definition above; a model serves only under the one it learnt with."""
    description = {
        "depth": DEPTH_FACT,
        "features": [[f.name, f.fact, f.transform.value, f.scale] for f in FEATURES],
        "ids": ID_FACTS,
        "missing": NUMERIC_FACTS,
    }
    canonical = json.dumps(description, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
