"""`sconto learn simulate-budget`: simulate a monthly budget under price policies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import FORMAT, PATH, command, option
from sconto.cli.output import print_json, print_table

SHOCK: Final = (datetime(2017, 8, 7, tzinfo=UTC), datetime(2017, 8, 21, tzinfo=UTC))
SHOCK_MONTH: Final = 7
MONTHS: Final = 12


@command(
    "sconto learn simulate-budget",
    "sconto learn simulate-budget --out var/budget.svg",
    name="simulate-budget",
    exits=(Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
)
@option("--limit", type=click.FloatRange(min=1), default=6_000.0, help="Budget of each month, USD.")
@option(
    "--shock",
    "factor",
    type=click.IntRange(1, 10),
    default=3,
    help="How many times the demand of two weeks in August is.",
)
@option(
    "--sharpness", type=click.IntRange(1, 12), default=2, help="How strongly the price answers."
)
@option("--seed", type=int, default=1, help="Draws how shoppers respond.")
@option("--out", type=PATH, help="Write a picture: .svg or .png.")
@FORMAT
def simulate_budget(
    limit: float, factor: int, sharpness: int, seed: int, out: Path | None, form: str
) -> None:
    """Serve a year of real baskets from a budget for each month, by three price policies.

    The baskets are those of The Complete Journey; how shoppers respond to a discount is ASSUMED.
    The price comes from the month of February, as history would give it. Earned is compared with
    the best that could have been done with the same budget, knowing the whole month. Needs the
    extra `train`.
    """
    with needs_extra("train"):
        from sconto.learning.allocation import compare, plot, simulate
    arrivals = simulate.traffic(simulate.year_of_baskets(), SHOCK, factor, seed)
    runs = compare.policies(arrivals, limit, sharpness)
    rows = [compare.summary(run, arrivals, limit, MONTHS) for run in runs]
    if out is not None:
        plot.draw(arrivals, runs, SHOCK_MONTH, out)
    if form == "json":
        print_json({"policies": rows})
        return
    headings = ("policy", ">used at month's end", ">hours dry", ">worst month", ">of the best")
    print_table("A budget for each of 12 months", headings, map(_cells, rows))
    if out is not None:
        click.echo(f"the picture is in `{out}`")


def _cells(row: dict[str, str | float | int]) -> tuple[str, ...]:
    return (
        str(row["policy"]),
        f"{row['used_least']:.1%} to {row['used_most']:.1%}",
        str(row["dry_hours"]),
        str(row["dry_hours_worst_month"]),
        f"{row['earned_of_best']:.1%}",
    )
