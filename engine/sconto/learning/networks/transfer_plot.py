"""The picture of a transfer table: a figure by how many labels were learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from sconto.learning.figure_files import save
from sconto.learning.networks.transfer import REUSES, TransferRow

_INCHES: Final = (10.0, 4.0)
_SHOWN: Final = {"auc": "AUC (higher is better)", "log_loss": "log loss (lower is better)"}


def draw(rows: Sequence[TransferRow], path: Path) -> None:
    """Write AUC and log loss with their intervals over the labels; SVG or PNG by name."""
    figure = Figure(figsize=_INCHES, layout="tight")
    for axes, (name, title) in zip(figure.subplots(1, 2), _SHOWN.items(), strict=True):
        for place, reuse in enumerate(REUSES):
            own = [row for row in rows if row.reuse == reuse]
            of = [row.figures[name] for row in own]
            # Drawn a little apart, so that no interval hides another.
            at = [row.labels * (1 + 0.06 * place) for row in own]
            reach = [one.high - one.mean for one in of]
            axes.errorbar(at, [one.mean for one in of], reach, label=reuse, marker="o", capsize=3)
        axes.set_xscale("log")
        axes.set_xlabel("rows with a label")
        axes.set_title(title)
        axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, path)
