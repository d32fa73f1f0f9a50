"""The drift figures of one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sconto.learning.baselines.trees import ResponseLightGBM
from sconto.learning.data.documents import TimeSplitDoc
from sconto.learning.data.prepare import Prepared
from sconto.learning.drift.compared_rows import compared
from sconto.learning.drift.features import FeatureDrift, drift, outcome_drift
from sconto.learning.drift.months import Month, by_month
from sconto.learning.drift.score import Scored, scored


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What became of the features, the outcome and a model's score since the training rows.

    Attributes:
        recipe: Its name.
        expected_rows: How many rows were learnt from.
        actual_rows: How many came later.
        features: The drift of every feature, the most changed first.
        not_sent: Features that a server's log never holds.
        outcome: The drift of the outcome; None where it is not known.
        score: What it does to a model; None unless asked for.
        months: The same month by month; empty unless asked for.
    """

    recipe: str
    expected_rows: int
    actual_rows: int
    features: tuple[FeatureDrift, ...]
    not_sent: tuple[str, ...]
    outcome: FeatureDrift | None
    score: Scored | None
    months: tuple[Month, ...]

    def beyond(self, bound: float) -> tuple[str, ...]:
        """What has an index of at least *bound*, and more than chance makes, the largest first."""
        score = None if self.score is None else self.score.drift
        everything = [d for d in (*self.features, self.outcome, score) if d is not None]
        far = [d for d in everything if d.psi >= bound and d.psi > d.by_chance]
        return tuple(d.name for d in sorted(far, key=lambda d: -d.psi))


def report_on(
    prepared: Prepared, against: Path | None, *, score: bool, months: bool
) -> DriftReport:
    """Hold *against*, by default the test period, against the training rows of *prepared*.

    With *score* a response model (LightGBM) is fitted to see what drift does to a score.

    Raises:
        ScontoError: The rows can't be read, or have no clock and *months* are asked for.
    """
    both, doc = compared(prepared, against), prepared.recipe.doc
    found = scored(ResponseLightGBM(), both.expected, both.actual, doc.seed) if score else None
    zone = doc.split.zone if isinstance(doc.split, TimeSplitDoc) else "UTC"
    return DriftReport(
        recipe=doc.name,
        expected_rows=len(both.expected),
        actual_rows=len(both.actual),
        features=drift(both.expected, both.actual),
        not_sent=both.not_sent,
        outcome=None
        if np.isnan(both.actual.outcome).all()
        else outcome_drift(both.expected, both.actual),
        score=found,
        months=by_month(both, zone, found) if months else (),
    )
