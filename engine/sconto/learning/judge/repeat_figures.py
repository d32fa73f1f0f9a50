"""Figures of each model in each repeat, and over all repeats with their spread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sconto.learning.evaluation.bootstrap import Interval, over_splits
from sconto.learning.evaluation.probabilities import CalibrationBin, calibration_table
from sconto.learning.evaluation.uplift import UpliftCurve
from sconto.learning.judge.figures import (
    Curve,
    ModelFigures,
    Response,
    Spread,
    as_served_of,
    by_gain_of,
    by_threshold_of,
)
from sconto.learning.judge.gain import Choices, Least, Picked, by_gain, by_threshold
from sconto.learning.judge.jobs import Done
from sconto.learning.judge.measures import chances, curve, measured
from sconto.learning.judge.repeats import Repeat
from sconto.learning.models import Probabilities

_POINTS: Final = 41
"""Of a curve that is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class RepeatFigures:
    """What is kept of one model in one repeat; plots only of the first."""

    figures: Mapping[str, float]
    logged: Probabilities
    """What was expected under the arm that was given, [n]; chances within what logs can bear."""
    choice: Choices
    by_money: Mapping[str, Choices]
    """What it gives where costs count, by the names of policies; empty where it has one choice."""
    picked: Picked | None
    """What rows held out say of these."""
    response: Mapping[str, Response]
    calibration: tuple[CalibrationBin, ...]
    curves: Mapping[str, Curve]
    losses: tuple[tuple[float, ...], ...]
    seconds: float


def repeat_figures(
    done: Done,
    repeat: Repeat,
    threshold: float | None,
    picked: Picked | None,
    rules: Least,
    *,
    whole: bool,
) -> RepeatFigures:
    """The figures of one fitted model in *repeat*; with *whole*, also what its plots show.

    *picked* is what rows held out say of its choices by gain, if it has any; *rules* is what a
    server asks of a gain.
    """
    prediction, test = done.prediction, repeat.test
    by_money = {} if picked is None else _by_money(done, repeat, picked, rules)
    chance = threshold is not None
    return RepeatFigures(
        figures=measured(prediction, repeat, threshold, by_money.get(by_gain_of(prediction.name))),
        logged=chances(prediction, test) if chance else prediction.logged(test),
        choice=prediction.choice,
        by_money=by_money,
        picked=picked,
        response=_response(done, test.columns.arms, test.columns.depths),
        calibration=calibration_table(test.outcome, chances(prediction, test))
        if whole and chance
        else (),
        curves={
            name: _thin(curve(prediction, test, arm))
            for arm, name in enumerate(test.columns.arms[1:], start=1)
        }
        if whole and chance and repeat.is_experiment
        else {},
        losses=() if done.losses is None else tuple(map(tuple, done.losses.tolist())),
        seconds=done.seconds,
    )


def _by_money(done: Done, repeat: Repeat, picked: Picked, rules: Least) -> dict[str, Choices]:
    """What it gives by the least gain that was picked, and as a server uses an ensemble."""
    prediction, test, objective = done.prediction, repeat.test, repeat.objective
    found = {
        by_gain_of(prediction.name): by_gain(prediction, test, objective, done.spread, picked.least)
    }
    if done.spread is not None:
        served = by_gain(prediction, test, objective, done.spread, rules)
        found[as_served_of(prediction.name)] = served
        found[by_threshold_of(prediction.name)] = by_threshold(prediction, picked.uplift)
    return found


def model_figures(
    found: Mapping[str, Sequence[RepeatFigures]],
    references: Sequence[str],
    networks: Collection[str],
    thresholds: Mapping[str, float],
    bootstrap: Mapping[str, Mapping[str, Mapping[str, Interval]]],
) -> dict[str, ModelFigures]:
    """Each model over its repeats, and its differences to *references* in the same repeats.

    *bootstrap* has differences over test units, as `judge.bootstrap_differences` makes them.
    """
    return {
        name: ModelFigures(
            network=name in networks,
            least=tuple(one.picked.least for one in repeats if one.picked is not None),
            threshold=thresholds.get(name),
            figures={f: spread(_values(repeats, f)) for f in repeats[0].figures},
            than={
                other: {
                    f: replace(spread(difference(own, _values(found[other], f))), values=())
                    for f, own in ((f, _values(repeats, f)) for f in repeats[0].figures)
                }
                for other in references
                if other in found and other != name
            },
            bootstrap=bootstrap.get(name, {}),
            calibration=repeats[0].calibration,
            curves=repeats[0].curves,
            response=_mean_response(repeats),
            losses=repeats[0].losses,
            seconds=float(np.mean([one.seconds for one in repeats])),
            tried=() if repeats[0].picked is None else repeats[0].picked.tried,
        )
        for name, repeats in found.items()
    }


def spread(values: Sequence[float]) -> Spread:
    """*values* of one figure in each repeat."""
    mean, deviation = float(np.mean(values)), 0.0
    if len(values) == 1:
        return Spread(mean, deviation, None, None, tuple(values))
    interval = over_splits(values)
    return Spread(mean, float(np.std(values, ddof=1)), interval.low, interval.high, tuple(values))


def difference(better: Sequence[float], than: Sequence[float]) -> list[float]:
    """In each repeat, how much more *better* is."""
    return [a - b for a, b in zip(better, than, strict=True)]


def _values(repeats: Sequence[RepeatFigures], figure: str) -> list[float]:
    return [one.figures[figure] for one in repeats]


def _response(
    done: Done, arms: tuple[str, ...], depths: tuple[float | None, ...]
) -> dict[str, Response]:
    means = done.prediction.response.mean(axis=0)
    apart = None if done.disagreement is None else done.disagreement.mean(axis=0)
    return {
        name: Response(depth, float(means[i]), None if apart is None else float(apart[i]))
        for i, (name, depth) in enumerate(zip(arms, depths, strict=True))
    }


def _mean_response(repeats: Sequence[RepeatFigures]) -> dict[str, Response]:
    found = {}
    for arm, first in repeats[0].response.items():
        all_of_it = [one.response[arm] for one in repeats]
        apart = [one.disagreement for one in all_of_it if one.disagreement is not None]
        found[arm] = Response(
            first.depth,
            float(np.mean([one.mean for one in all_of_it])),
            float(np.mean(apart)) if apart else None,
        )
    return found


def _thin(whole: UpliftCurve) -> Curve:
    """Points of *whole* at equal distances."""
    share = np.linspace(0, 1, _POINTS)
    gain = np.interp(share * whole.shoppers[-1], whole.shoppers, whole.gain)
    return Curve(tuple(share.tolist()), tuple(gain.tolist()))
