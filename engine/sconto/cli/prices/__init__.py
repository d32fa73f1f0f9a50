"""`sconto prices`: the record of list prices."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto prices send prices.json --server 127.0.0.1:8470", package=__name__, modules=("send",)
)
def prices() -> None:
    """Send list prices to a server, so that the lowest of the last 30 days is known."""
