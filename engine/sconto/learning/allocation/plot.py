"""The picture of a simulated year: how each price policy used every month's budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from sconto.learning.allocation.simulate import Run, Traffic
from sconto.learning.figure_files import save

_INCHES: Final = (10.0, 6.0)
_SHOWN: Final = 0.99
_POINTS: Final = 4_000
"""Arrivals drawn: more make a large file and no better picture."""


def draw(arrivals: Traffic, runs: Sequence[Run], shock_month: int, path: Path) -> None:
    """Write the use of each month's budget, and its price, over the year; SVG or PNG by name."""
    figure = Figure(figsize=_INCHES, layout="tight")
    use, price = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    at = arrivals.month + arrivals.hour / arrivals.hours[arrivals.month]
    some = np.arange(0, len(at), max(1, len(at) // _POINTS))
    for run in runs:
        used = run.used[some].copy()
        used[1:][np.diff(arrivals.month[some]) > 0] = np.nan
        use.plot(at[some], used * 100, label=run.name, linewidth=1.2)
        price.plot(at[some], run.price[some], linewidth=0.8)
    for axes in (use, price):
        axes.axvspan(shock_month, shock_month + 1, color="grey", alpha=0.15)
        axes.grid(visible=True, alpha=0.3)
    use.set_ylabel("used, % of the month's budget")
    use.set_title("A budget for each month of a year, with a demand shock in the grey month")
    use.legend(loc="lower right")
    # The last hours of a month hold a few prices far above all others.
    highest = max(float(np.quantile(run.price, _SHOWN)) for run in runs)
    price.set_ylim(0, 2 * highest)
    price.set_ylabel("shadow price")
    price.set_xlabel("months")
    save(figure, path)
