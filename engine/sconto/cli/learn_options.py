"""What the commands of `sconto learn` take alike: a data recipe, its data, and its outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

RECIPE: Final = click.argument(
    "recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)

GIVEN_DATA: Final = click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="The data: a CSV or Parquet file, or a folder with one for each table.",
)

TEST_DATA: Final = click.option(
    "--test-data",
    type=click.Path(exists=True, path_type=Path),
    help="The test rows of a recipe with `split: {by: file}`, in the form of --data.",
)

OUTCOME: Final = click.option(
    "--outcome", help="The outcome to learn.  [default: the recipe's first]"
)
