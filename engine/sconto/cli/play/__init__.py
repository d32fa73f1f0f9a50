"""`sconto play`: a demonstration with real requests of the ruleset's industry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.options import PATH, Instant, command, option


@command(
    "sconto play",
    "sconto play --once --count 50",
    "sconto play --rules rules/travel",
    "sconto play --history 100000 --days 30 --data var/history",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE, Exit.INTERRUPTED),
)
@option(
    "--rules",
    type=PATH,
    default=Path("rules/retail"),
    envvar="SCONTO_RULES",
    help="Folder of rule files.",
)
@option(
    "--model",
    type=PATH,
    envvar="SCONTO_MODEL",
    help="Folder of the model.  [default: that of the ruleset's industry, in models]",
)
@option(
    "--data",
    type=PATH,
    envvar="SCONTO_DATA",
    help="Folder of the decision log.  [default: var/sconto for retail, var/sconto-<industry> "
    "for others]",
)
@option(
    "--recipe",
    type=PATH,
    default=Path("models/retail/recipe.yaml"),
    help="The retail model's recipe: it says which period was held back.",
)
@option(
    "--samples",
    type=PATH,
    default=Path("samples"),
    help="Folder of the data samples of the other industries.",
)
@option(
    "--count",
    type=click.IntRange(1, 10_000),
    default=300,
    help="How many baskets, bookings, quotes or orders.",
)
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=False,
    help="Port to serve on.  [default: a free one]",
)
@option("--once", is_flag=True, help="Stop after the summary instead of serving on.")
@option(
    "--history",
    type=click.IntRange(1),
    metavar="N",
    help="Fill a new decision log with N decisions of past days instead, without a server.",
)
@option(
    "--days",
    type=click.IntRange(1, 400),
    default=30,
    help="Of `--history`: over how many days they are spread.",
)
@option(
    "--until", "until_us", type=Instant(), help="Of `--history`: when the days end.  [default: now]"
)
@option("--seed", default="sconto", help="Of `--history`: the same seed and end fill the same log.")
def play(
    count: int,
    once: bool,
    history: int | None,
    days: int,
    until_us: int | None,
    seed: str,
    **options: Any,
) -> None:
    """Serve, send real baskets of the ruleset's industry, and print a summary.

    Retail baskets are of Complete Journey's held-back period; hotel bookings, letters of a lender
    and web shop sessions are of the data samples. No model was trained on them.

    With --history nothing is served: a new log is filled with as many decisions of past days, to
    try `sconto rules backtest` on. The key of its shopper references is made from the seed, so
    keep nothing real in it.

    Retail needs the extra `play`; in a clone: .venv/bin/pip install -e '.[play]'.
    """
    with needs_extra("play"):
        from sconto.cli.play.run import Options, play_day, play_history

        if history is None:
            play_day(Options(**options), count, once=once)
        else:
            play_history(Options(**options), history, days, until_us, seed)
