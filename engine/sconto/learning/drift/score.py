"""What drift costs: a model's score, and how well it ranks, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from sconto.learning.data.split import holdout
from sconto.learning.drift.features import FeatureDrift, number_drift
from sconto.learning.examples import Examples, Floats
from sconto.learning.models import Model

HELD: Final = 0.2
"""Share of the training units that the model is not fitted on: its score of them is the norm."""

Scores = npt.NDArray[np.float64]

_CLASSES: Final = 2


@dataclass(frozen=True, slots=True)
class Scored:
    """The score of a model in both samples.

    Attributes:
        model: Its name.
        drift: How the score differs between held-back training rows and later ones.
        auc_before: How well it ranks held-back training rows; None unless outcomes are 0 and 1.
        auc_after: How well it ranks the later rows.
        expected: The score of each training row, [n]; NaN where the model was fitted on it.
        actual: The score of each later row, [m].
    """

    model: str
    drift: FeatureDrift
    auc_before: float | None
    auc_after: float | None
    expected: Scores
    actual: Scores


def scored(model: Model, expected: Examples, actual: Examples, seed: int) -> Scored:
    """Fit *model* on four fifths of the units of *expected*, and score all other rows."""
    # Another seed than the recipe's: it may have split units into periods by the same hash.
    learnt, kept = holdout(expected, HELD, seed + 1)
    held = np.isin(expected.unit, kept.unit)
    model.fit(learnt, None, seed)
    before = np.full(len(expected), np.nan)
    before[held] = model.predict(expected[held]).rank
    after = model.predict(actual).rank
    return Scored(
        model=model.name,
        drift=number_drift("score", before[held], after),
        auc_before=auc(expected.outcome[held], before[held]),
        auc_after=auc(actual.outcome, after),
        expected=before,
        actual=after,
    )


def auc(outcome: Floats, score: Scores) -> float | None:
    """Area under the ROC curve of *score*; None unless the outcomes are 0 and 1, and both occur."""
    known = np.unique(outcome)
    if len(known) != _CLASSES or not np.isin(known, (0, 1)).all():
        return None
    return float(roc_auc_score(outcome, score))
