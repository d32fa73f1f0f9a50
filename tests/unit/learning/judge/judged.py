"""A trial big enough to judge models on, as a recipe, and figures made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sconto.learning.baselines.linear import is_chance
from sconto.learning.baselines.suite import baselines
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.drift.features import FeatureDrift
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.evaluation.offpolicy import PolicyValue
from sconto.learning.evaluation.probabilities import CalibrationBin
from sconto.learning.evaluation.slopes import Slope
from sconto.learning.examples import Examples
from sconto.learning.judge.figures import (
    Curve,
    Figures,
    GateResult,
    ModelFigures,
    Policies,
    Response,
    Rows,
)
from sconto.learning.judge.gain import Least
from sconto.learning.judge.repeat_figures import spread
from sconto.learning.models import Model
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting
from unit.learning.data.shops import Change, shop

DNN = "dnn"


def small_suite(train: Examples, rule: HandRuleDoc | None) -> tuple[Model, ...]:
    """Like the real one, with one network that is fitted in no time."""
    network = NetworkModel(DNN, how=Fitting(epochs=2, members=2))
    learners = baselines(rule, len(train.columns.arms))
    return (*learners, *([network] if is_chance(train.outcome) else []))


def trial(folder: Path, *changes: Change, rows: int = 240) -> Path:
    """A recipe with *rows* rows split by unit; the tenth brings more visits of frequent guests."""
    draw = np.random.default_rng(7)
    lines = ["customer,on,arm,seen,age,visit,spend"]
    for i in range(rows):
        given, seen = draw.random() < 0.5, int(draw.integers(0, 6))
        came = draw.random() < 0.2 + 0.08 * seen * given
        arm, visit = ("yes" if value else "no" for value in (given, came))
        lines.append(f"c{i},2026-02-{1 + i % 28:02},{arm},{seen},30,{visit},{10 * came}")

    def by_unit(recipe: dict[str, Any]) -> None:
        recipe["split"] = {"by": "unit", "test": 40}
        recipe["features"]["categories"] = {}

    return shop(folder, by_unit, *changes, offers="\n".join(lines) + "\n")


def gated(*gates: dict[str, Any]) -> Change:
    """A change that gives the recipe those *gates*."""
    return lambda recipe: recipe.update(gates=list(gates))


def some_policies() -> dict[str, Policies]:
    """What two models bring, of visits and of money."""
    value = PolicyValue(
        *(Interval(m, m - 0.1, m + 0.1) for m in (0.5, 0.6, 0.7)),
        effective=60.4, matched=0.5,
        gains={"everybody none": Interval(0.03, 0.01, 0.05),
               "everybody tenth": Interval(0.02, -0.01, 0.05)},
    )  # fmt: skip
    beside = {
        "dnn by gain": Interval(-0.2, -0.3, -0.1),
        "dnn by threshold": Interval(0.0, -0.1, 0.1),
    }
    served = replace(value, gains={**value.gains, **beside})
    names = ("everybody tenth", "t logistic", DNN)
    held_against = ("everybody tenth", "tenth", "everybody none")
    return {
        "visit": Policies(*held_against, dict.fromkeys(names, value)),
        "value": Policies(
            *held_against,
            {**dict.fromkeys((*names, "dnn by gain"), value), "dnn as served": served},
        ),
    }


def some_figures(**changed: Any) -> Figures:
    """Figures of two models with one of everything, no two alike."""
    arms, depths = ("none", "tenth"), (0.0, 0.1)
    gain = spread([0.01, 0.03, 0.02])
    names = ("auc", "average_precision", "log_loss", "brier", "calibration_error", "accuracy",
             "precision", "recall", "f1", "recall_20", "qini tenth", "auuc tenth",
             "uplift_30 tenth", "per_thousand tenth", "snips visit", "value_by_gain", "price_slope",
             "falls")  # fmt: skip
    own = {n: spread([0.1 + i / 50, 0.11 + i / 50, 0.12 + i / 50]) for i, n in enumerate(names)}
    own["falls"] = spread([0.0, 0.0, 0.0])
    bins = tuple(CalibrationBin(units=20, predicted=p / 10, bought=p / 11) for p in range(3))
    curves = {"tenth": Curve((0.0, 0.5, 1.0), (0.0, 6.0, 4.0))}
    response = {
        arm: Response(depth, 0.2 + (depth or 0), 0.01)
        for arm, depth in zip(arms, depths, strict=True)
    }
    linear = ModelFigures(False, (), 0.3, own, {}, {}, bins, curves, response, (), 0.1)
    network = ModelFigures(
        True, (Least(0.1, 0.5), Least(0.2, 1.0)), 0.4, own,
        {"t logistic": dict.fromkeys(names, gain)}, {}, bins, curves, response,
        ((0.7, 0.6), (0.71, 0.61)), 12.0,
    )  # fmt: skip
    moved = FeatureDrift("seen", "number", 0.3, 0.1, 0.2, 0.01, (0.0, 0.1), "mean", 2.0, 3.0)
    still = FeatureDrift("visit", "number", 0.01, 0.1, 0.02, 0.5, (0.0, 0.0), "mean", 0.2, 0.21)
    return Figures(
        **{
            "recipe": "corner",
            "about": "Who comes?",
            "outcome": "visit",
            "chance": True,
            "randomised": True,
            "arms": arms,
            "depths": depths,
            "repeats": 3,
            "splits": True,
            "periods": {p: Rows(100, 90, 0.25, p * 8) for p in ("train", "test")},
            "features": 2,
            "best_by": "value less cost",
            "left_out": ("best arm", "t lightgbm"),
            "objective": True,
            "references": ("t logistic",),
            "models": {"t logistic": linear, DNN: network},
            "policies": some_policies(),
            "slope": Slope(-0.0024, 0.0004, 190),
            "drift": (still, moved),
            "gates": (
                GateResult(DNN, "auc", None, "at least 0.1", own["auc"], True),
                GateResult(DNN, "auc", "t logistic", "at least 0.2", gain, False),
                GateResult("gru", "f1", None, "at most 1", None, None),
            ),
            "made": {"recipe": "0" * 64, "torch": "2"},
        }
        | changed
    )  # fmt: skip
