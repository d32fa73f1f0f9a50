"""How well probabilities fit what happened: ranking, sharpness, calibration, yes or no."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn import metrics as sk

from sconto.scoring.manifest import CalibrationBin, Gain, Metrics

Outcomes = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]

BINS: Final = 10
RESAMPLES: Final = 1_000


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


def log_loss_gain(
    bought: Outcomes,
    better: Probabilities,
    than: Probabilities,
    household: npt.NDArray[np.int64],
    seed: int,
) -> Gain:
    """How much lower the log loss of *better* is than that of *than*, with a 95 % interval.

    Households are resampled, not units: the units of one household are no independent evidence.
    """
    saved = _log_losses(bought, than) - _log_losses(bought, better)
    _, of = np.unique(household, return_inverse=True)
    sums, units = np.bincount(of, weights=saved), np.bincount(of)
    draw = np.random.default_rng(seed).integers(len(sums), size=(RESAMPLES, len(sums)))
    low, high = np.quantile(sums[draw].sum(axis=1) / units[draw].sum(axis=1), (0.025, 0.975))
    return Gain(mean=_figure(saved.mean()), low=_figure(low), high=_figure(high))


def _log_losses(bought: Outcomes, predicted: Probabilities) -> Probabilities:
    """The log loss of every unit, in nats."""
    losses: Probabilities = -np.log(np.where(bought > 0, predicted, 1 - predicted))
    return losses


def _figure(value: float) -> float:
    """A figure as it is stored: six decimals."""
    return round(float(value), 6)
