"""The report's plots as SVG to stand inside a page: the same figures give the same text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sconto.learning.baselines.linear import TLogistic
from sconto.learning.baselines.trees import ResponseLightGBM, SLightGBM
from sconto.learning.drift.plot import of_features
from sconto.learning.judge.figures import Figures, ModelFigures

_INCHES: Final = (6.0, 3.8)
_ROW_INCHES: Final = 0.28
_COLOURS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#000000",
    "#999999",
)
"""Of Okabe and Ito: which colour-blind readers can tell apart; lines differ in style as well."""
_STYLES: Final = ("-", "--", "-.", ":")
_MARKERS: Final = "os^Dv<>P"
_BESIDE: Final = (ResponseLightGBM.name, TLogistic.name, SLightGBM.name)
"""Baselines that plots show beside the networks; tables have all."""


def plot(name: str, figures: Figures) -> str:
    """The plot called *name*, one of `PLOTS`, as an SVG element without ids of its own."""
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.size": 10}):
        drawn = PLOTS[name](figures)
        text = StringIO()
        empty = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        drawn.savefig(text, format="svg", metadata=empty)
    return _inside(name, text.getvalue())


def alt(name: str, figures: Figures) -> str:
    """What the plot shows, for who can't see it."""
    shown = ", ".join(n for n, _ in _shown(figures))
    return {
        "calibration": f"Observed against predicted shares by tenths of the test rows: {shown}.",
        "qini": f"Qini curves, extra outcomes by share of shoppers given the offer: {shown}.",
        "policies": "Mean outcome per row under each policy, with 95 % intervals; the tables "
        "above have the numbers.",
        "response": f"Mean expected {figures.outcome} under each arm: {shown}; the table above "
        "has the numbers.",
        "learning": "Mean training loss by epoch of each network's members.",
        "drift": "Population stability index of the most changed features; the table above has "
        "the numbers.",
    }[name]


def _calibration(figures: Figures) -> Figure:
    drawn, axes = _blank("mean predicted probability", f"share with {figures.outcome}")
    top = 0.0
    for i, (name, model) in enumerate(_shown(figures)):
        predicted = [b.predicted for b in model.calibration]
        observed = [b.bought for b in model.calibration]
        _line(axes, i, predicted, observed, name, marked=True)
        top = max(top, *predicted, *observed)
    axes.plot([0, top], [0, top], color="#777777", linewidth=0.8, label="perfect")
    axes.legend(fontsize="small")
    return drawn


def _qini(figures: Figures) -> Figure:
    arms = figures.arms[1:]
    drawn = Figure(figsize=(_INCHES[0], _INCHES[1] * len(arms)), layout="tight")
    for axes, arm in zip(drawn.subplots(len(arms), squeeze=False)[:, 0], arms, strict=True):
        _name_axes(axes, "share of shoppers, most promising first", f"extra {figures.outcome}")
        axes.set_title(f"{arm} against {figures.arms[0]}")
        for i, (name, model) in enumerate(_shown(figures)):
            own = model.curves[arm]
            _line(axes, i, own.shoppers, own.gain, name)
        last = model.curves[arm].gain[-1]
        axes.plot([0, 1], [0, last], color="#777777", linewidth=0.8, label="random order")
        axes.legend(fontsize="small")
    return drawn


def _policies(figures: Figures) -> Figure:
    many = len(figures.policies)
    rows = len(next(iter(figures.policies.values())).values)
    drawn = Figure(figsize=(_INCHES[0], many * (1 + _ROW_INCHES * rows)), layout="tight")
    panels = drawn.subplots(many, squeeze=False)[:, 0]
    for axes, (outcome, own) in zip(panels, figures.policies.items(), strict=True):
        names = [*own.values][::-1]
        for i, name in enumerate(names):
            value = own.values[name].snips
            axes.plot([value.low, value.high], [i, i], color=_COLOURS[0], linewidth=1.2)
            axes.plot([value.mean], [i], marker="o", color=_COLOURS[0])
        axes.axvline(own.values[own.than].snips.mean, color="#777777", linewidth=0.8)
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel(f"{outcome} per row (SNIPS); the line is {own.than}")
        axes.grid(visible=True, axis="x", alpha=0.3)
    return drawn


def _response(figures: Figures) -> Figure:
    drawn, axes = _blank("arm", f"mean expected {figures.outcome}")
    places = range(len(figures.arms))
    for i, (name, model) in enumerate(_shown(figures)):
        means = [own.mean for own in model.response.values()]
        _line(axes, i, [*places], means, name, marked=True)
        apart = [own.disagreement or 0.0 for own in model.response.values()]
        if any(apart):
            low, high = zip(
                *((m - a, m + a) for m, a in zip(means, apart, strict=True)), strict=True
            )
            axes.fill_between(
                [*places], low, high, color=_COLOURS[i % len(_COLOURS)], alpha=0.12, linewidth=0
            )
    axes.set_xticks(places, figures.arms)
    axes.legend(fontsize="small")
    return drawn


def _learning(figures: Figures) -> Figure:
    drawn, axes = _blank("epoch", "mean training loss")
    networks = [(name, model) for name, model in figures.models.items() if model.losses]
    for i, (name, model) in enumerate(networks):
        for member, losses in enumerate(model.losses):
            epochs = [*range(1, len(losses) + 1)]
            _line(axes, i, epochs, losses, name if not member else "_")
    axes.set_yscale("log")
    axes.legend(fontsize="small")
    return drawn


def _drift(figures: Figures) -> Figure:
    _, *features = figures.drift
    return of_features(features)


PLOTS: Final[dict[str, Callable[[Figures], Figure]]] = {
    "calibration": _calibration,
    "qini": _qini,
    "policies": _policies,
    "response": _response,
    "learning": _learning,
    "drift": _drift,
}


def _shown(figures: Figures) -> Iterator[tuple[str, ModelFigures]]:
    """The models that plots show."""
    for name, model in figures.models.items():
        if model.network or name in _BESIDE:
            yield name, model


def _blank(across: str, up: str) -> tuple[Figure, Axes]:
    drawn = Figure(figsize=_INCHES, layout="tight")
    axes = drawn.subplots()
    _name_axes(axes, across, up)
    return drawn, axes


def _name_axes(axes: Axes, across: str, up: str) -> None:
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)


def _line(
    axes: Axes,
    i: int,
    across: list[float] | list[int] | tuple[float, ...],
    up: list[float] | tuple[float, ...],
    name: str,
    *,
    marked: bool = False,
) -> None:
    """The line of the model that is shown as the *i*-th."""
    axes.plot(
        across,
        up,
        color=_COLOURS[i % len(_COLOURS)],
        linestyle=_STYLES[i % len(_STYLES)],
        linewidth=1.2,
        marker=_MARKERS[i % len(_MARKERS)] if marked else None,
        markersize=4,
        label=name,
    )


_ID: Final = re.compile(r'(\bid="|href="#|url\(#)')


def _inside(name: str, text: str) -> str:
    """The `svg` element of *text*, its ids made different from those of other plots."""
    element = text[text.index("<svg") :].rstrip()
    return _ID.sub(lambda found: f"{found[1]}{name}-", element)
