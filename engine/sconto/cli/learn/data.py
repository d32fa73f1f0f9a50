"""`sconto learn data`: carry out a data recipe and print figures on the result."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.learn.options import GIVEN_DATA, OUTCOME, RECIPE, TEST_DATA, learning
from sconto.cli.options import FORMAT, PATH, command, option
from sconto.cli.output import print_json, print_lines, print_table
from sconto.errors import Rejected

if TYPE_CHECKING:
    from sconto.learning.data.prepare import Prepared
    from sconto.learning.data.report import DataReport


@command(
    "sconto learn data models/finance/recipe.yaml",
    "sconto learn data models/email/recipe.yaml --data hillstrom.csv --format json",
    "sconto learn data models/finance/recipe.yaml --out var/examples",
)
@RECIPE
@GIVEN_DATA
@TEST_DATA
@OUTCOME
@option(
    "--out",
    type=PATH,
    help="Folder to write the rows of each period to; without it nothing is written.",
)
@FORMAT
@click.pass_context
def data(
    ctx: click.Context,
    recipe: Path,
    data: Path | None,
    test_data: Path | None,
    outcome: str | None,
    out: Path | None,
    form: str,
) -> None:
    """Carry out the data recipe RECIPE and print figures on the result.

    Reads its tables, checks and cleans them, makes the features, and looks for features that see
    the future by deleting it. Findings in the recipe, or such features, end with exit code 1.
    Needs the extra `train`; in a
    clone: .venv/bin/pip install -e '.[train]'.
    """
    with learning(ctx, form):
        prepared, report = _carry_out(recipe, data, test_data, outcome)
    if out is not None:
        _write(prepared, out)
    if form == "json":
        print_json(asdict(report))
    else:
        _print_text(report)
    if report.leaks:
        names = ", ".join(f"`{name}`" for name in report.leaks)
        message = f"with the future deleted, these are different: {names}"
        raise Rejected(message, "look only at what is known at the moment")


def _carry_out(
    recipe: Path, data: Path | None, test_data: Path | None, outcome: str | None
) -> tuple[Prepared, DataReport]:
    from sconto.cli.learn.progress import steps
    from sconto.learning.data.prepare import prepare
    from sconto.learning.data.report import report_on

    with steps() as shown:
        shown.say("reading and preparing")
        prepared = prepare(recipe, data, outcome, test_data=test_data)
        shown.say("deleting the future and looking for leaks")
        return prepared, report_on(prepared, data, test_data)


def _write(prepared: Prepared, out: Path) -> None:
    from sconto.learning.examples_files import write

    for period, rows in prepared.examples.items():
        write([rows], len(rows), out / period)
    click.echo(f"the rows are in `{out}`", file=sys.stderr)


def _print_text(report: DataReport) -> None:
    tables = [
        (name, f"{t.read:,}", f"{t.kept:,}", "; ".join(f"{d.why}: {d.rows:,}" for d in t.dropped))
        for name, t in report.tables.items()
    ]
    print_table("tables", ("table", ">read", ">kept", "left out"), tables)
    if report.dropped:
        print_table(
            "rows left out", ("why", ">rows"), [(d.why, f"{d.rows:,}") for d in report.dropped]
        )
    periods = [
        (name, f"{p.rows:,}", f"{p.units:,}", _means(p.outcomes), p.digest[:12])
        for name, p in report.periods.items()
    ]
    print_table("periods", ("period", ">rows", ">units", "means", "digest"), periods)
    arms = [
        (name, f"{a.rows:,}", _number(a.depth), _means(a.outcomes), _number(a.value))
        for name, a in report.arms.items()
    ]
    print_table("arms", ("arm", ">rows", ">depth", "means", ">value"), arms)
    features = [
        (
            name,
            f.kind,
            f"{f.missing:.2%}",
            _number(f.age_days),
            "" if f.values is None else str(f.values),
        )
        for name, f in report.features.items()
    ]
    print_table("features", ("feature", "kind", ">missing", ">age in days", ">values"), features)
    print_lines(_sentences(report))


def _sentences(report: DataReport) -> Iterator[str]:
    if report.events_per_row is not None:
        yield f"events in a row's sequence: {report.events_per_row:.1f} on average"
    if report.balance is not None:
        b = report.balance
        yield (
            f"chance: largest standardised difference {b.largest:+.4f} ({b.feature}, {b.arm}); "
            f"{b.far} of {b.comparisons} are beyond 3 standard errors, {b.expected_far} expected"
        )
    elif not report.randomised:
        yield "not drawn by chance: what goes with an arm is not its effect"
    if report.leaks is None:
        yield "leaks: the rows have no clock, so nothing can be deleted"
    elif not report.leaks:
        yield "leaks: none; with the future deleted, every feature is the same"


def _means(means: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
