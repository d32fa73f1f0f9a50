"""Shared by the commands of `sconto learn`: options, and how errors in a recipe are reported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.findings import print_findings
from sconto.cli.options import option

RECIPE: Final = click.argument(
    "recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)

GIVEN_DATA: Final = option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    help="The data: a CSV or Parquet file, or a folder with one for each table.",
)

TEST_DATA: Final = option(
    "--test-data",
    type=click.Path(exists=True, path_type=Path),
    help="The test rows of a recipe with `split: {by: file}`, in the form of --data.",
)

OUTCOME: Final = option("--outcome", help="The outcome to learn.  [default: the recipe's first]")


@contextmanager
def learning(ctx: click.Context, form: str) -> Iterator[None]:
    """Report findings in the recipe, or that the extra `train` is missing, and end the command."""
    with needs_extra("train"):
        from sconto.learning.data.recipe import RecipeFaulty

        try:
            yield
        except RecipeFaulty as fault:
            print_findings(fault.findings, form, "")
            ctx.exit(Exit.REFUSED)
