"""The figures of one model on the test rows of one repeat."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.baselines.linear import is_chance
from sconto.learning.data.figure_names import (
    FALLS,
    PRICE_SLOPE,
    SNIPS,
    VALUE,
    VALUE_BY_GAIN,
    rises,
    valued,
)
from sconto.learning.evaluation.probabilities import evaluate
from sconto.learning.evaluation.slopes import response_slope
from sconto.learning.evaluation.uplift import UpliftCurve, figures, qini_curve
from sconto.learning.examples import Examples, Floats
from sconto.learning.judge.gain import Choices
from sconto.learning.judge.repeats import Repeat
from sconto.learning.models import Prediction, Probabilities

SURE: Final = 1e-9
"""No probability is taken to be nearer to 0 or 1, so that one miss has a finite log loss."""
FIRST: Final = 0.2


def measured(
    prediction: Prediction, repeat: Repeat, threshold: float | None, chosen: Choices | None = None
) -> dict[str, float]:
    """Every figure of *prediction*; yes means at or above *threshold*, where there is one.

    *chosen* is its choice by gain, where it has one.
    """
    found = _fit(prediction, repeat.test, threshold) | _response(prediction, repeat)
    if repeat.is_experiment:
        found |= _uplift(prediction, repeat.test)
        found |= _snips(prediction.choice, repeat)
        if repeat.has_money:
            best = prediction.choice if chosen is None else chosen
            found[VALUE_BY_GAIN] = _brings(best, repeat, VALUE)
    return found


def chances(prediction: Prediction, test: Examples) -> Probabilities:
    """The probability of the outcome under the arm that each row was really given, [n]."""
    found: Probabilities = prediction.logged(test).clip(SURE, 1 - SURE)
    return found


def ranking(prediction: Prediction, arm: int) -> Probabilities:
    """Who comes first for *arm*: by uplift, or by the model's own order where it tells none."""
    gained = prediction.uplift(arm)
    return gained if gained.any() else prediction.rank


def curve(prediction: Prediction, test: Examples, arm: int) -> UpliftCurve:
    """The Qini curve of *arm* against the first, over the rows that were given one of both."""
    rank, given, outcome = _trial(prediction, test, arm)
    return qini_curve(rank, given, outcome)


def _fit(prediction: Prediction, test: Examples, threshold: float | None) -> dict[str, float]:
    """How well the response fits what happened under the arm that was given."""
    if threshold is None:
        return {"mse": float(((prediction.logged(test) - test.outcome) ** 2).mean())}
    likely = chances(prediction, test)
    found = asdict(evaluate(test.outcome, likely, threshold))
    del found["calibration"], found["threshold"]
    return found | {"recall_20": recall_of_first(likely, test.outcome.astype(np.float64), FIRST)}


def recall_of_first(likely: Probabilities, outcome: Probabilities, share: float) -> float:
    """The share of all outcomes that the first *share* of rows hold, the most *likely* first.

    Of rows with equal probabilities at the border a part counts, as if they were drawn by chance.
    """
    room, total = share * len(likely), float(outcome.sum())
    _, of = np.unique(-likely, return_inverse=True)
    rows, happened = np.bincount(of), np.bincount(of, weights=outcome)
    before = np.cumsum(rows) - rows
    taken = ((room - before) / rows).clip(0, 1)
    return float(taken @ happened) / total if total else 0.0


def _uplift(prediction: Prediction, test: Examples) -> dict[str, float]:
    """The figures of its rankings; a ranking can be judged where outcomes are yes or no."""
    if not is_chance(test.outcome):
        return {}
    found: dict[str, float] = {}
    for arm, name in enumerate(test.columns.arms[1:], start=1):
        own = figures(*_trial(prediction, test, arm))
        found |= {
            f"qini {name}": own.qini,
            f"auuc {name}": own.auuc,
            f"uplift_30 {name}": own.top,
            f"per_thousand {name}": own.per_thousand,
        }
    return found


def _trial(
    prediction: Prediction, test: Examples, arm: int
) -> tuple[Probabilities, npt.NDArray[np.bool_], Probabilities]:
    """Ranking, treated or not, and outcome of the rows that were given *arm* or the first."""
    of = (test.arm == 0) | (test.arm == arm)
    return ranking(prediction, arm)[of], test.arm[of] == arm, test.outcome[of].astype(np.float64)


def _snips(choice: Choices, repeat: Repeat) -> dict[str, float]:
    """What *choice* brings, by outcome."""
    if repeat.test.propensity is None:
        return {}
    doc = repeat.prepared.recipe.doc
    return {f"{SNIPS} {name}": _brings(choice, repeat, name) for name in valued(doc)}


def _brings(choice: Choices, repeat: Repeat, outcome: str) -> float:
    """The mean *outcome* per row under *choice* (SNIPS); see `evaluation.offpolicy`."""
    test = repeat.test
    chance = np.ones(len(test)) if test.propensity is None else test.propensity.astype(np.float64)
    weight = (test.arm == choice) / chance
    return float(weight @ repeat.outcome("test", outcome)) / max(float(weight.sum()), SURE)


def _response(prediction: Prediction, repeat: Repeat) -> dict[str, float]:
    """How its response moves with depth and price."""
    found: dict[str, float] = {}
    columns = repeat.test.columns
    if rises(columns.depths):
        falls = (np.diff(prediction.response, axis=1) < 0).any(axis=1)
        found[FALLS] = float(falls.mean())
    listed = repeat.prepared.list_prices.get("test")
    if listed is not None:
        found[PRICE_SLOPE] = _slope(prediction, repeat.test, listed)
    return found


def _slope(prediction: Prediction, test: Examples, listed: Floats) -> float:
    """Of its response per unit of price, weighted by the chances of the arms."""
    depths = np.array([depth or 0.0 for depth in test.columns.depths])
    price = listed[:, None].astype(np.float64) * (1 - depths)
    arms = len(depths)
    shares = np.tile(np.bincount(test.arm, minlength=arms) / len(test), (len(test), 1))
    weight = shares if test.propensities is None else test.propensities.astype(np.float64)
    return response_slope(prediction.response, price, weight)
