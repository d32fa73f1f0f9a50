"""How much better one model fits the same rows than another, over units drawn anew.

A split by time has one set of test rows: what chance does to it can only be seen by resampling it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from sconto.learning.evaluation.bootstrap import LEVEL, RESAMPLES, Interval

Numbers = npt.NDArray[np.float64]

_AT_ONCE: Final = 4_000_000
"""Weights of rows made together; bounds the memory."""


def auc_differences(
    outcome: Numbers,
    scores: Mapping[str, Sequence[Numbers]],
    than: str,
    unit: npt.NDArray[np.int64],
    seed: int,
) -> dict[str, Interval]:
    """How much higher each model's AUC is than that of *than*, with 95 % intervals over units.

    Each of *scores* is one model's scores [n] in each of its fits; its AUC is the mean of theirs.
    Rows of one *unit* are drawn together, for all models by the same draws.
    """
    _, of = np.unique(unit, return_inverse=True)
    drawn = {name: np.empty(RESAMPLES) for name in scores}
    units, random = int(of.max()) + 1, np.random.default_rng(seed)
    together = max(1, _AT_ONCE // len(outcome))
    for start in range(0, RESAMPLES, together):
        many = min(together, RESAMPLES - start)
        times = random.multinomial(units, np.full(units, 1 / units), size=many)[:, of]
        for name, fits in scores.items():
            drawn[name][start : start + many] = _mean_auc(outcome, fits, times.astype(np.float64))
    own = {
        name: _mean_auc(outcome, fits, np.ones((1, len(outcome))))[0]
        for name, fits in scores.items()
    }
    return {
        name: _interval(float(own[name] - own[than]), drawn[name] - drawn[than])
        for name in scores
        if name != than
    }


def weighted_auc(outcome: Numbers, score: Numbers, weight: Numbers) -> Numbers:
    """The area under the ROC curve for each row of *weight* [m, n]; ties count half.

    It is 0.5 where a draw has outcomes of one kind only.
    """
    order = np.argsort(score, kind="stable")
    first = np.flatnonzero(np.diff(score[order], prepend=np.nan) != 0)
    happened = outcome[order] == 1
    ordered = weight[:, order]
    yes = np.add.reduceat(ordered * happened, first, axis=1)
    no = np.add.reduceat(ordered * ~happened, first, axis=1)
    below = np.cumsum(no, axis=1) - no / 2
    pairs = yes.sum(axis=1) * no.sum(axis=1)
    area: Numbers = np.full(len(weight), 0.5)
    np.divide((yes * below).sum(axis=1), pairs, out=area, where=pairs > 0)
    return area


def _mean_auc(outcome: Numbers, fits: Sequence[Numbers], weight: Numbers) -> Numbers:
    """The mean over *fits*, each different one computed once."""
    times: dict[bytes, int] = {}
    for fit in fits:
        times[fit.tobytes()] = times.get(fit.tobytes(), 0) + 1
    total = np.zeros(len(weight))
    for raw, many in times.items():
        total += many * weighted_auc(outcome, np.frombuffer(raw), weight)
    return total / len(fits)


def _interval(mean: float, drawn: Numbers) -> Interval:
    low, high = np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(mean, float(low), float(high))
