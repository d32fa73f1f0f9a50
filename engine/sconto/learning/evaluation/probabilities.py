"""How well probabilities fit what happened: ranking, sharpness, calibration, yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

Outcomes = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """A tenth of the rows by predicted probability: what was predicted and what happened."""

    units: int
    predicted: float
    bought: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well probabilities did; `threshold` was picked on other rows than these."""

    auc: float
    average_precision: float
    log_loss: float
    brier: float
    calibration_error: float
    threshold: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    calibration: tuple[CalibrationBin, ...]


def best_threshold(bought: Outcomes, predicted: Probabilities) -> float:
    """The probability from which on to say yes, for the largest F1; picked on validation units."""
    precision, recall, thresholds = sk.precision_recall_curve(bought, predicted)
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(np.float64).tiny)
    return float(thresholds[np.argmax(f1[:-1])])


def evaluate(bought: Outcomes, predicted: Probabilities, threshold: float) -> Metrics:
    """Every metric of *predicted* [n] against *bought* [n]; yes means at or above *threshold*."""
    yes = predicted >= threshold
    bins = calibration_table(bought, predicted)
    return Metrics(
        auc=_figure(sk.roc_auc_score(bought, predicted)),
        average_precision=_figure(sk.average_precision_score(bought, predicted)),
        log_loss=_figure(sk.log_loss(bought, predicted)),
        brier=_figure(sk.brier_score_loss(bought, predicted)),
        calibration_error=_figure(expected_calibration_error(bins)),
        threshold=_figure(threshold),
        accuracy=_figure(sk.accuracy_score(bought, yes)),
        precision=_figure(sk.precision_score(bought, yes, zero_division=0)),
        recall=_figure(sk.recall_score(bought, yes)),
        f1=_figure(sk.f1_score(bought, yes)),
        calibration=bins,
    )


def calibration_table(bought: Outcomes, predicted: Probabilities) -> tuple[CalibrationBin, ...]:
    """Tenths of equal size by predicted probability, from the least to the most likely."""
    order = np.argsort(predicted, kind="stable")
    return tuple(
        CalibrationBin(
            units=len(rows),
            predicted=_figure(predicted[rows].mean()),
            bought=_figure(bought[rows].mean()),
        )
        for rows in np.array_split(order, BINS)
        if len(rows)
    )


def expected_calibration_error(bins: tuple[CalibrationBin, ...]) -> float:
    """The mean distance between predicted and observed share, weighted by units (ECE)."""
    units = sum(b.units for b in bins)
    return sum(b.units * abs(b.predicted - b.bought) for b in bins) / units


def _figure(value: float) -> float:
    """A figure as it is stored: six decimals."""
    return round(float(value), 6)
