"""`sconto rules backtest`: what a change of rules would have done to the decisions of a log."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sconto.app.backtest.metrics import METRICS, Threshold, read_threshold
from sconto.app.backtest.tally import Tally
from sconto.cli.exits import Exit, missing_extra
from sconto.cli.options import FORMAT, MODEL, Instant, epilog
from sconto.cli.output import print_json

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED)


class _Limit(click.ParamType[Threshold]):
    """METRIC OP VALUE."""

    name = "limit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Threshold:
        """The threshold that *value* says."""
        try:
            return read_threshold(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(
    epilog="\b\nMetrics of --fail-if:\n"
    + "\n".join(f"  {name:<17} {metric.sentence}" for name, metric in METRICS.items())
    + "\n\n"
    + epilog(
        (
            "sconto rules backtest logged rules/retail --log var/history",
            "sconto rules backtest rules/retail draft --log var/history --plot cost.svg",
            "sconto rules backtest logged draft --from 2026-11-01 --to 2026-12-01 --out all.json",
            "sconto rules backtest sha256:1f0c draft --sample 5000 --format json",
            "sconto rules backtest logged draft --fail-if 'discount_cost > +5 %'",
        ),
        _EXITS,
    )
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--log",
    "data",
    type=click.Path(path_type=Path),
    default=Path("var/sconto"),
    show_default=True,
    envvar="SCONTO_DATA",
    show_envvar=True,
    help="Folder of the decision log; a server may go on writing it.",
)
@click.option("--from", "from_us", type=Instant(), help="From this day (UTC) or instant on.")
@click.option("--to", "to_us", type=Instant(), help="Before this day (UTC) or instant.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Only N decisions, spread over all; budgets are then not followed.",
)
@MODEL
@FORMAT
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the JSON here.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw cost and budgets over time; the name ends in .svg or .png. Needs the extra `rules`.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes that decide.  [default: one for each core]",
)
@click.option(
    "--fail-if",
    "thresholds",
    type=_Limit(),
    multiple=True,
    metavar="LIMIT",
    help="Exit with 1 if METRIC OP VALUE holds, e.g. 'discount_cost > +5 %'. Can be repeated.",
)
@click.pass_context
def backtest(
    ctx: click.Context,
    old: str,
    new: str,
    data: Path,
    from_us: int | None,
    to_us: int | None,
    sample: int | None,
    model: Path | None,
    form: str,
    out: Path | None,
    plot: Path | None,
    workers: int | None,
    thresholds: tuple[Threshold, ...],
) -> None:
    """Decide the decisions of a log again, and tell what NEW would have changed against OLD.

    OLD and NEW are folders of rules, or digests of rulesets that the log keeps (sha256:..., or the
    beginning of one). OLD may be `logged`: what was really decided. Behaviour is assumed unchanged.

    A value of --fail-if with a sign is about the change from OLD to NEW (`> +5 %`, `< -100.00`),
    without one about NEW itself (`changed > 10 %` of all decisions, `budgets_run_out > 0`).
    Money is in whole units of the currency.
    """
    if plot is not None and plot.suffix not in {".svg", ".png"}:
        raise click.BadParameter(f"`{plot}` does not end in .svg or .png", ctx, param_hint="--plot")
    from sconto.cli.backtest_run import Asked  # noqa: PLC0415 - slow, and only needed here
    from sconto.cli.backtest_run import backtest as run  # noqa: PLC0415 - likewise

    draw = _drawing() if plot else None
    cores = len(os.sched_getaffinity(0))
    asked = Asked(old, new, data, from_us, to_us, sample, model, workers or cores, thresholds)
    report, tally = run(asked)
    if draw is not None and plot is not None:
        draw(report, tally, plot)
    if out is not None:
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if form == "json":
        print_json(report)
    else:
        from sconto.cli.backtest_text import show  # noqa: PLC0415 - rich is slow to import

        show(report)
    if any(threshold["failed"] for threshold in report["thresholds"]):
        ctx.exit(Exit.REFUSED)


def _drawing() -> Callable[[dict[str, Any], Tally, Path], None]:
    """What draws; asked for first, so that nobody waits minutes to hear that it is not there."""
    try:
        from sconto.cli.backtest_plot import draw  # noqa: PLC0415 - matplotlib is an extra
    except ModuleNotFoundError as error:
        raise missing_extra(error, "rules") from error
    return draw
