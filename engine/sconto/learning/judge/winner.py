"""Which network did best, and what its choices are worth beside those that need no model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sconto.learning.baselines.hand_rule import HandRule
from sconto.learning.data.figure_names import VALUE, VALUE_BY_GAIN
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.figures import (
    EVERYBODY,
    Figures,
    ModelFigures,
    Policies,
    as_served_of,
    by_gain_of,
    by_threshold_of,
)
from sconto.learning.judge.gain import Least, least_gain
from sconto.learning.judge.number_text import interval_text

_LOG_LOSS: Final = "log_loss"
NOT_RANDOMISED: Final = (
    "Not known: the data are not randomised. What choices would bring here would be graded by the "
    "model itself."
)


def winner(models: Mapping[str, ModelFigures]) -> tuple[str, str] | None:
    """The best network and by what: what its choice by gain brings, or else its log loss.

    One that chooses by a value of its own is no candidate where others choose by gain, as a server
    does. The first of several that are alike; None where no network was judged.
    """
    networks = {name: model.figures for name, model in models.items() if model.network}
    by_gain = [name for name in networks if models[name].least]
    if not networks:
        return None
    if by_gain:
        best = max(by_gain, key=lambda name: networks[name][VALUE_BY_GAIN].mean)
        return best, "of the networks, its choice by gain brings most"
    return min(networks, key=lambda name: networks[name][_LOG_LOSS].mean), "its log loss is lowest"


def gives_nobody(figures: Figures, name: str) -> bool:
    """Whether the choice of *name* by gain brings exactly what giving nobody anything brings."""
    own = figures.policies.get(VALUE)
    value = None if own is None else own.values.get(by_gain_of(name))
    if own is None or value is None:
        return False
    gain = value.gains[own.none]
    return gain.low == gain.mean == gain.high == 0


def worth_says(figures: Figures) -> Iterator[str]:
    """What the best network's choices bring, beside nothing, one arm for all and the hand rule."""
    if not figures.randomised:
        yield NOT_RANDOMISED
        return
    outcome = VALUE if VALUE in figures.policies else figures.outcome
    own, found = figures.policies.get(outcome), winner(figures.models)
    if own is None or found is None:
        yield "Not known: this run valued no choices of a network."
        return
    what = "value less cost" if outcome == VALUE else f"`{outcome}`"
    name = by_gain_of(found[0]) if by_gain_of(found[0]) in own.values else found[0]
    text = "; ".join(_differences(name, own))
    yield f"In {what} per row, {text}. More is better; intervals hold 95 % (SNIPS)."
    if as_served_of(found[0]) in own.values:
        yield _as_served(found[0], own, figures.rules)


def _as_served(model: str, own: Policies, rules: Least) -> str:
    """What a server gives by *model* and the *rules*, beside what rows held out picked."""
    gains = own.values[as_served_of(model)].gains
    asked = ", ".join(f"`{line}`" for line in least_gain(rules).lines)
    return (
        f"With rules that ask for {asked} a server gives by it what differs from none by "
        f"{_by(gains[own.none])}; from the choice by the least gain that was picked on training "
        f"units held out, by {_by(gains[by_gain_of(model)])}; from that by the best threshold on "
        f"its uplift, picked on the same, by {_by(gains[by_threshold_of(model)])}."
    )


def _differences(name: str, own: Policies) -> Iterator[str]:
    gains, none = own.values[name].gains, own.none.removeprefix(EVERYBODY)
    yield f"the choice of `{name}` differs from none (everybody `{none}`) by {_by(gains[own.none])}"
    if own.than == own.none:
        yield "none is also the best constant"
    else:
        yield f"from the best constant (everybody `{own.arm}`) by {_by(gains[own.than])}"
    if HandRule.name in own.values:
        yield f"the hand rule differs from none by {_by(own.values[HandRule.name].gains[own.none])}"


def _by(gain: Interval) -> str:
    return f"{'+' if gain.mean > 0 else ''}{interval_text(gain)}"
