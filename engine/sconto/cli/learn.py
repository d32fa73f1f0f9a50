"""`sconto learn`: what data scientists make models with."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit, missing_extra
from sconto.cli.learn_budget import simulate_budget
from sconto.cli.learn_data import data
from sconto.cli.learn_drift import drift
from sconto.cli.learn_judge import judge
from sconto.cli.learn_shadow import shadow_price
from sconto.cli.options import Commands, epilog


@click.group(
    cls=Commands,
    epilog=epilog(
        ("sconto learn train models/retail/recipe.yaml",), (Exit.OK, Exit.USAGE, Exit.UNAVAILABLE)
    ),
)
def learn() -> None:
    """Make models from recipes."""


@learn.command(
    epilog=epilog(
        (
            "sconto learn train models/retail/recipe.yaml",
            "sconto learn train models/retail/recipe.yaml --out var/try",
        ),
        (Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
    )
)
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the model, its manifest, card and plots.  "
    "[default: a folder named like the recipe's version, beside it]",
)
def train(recipe: Path, out: Path | None) -> None:
    """Train the model that RECIPE describes, judge it, and write it with its card.

    Needs the extra `train`: pip install 'sconto[train]'.
    """
    try:
        from rich.progress import Progress  # noqa: PLC0415 - torch is slow, and not always there

        from sconto.learning.pipeline import train_recipe  # noqa: PLC0415
        from sconto.learning.recipe import read_recipe  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_extra(error, "train") from error
    asked, _ = read_recipe(recipe)
    with Progress() as progress:
        written = train_recipe(recipe, out or recipe.parent / asked.version, progress)
    click.echo(f"the model and its card are in `{written}`")


for _command in (data, drift, judge, shadow_price, simulate_budget):
    learn.add_command(_command)
