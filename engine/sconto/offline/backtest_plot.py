"""The plot of a backtest: discount cost and budget use over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from sconto.app.backtest.budget_use import BudgetBook, Level
from sconto.app.backtest.comparison import NEW, OLD
from sconto.app.backtest.tally import BUCKETS, Tally
from sconto.domain.money import MINOR_DIGITS

COLOURS: Final = ("#8a8f98", "#0b6e99")
"""Old and new."""
LIMIT: Final = "#c0392b"
MOST_BUDGETS: Final = 3
"""Panels of budgets: those that are used most."""
_INK: Final = "#2b2f36"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STYLE: Final[Any] = {
    "svg.hashsalt": "sconto",
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.edgecolor": "#c9ccd1",
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": "#6b7079",
    "ytick.color": "#6b7079",
}


def draw(report: dict[str, Any], tally: Tally, path: Path) -> None:
    """Write the picture of *report* and its *tally* to *path*, as SVG or PNG by its name.

    The same backtest writes the same bytes.
    """
    series = _most_used(tally.books) if tally.followed else []
    with rc_context(_STYLE):
        rows = 1 + len(series)
        heights = [3.0, *[1.25] * len(series)]
        figure = Figure(figsize=(9.5, 3.4 + 1.5 * len(series)), dpi=150, layout="constrained")
        panels: Any = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=heights)
        axes = [row[0] for row in panels]
        figure.suptitle(_title(report), x=0.01, ha="left", fontsize=13, fontweight="bold")
        _draw_cost(axes[0], report, tally)
        for panel, name in zip(axes[1:], series, strict=True):
            _draw_budget(panel, name, tally)
        locator: Any = AutoDateLocator()  # type: ignore[no-untyped-call]
        axes[-1].xaxis.set_major_locator(locator)
        formatter: Any = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
        axes[-1].xaxis.set_major_formatter(formatter)
        figure.savefig(path, metadata=_no_metadata(path))


def _no_metadata(path: Path) -> dict[str, Any]:
    if path.suffix == ".png":
        return {"Software": None}
    return dict.fromkeys(("Creator", "Date", "Format", "Type"))


def _title(report: dict[str, Any]) -> str:
    change = report["metrics"]["discount_cost"]["change"]
    digits = MINOR_DIGITS[report["currency"]]
    money = f"{abs(change) / 10**digits:,.{digits}f} {report['currency']}"
    if not change:
        return "The new rules cost the same"
    return f"The new rules cost {money} {'more' if change > 0 else 'less'}"


def _draw_cost(axes: Axes, report: dict[str, Any], tally: Tally) -> None:
    """Draw the cumulative cost of both sides, and mark exhausted budgets."""
    times = _times(tally)
    units = 10 ** MINOR_DIGITS[report["currency"]]
    costs = [[c / units for c in accumulate(tally.costs[side], initial=0)] for side in (OLD, NEW)]
    labels = (f"old: {report['old']['name']}", f"new: {report['new']['name']}")
    axes.fill_between(times, costs[OLD], costs[NEW], color=COLOURS[NEW], alpha=0.10, linewidth=0)
    for side in (OLD, NEW):
        axes.plot(
            times, costs[side], color=COLOURS[side], linewidth=2.2, label=labels[side],
            gid=("old-cost", "new-cost")[side], solid_capstyle="round",
        )  # fmt: skip
        axes.annotate(
            f"{costs[side][-1]:,.0f}", (times[-1], costs[side][-1]), xytext=(5, 0),
            textcoords="offset points", va="center", color=COLOURS[side], fontweight="bold",
        )  # fmt: skip
        _draw_marks(axes, tally, side, times, costs[side])
    _plain(axes)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"discount cost so far, {report['currency']}")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.legend(frameon=False, loc="upper left")


def _draw_marks(
    axes: Axes, tally: Tally, side: int, times: Sequence[float], cost: Sequence[float]
) -> None:
    for number, (key, at_us) in enumerate(_ran_out(tally.books[side])):
        at = tally.bucket(at_us) + 1
        axes.plot(
            times[at], cost[at], marker="X", markersize=9, color=LIMIT, markeredgecolor="white",
            linestyle="none", zorder=5, gid=f"ran-out-{('old', 'new')[side]}-{number}",
            label="a budget runs out" if (side, number) == (NEW, 0) else None,
        )  # fmt: skip
        if side == NEW and number < MOST_BUDGETS:
            axes.annotate(
                key.split("/", 1)[0], (times[at], cost[at]), xytext=(0, 9), fontsize=8,
                textcoords="offset points", ha="center", color=LIMIT,
            )  # fmt: skip


def _draw_budget(axes: Axes, name: str, tally: Tally) -> None:
    """Draw the used share of a budget's limit on both sides, period by period."""
    times = _times(tally)
    axes.axhline(1, color=LIMIT, linewidth=1, linestyle=(0, (4, 2)))
    for side in (OLD, NEW):
        for curve in _curves(tally.books[side].levels.get(name, {})):
            axes.plot(
                [times[at] for at in curve.buckets], curve.shares, color=COLOURS[side],
                linewidth=1.6, drawstyle="steps-post",
            )  # fmt: skip
        for key, at_us in _ran_out(tally.books[side]):
            if key.rsplit("/", 1)[0] == name:
                axes.plot(
                    times[tally.bucket(at_us) + 1], 1, marker="X", markersize=7, color=LIMIT,
                    markeredgecolor=COLOURS[side], linestyle="none", clip_on=False, zorder=5,
                )  # fmt: skip
    _plain(axes)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_title(f"{name}: used of its limit", loc="left", fontsize=9, color=_INK)


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, axis="y", color="#e8eaed", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


@dataclass(slots=True)
class _Curve:
    """One period of a budget."""

    buckets: list[int]
    shares: list[float]


def _curves(levels: dict[int, Level]) -> Iterator[_Curve]:
    """The periods in *levels*, each drawn until the next begins."""
    curve, key = _Curve([], []), ""
    for bucket in sorted(levels):
        level = levels[bucket]
        if level.key != key:
            if curve.buckets:
                yield curve
            curve, key = _Curve([bucket], [0.0]), level.key
        curve.buckets.append(bucket + 1)
        curve.shares.append(level.used / level.limit if level.limit else 1.0)
    if curve.buckets:
        yield curve


def _most_used(books: tuple[BudgetBook, BudgetBook]) -> list[str]:
    """The budgets, each with its holder, that come nearest to their limits."""
    peaks: dict[str, float] = {}
    for book in books:
        for key, use in book.keys.items():
            name = key.rsplit("/", 1)[0]
            share = use.peak / use.limit if use.limit else 1.0
            peaks[name] = max(peaks.get(name, 0.0), share, float(use.ran_out_us is not None))
    return sorted(peaks, key=lambda name: (-peaks[name], name))[:MOST_BUDGETS]


def _ran_out(book: BudgetBook) -> list[tuple[str, int]]:
    found = ((k, u.ran_out_us) for k, u in book.keys.items() if u.ran_out_us is not None)
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def _times(tally: Tally) -> list[float]:
    """The bounds of the time buckets."""
    span = tally.span
    length = max(span.to_us - span.from_us, 1)
    ends = (span.from_us + length * i // BUCKETS for i in range(BUCKETS + 1))
    moments = [_EPOCH + timedelta(microseconds=end) for end in ends]
    return [float(at) for at in date2num(moments)]  # type: ignore[no-untyped-call]
