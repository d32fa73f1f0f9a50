"""The names of the figures that models are judged by, as gates and reports know them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from sconto.learning.data.documents import TrainingDoc

CHANCE: Final = {
    "auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "calibration_error": "calibration error (ECE)",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "recall_20": "recall among the first 20 %",
}
"""Of outcomes that are yes or no, under the arm that was given."""

AMOUNT: Final = {"mse": "mean squared error"}
"""Of outcomes that are amounts."""

UPLIFT: Final = {
    "qini": "Qini",
    "auuc": "AUUC",
    "uplift_30": "uplift of the first 30 %",
    "per_thousand": "extra outcomes per 1,000",
}
"""Of each later arm against the first, by name as `qini womens`."""

SNIPS: Final = "snips"
"""The value of a model's choice, by outcome as `snips visit`."""

PRICE_SLOPE: Final = "price_slope"
FALLS: Final = "falls"
"""The share of rows whose response falls anywhere as the depth rises."""

VALUE: Final = "value"
"""What rows brought less what that cost, where the recipe says it or it follows."""

VALUE_BY_GAIN: Final = "value_by_gain"
"""The `value` of a model's choice by expected gain; of one that has none, of its only choice."""


def figure_names(doc: TrainingDoc) -> tuple[str, ...]:
    """Every figure by which a model of *doc* can be judged."""
    names = [*CHANCE, *AMOUNT]
    arms = [arm.name for arm in doc.treatment.arms]
    if doc.treatment.randomised and len(arms) > 1:
        names += [f"{name} {arm}" for name in UPLIFT for arm in arms[1:]]
        names += [f"{SNIPS} {outcome}" for outcome in valued(doc)]
        names += [VALUE_BY_GAIN] if has_margin(doc) else []
    if rises(tuple(arm.depth for arm in doc.treatment.arms)):
        names.append(FALLS)
    if doc.treatment.list_price is not None:
        names.append(PRICE_SLOPE)
    return tuple(names)


def has_margin(doc: TrainingDoc) -> bool:
    """Whether *doc* says what its first outcome brings."""
    return doc.objective is not None and doc.objective.margin is not None


def valued(doc: TrainingDoc) -> tuple[str, ...]:
    """What policies are valued by: every outcome, and `value` where it is none of them."""
    is_outcome = doc.cost is None and doc.value in doc.outcomes.values()
    extra = has_margin(doc) if doc.value is None else not is_outcome
    return (*doc.outcomes, *((VALUE,) if extra and VALUE not in doc.outcomes else ()))


def rises(depths: tuple[str | float | None, ...]) -> bool:
    """Whether each arm is deeper than the one before it, and there are several."""
    known = [float(Fraction(depth)) for depth in depths if depth is not None]
    return 1 < len(known) == len(depths) and known == sorted(set(known))
