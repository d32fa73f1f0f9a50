"""Small examples for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from sconto.learning.examples import Columns, Events, Examples

COLUMNS = Columns(
    numeric=("recency", "spend"),
    categorical=("channel",),
    vocabularies=(("phone", "web"),),
    arms=("none", "tenth"),
    depths=(0.0, 0.1),
    outcome="visit",
    event_numeric=("amount",),
    event_categorical=("category",),
    event_vocabularies=(("MILK", "SOUP"),),
)


def examples(rows: int = 6, seed: int = 0, **changed: Any) -> Examples:
    """*rows* random rows with everything in them; some numbers are missing."""
    chance = np.random.default_rng(seed)
    numeric = chance.normal(size=(rows, 2)).astype(np.float32)
    numeric[chance.random((rows, 2)) < 0.2] = np.nan
    arm = chance.integers(2, size=rows)
    mask = chance.random((rows, 4)) < 0.5
    return Examples(
        **{
            "columns": COLUMNS,
            "numeric": numeric,
            "categorical": chance.integers(3, size=(rows, 1)),
            "arm": arm,
            "depth": (arm * 0.1).astype(np.float32),
            "outcome": chance.integers(2, size=rows).astype(np.float32),
            "time": np.arange(rows, dtype=np.int64) * 86_400,
            "unit": np.arange(rows, dtype=np.int64) // 2,
            "value": chance.random(rows, dtype=np.float32),
            "cost": chance.random(rows, dtype=np.float32),
            "propensity": np.full(rows, 0.5, dtype=np.float32),
            "propensities": np.full((rows, 2), 0.5, dtype=np.float32),
            "events": Events(
                chance.random((rows, 4, 1), dtype=np.float32),
                chance.integers(3, size=(rows, 4, 1)),
                mask,
            ),
        }
        | changed
    )
