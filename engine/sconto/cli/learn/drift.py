"""`sconto learn drift`: compare later rows with the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.learn.options import GIVEN_DATA, RECIPE, learning
from sconto.cli.options import FORMAT, PATH, command, option
from sconto.cli.output import print_json, print_lines, print_table
from sconto.errors import Rejected

if TYPE_CHECKING:
    from sconto.learning.drift.features import FeatureDrift
    from sconto.learning.drift.months import Month
    from sconto.learning.drift.report import DriftReport

HEADINGS: Final = ("what", ">index", "drift", ">distance", ">missing", "what changed")
MONTH_HEADINGS: Final = (
    "month", "", ">rows", ">outcome", ">large", "most changed", ">score", ">AUC",
)  # fmt: skip


@command(
    "sconto learn drift models/travel/recipe.yaml --score",
    "sconto learn drift models/travel/recipe.yaml --by month --out var/drift",
    "sconto learn drift models/travel/recipe.yaml --against var/sconto-travel --fail-at 0.25",
)
@RECIPE
@GIVEN_DATA
@option(
    "--against",
    type=PATH,
    help="The later rows: a server's data folder, rows written by `learn data --out`, or other "
    "data for the recipe.  [default: the recipe's test period]",
)
@option("--by", type=click.Choice(["month"]), help="Compare each calendar month too.")
@option("--score", is_flag=True, help="Also fit a response model and compare its score.")
@option(
    "--fail-at",
    type=click.FloatRange(min=0),
    help="End with exit code 1 when an index is at least this; 0.25 is usual.",
)
@option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures (SVG)."
)
@FORMAT
@click.pass_context
def drift(
    ctx: click.Context,
    recipe: Path,
    data: Path | None,
    against: Path | None,
    by: str | None,
    score: bool,
    fail_at: float | None,
    out: Path | None,
    form: str,
) -> None:
    """Measure how far later rows are from the training rows of RECIPE, feature by feature.

    Compares the test period with the training period, or what --against names: with a server's
    data folder, the facts of its decisions that have the names of features (`shopper.price` for
    `price`). The population stability index is small below 0.1 and large from 0.25 on; what chance
    alone explains counts as small. Needs the extra `train`;
    in a clone: .venv/bin/pip install -e '.[train]'.
    """
    with learning(ctx, form):
        report = _carry_out(recipe, data, against, score=score, months=by is not None)
    if form == "json":
        print_json(_plain(report))
    else:
        _print_text(report)
    if out is not None:
        _draw(report, out)
    if fail_at is not None and (far := report.beyond(fail_at)):
        message = f"beyond {fail_at:g}: {', '.join(f'`{name}`' for name in far)}"
        raise Rejected(message, "look at what changed, and learn anew from newer rows")


def _carry_out(
    recipe: Path, data: Path | None, against: Path | None, *, score: bool, months: bool
) -> DriftReport:
    from sconto.cli.progress import status
    from sconto.learning.data.prepare import prepare
    from sconto.learning.drift.report import report_on

    with status("reading and preparing") as update:
        prepared = prepare(recipe, data)
        update("comparing")
        return report_on(prepared, against, score=score, months=months)


def _draw(report: DriftReport, out: Path) -> None:
    from sconto.learning.drift.plot import draw

    for path in draw(report, out):
        click.echo(f"a picture is in `{path}`", err=True)


def _print_text(report: DriftReport) -> None:
    others = (report.outcome, None if report.score is None else report.score.drift)
    rows = [_row(d) for d in (*report.features, *(d for d in others if d is not None))]
    title = (
        f"{report.recipe}: {report.expected_rows:,} rows learnt from, "
        f"{report.actual_rows:,} later ones"
    )
    print_table(title, HEADINGS, rows)
    if report.months:
        print_table("by month", MONTH_HEADINGS, map(_month_row, report.months))
    print_lines(_sentences(report))


def _row(found: FeatureDrift) -> tuple[str, ...]:
    kind = "KS" if found.kind == "number" else "JS"
    before, after = found.missing
    return (
        found.name,
        f"{found.psi:.3f}",
        str(found.level),
        "" if found.distance is None else f"{kind} {found.distance:.3f}",
        "" if not before and not after else f"{before:.1%} to {after:.1%}",
        f"{found.what} {_figure(found.before)} to {_figure(found.after)}",
    )


def _month_row(found: Month) -> tuple[str, ...]:
    most = max(found.features.values(), key=lambda d: d.psi)
    return (
        found.month,
        "learnt from" if found.learnt else "later",
        f"{found.rows:,}",
        "" if found.outcome is None else f"{found.outcome:.4f}",
        str(sum(d.level == "large" for d in found.features.values())),
        f"{most.name} {most.psi:.2f}",
        "" if found.score is None else f"{found.score.psi:.3f}",
        "" if found.auc is None else f"{found.auc:.3f}",
    )


def _sentences(report: DriftReport) -> Iterator[str]:
    levels = [d.level for d in report.features]
    counts = ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels))
    yield f"features by drift: {counts}"
    if report.score is not None and report.score.auc_before is not None:
        score = report.score
        yield (
            f"{score.model}: AUC {score.auc_before:.3f} on held-back rows of the training period, "
            f"{_figure(score.auc_after)} on the later ones"
        )
    if report.not_sent:
        names = ", ".join(f"`{name}`" for name in report.not_sent)
        yield f"features that no record of the log holds: {names}"


def _plain(report: DriftReport) -> dict[str, Any]:
    """*report* for JSON: with drift levels, without the score of every row."""
    plain = asdict(report)
    for drawn, found in zip(plain["features"], report.features, strict=True):
        drawn["level"] = found.level
    for drawn, month in zip(plain["months"], report.months, strict=True):
        drawn["features"] = {name: d.psi for name, d in month.features.items()}
    if plain["score"] is not None:
        del plain["score"]["expected"], plain["score"]["actual"]
    return plain


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
