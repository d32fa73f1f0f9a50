"""`sconto log`: find decisions in the decision log and read them."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto log list --shopper household-1336",
    "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10",
    package=__name__,
    modules=("list", "show", "diff", "ruleset", "events", "proof", "checkpoint", "keygen"),
)
def log() -> None:
    """Find decisions and read them in plain words."""
