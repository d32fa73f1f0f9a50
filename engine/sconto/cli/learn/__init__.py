"""`sconto learn`: prepare data, train models and judge them."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import Commands, epilog


@click.group(
    cls=Commands,
    package=__name__,
    modules=("data", "train", "judge", "drift", "transfer", "shadow-price", "simulate-budget"),
    epilog=epilog(
        (
            "sconto learn data models/finance/recipe.yaml",
            "sconto learn judge models/finance/recipe.yaml",
            "sconto learn train models/finance/recipe.yaml --out var/finance",
        ),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
    ),
)
def learn() -> None:
    """Make models from recipes."""
