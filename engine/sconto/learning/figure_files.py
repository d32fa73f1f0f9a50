"""Pictures as files: the same figure gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure


def save(figure: Figure, path: Path) -> None:
    """Write *figure* to *path*, as SVG with its texts as texts, or as another kind by its name."""
    with rc_context({"svg.hashsalt": "sconto", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
