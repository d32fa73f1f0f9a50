"""The baselines."""

from __future__ import annotations

import numpy as np

from sconto.learning.baselines.checkout import Logistic, constant
from sconto.scoring.features import NUMERIC_WIDTH, Encoded


def inputs(first: float, category: int, depth: float, rows: int = 1) -> Encoded:
    """*rows* equal rows that differ from zero only where told."""
    numeric = np.zeros((rows, NUMERIC_WIDTH), dtype=np.float32)
    numeric[:, 0] = first
    ids = np.tile([category, 1], (rows, 1))
    return Encoded(numeric, ids, np.full((rows, 1), depth, dtype=np.float32))


def stacked(*parts: Encoded) -> Encoded:
    """The rows of all *parts*."""
    return Encoded(
        np.vstack([p.numeric for p in parts]),
        np.vstack([p.ids for p in parts]),
        np.vstack([p.depth for p in parts]),
    )


def test_the_constant_is_the_share_of_training_units() -> None:
    """Every row must get the share that bought."""
    assert [0.25] * 3 == constant(np.array([1, 0, 0, 0], dtype=np.float32), 3).tolist()


def test_the_logistic_regression_sees_what_the_network_sees() -> None:
    """A number, an id and the depth must each move its answer where it alone tells the outcome."""
    zero, one = np.zeros(50, dtype=np.float32), np.ones(50, dtype=np.float32)
    outcomes = np.concatenate([zero, one])
    for low, high in (
        (inputs(0, 1, 0, 50), inputs(1, 1, 0, 50)),
        (inputs(0, 1, 0, 50), inputs(0, 2, 0, 50)),
        (inputs(0, 1, 0, 50), inputs(0, 1, 0.2, 50)),
    ):
        model = Logistic(stacked(low, high), outcomes)

        assert model.predict(low)[0] < 0.2
        assert model.predict(high)[0] > 0.8


def test_an_id_never_seen_is_answered() -> None:
    """An id that no training unit had must get a probability, not an error."""
    model = Logistic(
        stacked(inputs(0, 1, 0, 5), inputs(1, 2, 0, 5)),
        np.array([0] * 5 + [1] * 5, dtype=np.float32),
    )

    assert 0 < model.predict(inputs(0, 9, 0))[0] < 1
