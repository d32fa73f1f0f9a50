"""`sconto store`: look after the file that holds the decision log."""

from __future__ import annotations

from sconto.cli.options import group


@group("sconto store check --data /var/lib/sconto", package=__name__, modules=("check",))
def store() -> None:
    """Look after the file that holds the decision log."""
