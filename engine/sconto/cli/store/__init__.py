"""`sconto store`: look after the file or the database that holds the decision log."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto store check --data /var/lib/sconto",
    "sconto store migrate --store postgresql://sconto@db/sconto",
    package=__name__,
    modules=("check", "copy", "migrate"),
)
def store() -> None:
    """Look after the file or the database that holds the decision log."""
