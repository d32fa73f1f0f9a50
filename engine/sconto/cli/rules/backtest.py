"""`sconto rules backtest`: decide logged decisions again under changed rules."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import FILE, FORMAT, MODEL, PATH, Instant, epilog, option
from sconto.cli.output import print_json

if TYPE_CHECKING:
    from sconto.app.backtest.metrics import Threshold
    from sconto.app.backtest.tally import Tally

_EPILOG: Final = epilog(
    (
        "sconto rules backtest logged rules/retail --log var/history",
        "sconto rules backtest rules/retail draft --log var/history --plot cost.svg",
        "sconto rules backtest logged draft --from 2026-11-01 --to 2026-12-01 --out all.json",
        "sconto rules backtest sha256:1f0c draft --sample 5000 --format json",
        "sconto rules backtest logged draft --fail-if 'discount_cost > +5 %'",
    ),
    (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
)


class _Backtest(click.Command):
    """Its help lists the metrics, which are imported only to be shown."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the metrics before the examples and exit codes."""
        from sconto.app.backtest.metrics import METRICS

        metrics = (f"  {name:<17} {metric.sentence}" for name, metric in METRICS.items())
        lines = "\n".join(("Metrics of --fail-if:", *metrics))
        self.epilog = f"\b\n{lines}\n\n{_EPILOG}"
        super().format_epilog(ctx, formatter)


class _Limit(click.ParamType["Threshold"]):
    """METRIC OP VALUE."""

    name = "limit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Threshold:
        """The threshold that *value* says."""
        from sconto.app.backtest.metrics import read_threshold

        try:
            return read_threshold(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(cls=_Backtest)
@click.argument("old")
@click.argument("new")
@option(
    "--log",
    "data",
    type=PATH,
    default=Path("var/sconto"),
    envvar="SCONTO_DATA",
    help="Folder of the decision log; a server may go on writing it.",
)
@option("--from", "from_us", type=Instant(), help="From this day (UTC) or instant on.")
@option("--to", "to_us", type=Instant(), help="Before this day (UTC) or instant.")
@option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Only N decisions, spread over all; budgets are then not followed.",
)
@MODEL
@FORMAT
@option("--out", type=FILE, help="Write the JSON here.")
@option(
    "--plot",
    type=FILE,
    help="Draw cost and budgets over time; the name ends in .svg or .png. Needs the extra `rules`.",
)
@option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes that decide.  [default: one for each core]",
)
@option(
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
    /,
    form: str,
    out: Path | None,
    plot: Path | None,
    workers: int | None,
    **options: Any,
) -> None:
    """Decide logged decisions again, and report the changes from the rules OLD to the rules NEW.

    OLD and NEW are folders of rules, or digests of rulesets that the log keeps (sha256:..., or the
    beginning of one). OLD may be `logged`: the logged decisions themselves. Behaviour is assumed
    unchanged.

    A value of --fail-if with a sign is about the change from OLD to NEW (`> +5 %`, `< -100.00`),
    without one about NEW itself (`changed > 10 %` of all decisions, `budgets_run_out > 0`).
    Money is in whole units of the currency.
    """
    if plot is not None and plot.suffix not in {".svg", ".png"}:
        raise click.BadParameter(f"`{plot}` does not end in .svg or .png", ctx, param_hint="--plot")
    from sconto.cli.progress import progress
    from sconto.cli.rules.backtest_text import print_report
    from sconto.offline.backtest import Options
    from sconto.offline.backtest import backtest as run

    draw = _drawing() if plot else None
    cores = len(os.sched_getaffinity(0))
    settings = Options(workers=workers or cores, **options)
    report, tally = run(settings, partial(progress, "Backtesting"))
    if draw is not None and plot is not None:
        draw(report, tally, plot)
    if out is not None:
        out.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if form == "json":
        print_json(report)
    else:
        print_report(report)
    if any(threshold["failed"] for threshold in report["thresholds"]):
        ctx.exit(Exit.REFUSED)


def _drawing() -> Callable[[dict[str, Any], Tally, Path], None]:
    """The function that draws; imported first, so that a missing extra is named at once."""
    with needs_extra("rules"):
        from sconto.offline.backtest_plot import draw
    return draw
