"""`sconto learn`: what data scientists make models with."""

from __future__ import annotations

import click

from sconto.cli.exits import Exit
from sconto.cli.learn_budget import simulate_budget
from sconto.cli.learn_data import data
from sconto.cli.learn_drift import drift
from sconto.cli.learn_judge import judge
from sconto.cli.learn_shadow import shadow_price
from sconto.cli.learn_train import train
from sconto.cli.learn_transfer import transfer
from sconto.cli.options import Commands, epilog


@click.group(
    cls=Commands,
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


for _command in (data, train, judge, drift, transfer, shadow_price, simulate_budget):
    learn.add_command(_command)
