"""The card's two plots, as SVG: calibration, and the response to depth."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sconto.scoring.manifest import Manifest

CALIBRATION_FILE: Final = "calibration.svg"
RESPONSE_FILE: Final = "response.svg"
_INCHES: Final = (6.0, 4.0)


def draw(manifest: Manifest, folder: Path) -> None:
    """Write both plots of *manifest* into *folder*; the same manifest gives the same files."""
    figure, axes = _blank("mean predicted probability", "share that bought")
    top = 0.0
    for name in ("network", "logistic"):
        bins = manifest.metrics[name].calibration
        axes.plot([b.predicted for b in bins], [b.bought for b in bins], marker="o", label=name)
        top = max(top, *(max(b.predicted, b.bought) for b in bins))
    axes.plot([0, top], [0, top], color="grey", linestyle=":", label="perfect")
    axes.set_title("Calibration by tenths of the test units")
    _save(figure, axes, folder / CALIBRATION_FILE)
    figure, axes = _blank("depth, % off the list price", "mean purchase probability")
    depths = [point.depth_bp / 100 for point in manifest.response]
    axes.plot(
        depths, [point.probability for point in manifest.response], marker="o", label="network"
    )
    axes.set_ylim(bottom=0)
    axes.set_title("Response to depth, all test units at one depth (no causal claim)")
    _save(figure, axes, folder / RESPONSE_FILE)


def _blank(across: str, up: str) -> tuple[Figure, Axes]:
    """An empty plot with named axes."""
    figure = Figure(figsize=_INCHES, layout="tight")
    axes = figure.subplots()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)
    return figure, axes


def _save(figure: Figure, axes: Axes, path: Path) -> None:
    """Write *figure* without metadata or random ids: a second run writes the same bytes."""
    axes.legend()
    with rc_context({"svg.hashsalt": "sconto", "svg.fonttype": "none"}):
        figure.savefig(path, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
