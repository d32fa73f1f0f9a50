"""All that a run found; `figures.json`, the report and the card are made of it alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from sconto.learning.drift.features import FeatureDrift
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.evaluation.offpolicy import PolicyValue
from sconto.learning.evaluation.probabilities import CalibrationBin
from sconto.learning.evaluation.slopes import Slope
from sconto.learning.judge.gain import UNSAID, Least, Valued

FORMAT: Final = 1
FIGURES_FILE: Final = "figures.json"
_DIGITS: Final = 6
_NUMBERS: Final = re.compile(r"\[[\d\s,.e+-]+\]")
"""A list of nothing but numbers, which stays on one line."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the repeats, and the interval for its mean; without one for one repeat.

    `values` has it in every repeat; it is empty for differences of figures that have theirs.
    """

    mean: float
    deviation: float
    low: float | None
    high: float | None
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A Qini curve of the first repeat, thinned out."""

    shoppers: tuple[float, ...]
    """As a share of all that were given one of both arms."""
    gain: tuple[float, ...]
    """Extra outcomes."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a model expects under one arm, on average over rows and repeats."""

    depth: float | None
    mean: float
    disagreement: float | None
    """The mean deviation of the ensemble's members for one row; None without an ensemble."""


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """One model.

    Attributes:
        network: Whether it is a network; all others are baselines.
        least: In each repeat, what a gain had to pass for it to give anything; empty where it does
            not choose by gain.
        threshold: From which probability on to say yes; None where outcomes are amounts.
        figures: By the names of `data.figures`.
        than: For each reference model, the paired difference of every figure.
        bootstrap: Where time splits, the same differences with bootstrap intervals over test units.
        calibration: Of the first repeat, in tenths.
        curves: By later arm.
        response: By arm.
        losses: Of the first repeat, the mean training loss of each member and epoch.
        seconds: Processor time of one fit, on average, in one thread.
        tried: Of the first repeat, the least gains that were tried, the best first.
    """

    network: bool
    least: tuple[Least, ...]
    threshold: float | None
    figures: Mapping[str, Spread]
    than: Mapping[str, Mapping[str, Spread]]
    bootstrap: Mapping[str, Mapping[str, Interval]]
    calibration: tuple[CalibrationBin, ...]
    curves: Mapping[str, Curve]
    response: Mapping[str, Response]
    losses: tuple[tuple[float, ...], ...]
    seconds: float
    tried: tuple[Valued, ...] = ()


EVERYBODY: Final = "everybody "
"""How the names of policies begin that give one arm to all."""


def everybody(arm: str) -> str:
    """The name of the policy that gives *arm* to all."""
    return EVERYBODY + arm


def by_gain_of(model: str) -> str:
    """The name of the choice of *model* where costs count."""
    return f"{model} by gain"


def as_served_of(model: str) -> str:
    """The name of the choice that a server makes by *model* and the given rules."""
    return f"{model} as served"


def by_threshold_of(model: str) -> str:
    """The name of the choice by the best threshold on the uplift of *model*."""
    return f"{model} by threshold"


@dataclass(frozen=True, slots=True)
class Policies:
    """What choices bring, by one outcome, over the test rows of all repeats.

    Attributes:
        than: A policy that all are held against: everybody the arm that is best in training.
        arm: That arm.
        none: The other one: everybody the first arm.
        values: By policy: models, and everybody one arm. The effective sample is of one repeat.
    """

    than: str
    arm: str
    none: str
    values: Mapping[str, PolicyValue]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one period in the first repeat."""

    rows: int
    units: int
    outcome: float
    digest: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate and what was measured; *passed* is None where it was not measured in this run."""

    model: str
    figure: str
    than: str | None
    wanted: str
    measured: Spread | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One run.

    Attributes:
        about: The question of the recipe.
        splits: Whether repeats are other splits; else other seeds on the one split by time.
        best_by: What the best arm for all is best by in training.
        left_out: Models that this run was asked not to judge.
        objective: Whether the recipe has an objective, so that its models can serve.
        references: The models that differences are taken to.
        slope: Of the outcome per unit of price, in the experiment itself.
        drift: How test rows of the first repeat differ from training rows: the outcome, then
            features, the most changed first.
        made: The recipe's digest, and the versions of what the models are made with.
        rules: What the rules ask of a gain by which models are judged as a server uses them.
    """

    recipe: str
    about: str
    outcome: str
    chance: bool
    randomised: bool
    arms: tuple[str, ...]
    depths: tuple[float | None, ...]
    repeats: int
    splits: bool
    periods: Mapping[str, Rows]
    features: int
    best_by: str
    left_out: tuple[str, ...]
    objective: bool
    references: tuple[str, ...]
    models: Mapping[str, ModelFigures]
    policies: Mapping[str, Policies]
    slope: Slope | None
    drift: tuple[FeatureDrift, ...]
    gates: tuple[GateResult, ...]
    made: Mapping[str, str]
    rules: Least = UNSAID

    @property
    def missed(self) -> tuple[GateResult, ...]:
        """The gates that were missed."""
        return tuple(gate for gate in self.gates if gate.passed is False)


def as_json(figures: Figures) -> str:
    """*figures* as they are kept: six digits, keys in the order of the fields."""
    document = {"format": FORMAT, **asdict(figures)}
    text = json.dumps(_short(document), indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), text) + "\n"


def from_json(text: str) -> Figures:
    """The figures that `as_json` wrote as *text*; ValueError where it is of another format."""
    document = json.loads(text)
    if document.pop("format", None) != FORMAT:
        raise ValueError("these figures are of another format")
    return TypeAdapter(Figures).validate_python(document)


def _short(value: Any) -> Any:
    """*value* with every number at the digits that are kept."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _short(own) for key, own in value.items()}
    return [_short(own) for own in value] if isinstance(value, (list, tuple)) else value
