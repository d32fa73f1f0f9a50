"""`sconto play`: a demonstration with real requests of the ruleset's industry."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import PATH, Instant, command


@command(
    "sconto play",
    "sconto play --once --count 50",
    "sconto play --rules rules/travel",
    "sconto play --history 100000 --days 30 --data var/history",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
)
@click.option(
    "--rules",
    type=PATH,
    default=Path("rules/retail"),
    show_default=True,
    envvar="SCONTO_RULES",
    show_envvar=True,
    help="Folder of rule files.",
)
@click.option(
    "--model",
    type=PATH,
    envvar="SCONTO_MODEL",
    show_envvar=True,
    help="Folder of the model.  [default: that of the ruleset's industry, in models]",
)
@click.option(
    "--data",
    type=PATH,
    envvar="SCONTO_DATA",
    show_envvar=True,
    help="Folder of the decision log.  [default: var/sconto for retail, var/sconto-<industry> for "
    "others]",
)
@click.option(
    "--recipe",
    type=PATH,
    default=Path("models/retail/recipe.yaml"),
    show_default=True,
    help="The retail model's recipe: it says which period was held back.",
)
@click.option(
    "--samples",
    type=PATH,
    default=Path("samples"),
    show_default=True,
    help="Folder of the data samples of the other industries.",
)
@click.option(
    "--count",
    type=click.IntRange(1, 10_000),
    default=300,
    show_default=True,
    help="How many baskets, bookings, quotes or orders.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to serve on.  [default: a free one]",
)
@click.option("--once", is_flag=True, help="Stop after the summary instead of serving on.")
@click.option(
    "--history",
    type=click.IntRange(1),
    metavar="N",
    help="Fill a new decision log with N decisions of past days instead, without a server.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 400),
    default=30,
    show_default=True,
    help="Of `--history`: over how many days they are spread.",
)
@click.option(
    "--until", "until_us", type=Instant(), help="Of `--history`: when the days end.  [default: now]"
)
@click.option(
    "--seed",
    default="sconto",
    show_default=True,
    help="Of `--history`: the same seed and end fill the same log.",
)
def play(
    rules: Path,
    model: Path | None,
    data: Path | None,
    recipe: Path,
    samples: Path,
    count: int,
    port: int,
    once: bool,
    history: int | None,
    days: int,
    until_us: int | None,
    seed: str,
) -> None:
    """Serve, send real baskets of the ruleset's industry, and show what came of them.

    Retail baskets are of Complete Journey's held-back period; hotel bookings, letters of a lender
    and web shop sessions are of the data samples. No model has seen what is played.

    With --history nothing is served: a new log is filled with as many decisions of past days, to
    try `sconto rules backtest` on. The key of its shopper references is made from the seed, so
    keep nothing real in it.

    Retail needs the extra `play`; in a clone: .venv/bin/pip install -e '.[play]'.
    """
    with needs_extra("play"):
        from sconto.cli.play.run import Options, play_day, play_history

        options = Options(rules, model, data, port, recipe, samples)
        if history is None:
            play_day(options, count, once=once)
        else:
            play_history(options, history, days, until_us, seed)
