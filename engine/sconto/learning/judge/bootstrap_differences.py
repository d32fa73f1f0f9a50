"""Differences between models, with bootstrap intervals over the units of one test period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sconto.learning.evaluation.bootstrap import Interval, resampled_ratios
from sconto.learning.evaluation.paired import auc_differences
from sconto.learning.examples import Examples
from sconto.learning.judge.repeat_figures import RepeatFigures
from sconto.learning.models import Probabilities

BootstrapDifferences = Mapping[str, Mapping[str, Interval]]
"""By reference model and figure."""


def bootstrap_differences(
    found: Mapping[str, Sequence[RepeatFigures]],
    test: Examples,
    references: Sequence[str],
    seed: int,
    *,
    chance: bool,
) -> dict[str, BootstrapDifferences]:
    """For each model its differences to *references*, the mean over its fits.

    Of AUC and log loss where outcomes are yes or no (*chance*), else of the squared error.
    """
    outcome = test.outcome.astype(np.float64)
    predicted = {name: [one.logged for one in fits] for name, fits in found.items()}
    named = [name for name in references if name in found]
    losses = _loss_differences(outcome, predicted, named, test, seed, chance=chance)
    areas = {
        other: auc_differences(outcome, predicted, other, test.unit, seed) if chance else {}
        for other in named
    }
    return {
        name: {
            other: losses[name][other] | ({"auc": areas[other][name]} if chance else {})
            for other in named
            if other != name
        }
        for name in found
    }


def _loss_differences(
    outcome: Probabilities,
    predicted: Mapping[str, Sequence[Probabilities]],
    references: Sequence[str],
    test: Examples,
    seed: int,
    *,
    chance: bool,
) -> dict[str, dict[str, dict[str, Interval]]]:
    names = [*predicted]
    losses = np.column_stack(
        [
            np.mean([_loss(outcome, fit, chance=chance) for fit in predicted[n]], axis=0)
            for n in names
        ]
    )
    pairs = [(name, other) for name in names for other in references if name != other]
    places = [(names.index(name), names.index(other)) for name, other in pairs]
    found = resampled_ratios(losses, np.ones_like(losses), test.unit, seed, places)
    figure = "log_loss" if chance else "mse"
    intervals: dict[str, dict[str, Interval]] = {name: {} for name in names}
    for (name, other), interval in zip(pairs, found[len(names) :], strict=True):
        intervals[name][other] = interval
    return {n: {other: {figure: i} for other, i in own.items()} for n, own in intervals.items()}


def _loss(outcome: Probabilities, predicted: Probabilities, *, chance: bool) -> Probabilities:
    """The log loss of each row, or its squared error."""
    if not chance:
        squared: Probabilities = (predicted - outcome) ** 2
        return squared
    found: Probabilities = -np.log(np.where(outcome == 1, predicted, 1 - predicted))
    return found
