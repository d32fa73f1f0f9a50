"""Drift as pictures: every feature's index, and its course over the months."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from sconto.learning.drift.features import LARGE, MODERATE, FeatureDrift, Level
from sconto.learning.drift.months import Month
from sconto.learning.drift.report import DriftReport
from sconto.learning.figure_files import save

FEATURES_FILE: Final = "drift.svg"
MONTHS_FILE: Final = "months.svg"

_COLOURS: Final = {Level.SMALL: "#c9d6df", Level.MODERATE: "#f2b134", Level.LARGE: "#c8553d"}
_SHOWN: Final = 20
"""Features in a picture; the others have drifted less."""


def draw(report: DriftReport, folder: Path) -> tuple[Path, ...]:
    """Write the pictures of *report* into *folder*; the same report gives the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {FEATURES_FILE: of_features(report.features)}
    if report.months:
        names = [d.name for d in report.features[:_SHOWN]]
        figures[MONTHS_FILE] = of_months(report.months, names)
    for name, figure in figures.items():
        save(figure, folder / name)
    return tuple(folder / name for name in figures)


def of_features(drifts: Sequence[FeatureDrift]) -> Figure:
    """The stability index of the features that changed most, with the two usual bounds."""
    shown = [*reversed(drifts[:_SHOWN])]
    figure = Figure(figsize=(7.0, 1.4 + 0.26 * len(shown)), layout="tight")
    axes = figure.subplots()
    axes.barh(
        [d.name for d in shown], [d.psi for d in shown], color=[_COLOURS[d.level] for d in shown]
    )
    for bound in (MODERATE, LARGE):
        axes.axvline(bound, color="grey", linestyle=":")
    axes.set_xlabel(f"population stability index; dotted: {MODERATE} and {LARGE}")
    axes.set_title("How far features are from the training rows")
    return figure


def of_months(months: Sequence[Month], names: Sequence[str]) -> Figure:
    """The drift of the features called *names* by month; outcome and AUC below."""
    figure = Figure(figsize=(1.8 + 0.42 * len(months) + 2, 3.4 + 0.24 * len(names)), layout="tight")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(len(names), 8))
    order = [*Level]
    levels = [[order.index(m.features[name].level) for m in months] for name in reversed(names)]
    colours = ListedColormap([_COLOURS[level] for level in order])
    upper.pcolormesh(
        levels, cmap=colours, vmin=-0.5, vmax=len(order) - 0.5, edgecolors="white", linewidth=0.5
    )
    upper.set_yticks(np.arange(len(names)) + 0.5, [*reversed(names)])
    upper.set_title(
        "Each month against all training rows: small drift grey, moderate amber, large red"
    )
    at = np.arange(len(months)) + 0.5
    _line(lower, at, [m.outcome for m in months], "mean outcome")
    _line(lower, at, [m.auc for m in months], "AUC")
    learnt = sum(m.learnt for m in months)
    for axes in (upper, lower):
        axes.axvline(learnt, color="black", linewidth=1.5)
    lower.set_xticks(at, [m.month for m in months], rotation=90)
    lower.set_xlabel("left of the line: rows that were learnt from")
    lower.grid(visible=True, alpha=0.3)
    lower.legend()
    return figure


def _line(axes: Axes, at: np.ndarray, values: Sequence[float | None], label: str) -> None:
    known = [np.nan if value is None else value for value in values]
    if not np.isnan(known).all():
        axes.plot(at, known, marker="o", markersize=3, label=label)
