"""Metrics."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sconto.learning.evaluation.probabilities import best_threshold, evaluate

BOUGHT = np.array([0, 0, 1, 1], dtype=np.float32)
PREDICTED = np.array([0.1, 0.6, 0.4, 0.8])


def test_figures_are_those_worked_out_by_hand() -> None:
    """Every metric of four units must be the one that its definition gives."""
    figures = evaluate(BOUGHT, PREDICTED, 0.5)
    log_loss = -(math.log(0.9) + math.log(0.4) + math.log(0.4) + math.log(0.8)) / 4

    assert 0.75 == figures.auc
    assert round(log_loss, 6) == figures.log_loss
    assert round((0.01 + 0.36 + 0.36 + 0.04) / 4, 6) == figures.brier
    assert (0.5, 0.5, 0.5, 0.5) == (
        figures.accuracy,
        figures.precision,
        figures.recall,
        figures.f1,
    )
    assert (0.1 + 0.6 + 0.6 + 0.2) / 4 == pytest.approx(figures.calibration_error)


def test_the_threshold_is_the_one_with_the_largest_f1() -> None:
    """No other threshold may give a larger F1 on the units it was picked on."""
    draw = np.random.default_rng(3)
    predicted = draw.random(60)
    bought = (draw.random(60) < predicted**2).astype(np.float32)

    best = best_threshold(bought, predicted)

    assert evaluate(bought, predicted, best).f1 == max(
        evaluate(bought, predicted, float(t)).f1 for t in predicted
    )


def test_calibration_compares_tenths() -> None:
    """Each tenth must hold its share of units, least likely first, said against what happened."""
    predicted = np.repeat([0.2, 0.7], 500)
    bought = np.tile([1, 0, 0, 0, 0], 200).astype(np.float32)

    bins = evaluate(bought, predicted, 0.5).calibration

    assert [100] * 10 == [b.units for b in bins]
    assert [0.2] * 5 + [0.7] * 5 == [b.predicted for b in bins]
    assert [0.2] * 10 == [b.bought for b in bins]
    assert 0.25 == pytest.approx(evaluate(bought, predicted, 0.5).calibration_error)
