"""`sconto learn`: prepare data, train models and judge them."""

from __future__ import annotations

from sconto.cli.options import group


@group(
    "sconto learn data models/finance/recipe.yaml",
    "sconto learn judge models/finance/recipe.yaml",
    "sconto learn train models/finance/recipe.yaml --out var/finance",
    package=__name__,
    modules=("data", "train", "judge", "drift", "transfer", "shadow-price", "simulate-budget"),
)
def learn() -> None:
    """Make models from recipes."""
