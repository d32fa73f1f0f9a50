"""`sconto log`: what compliance staff read the decision log with."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit
from sconto.cli.log_rows import Filters, print_rows
from sconto.cli.log_show import print_found
from sconto.cli.options import DATA, FORMAT, NAMING_MODEL, SERVER, Commands, Instant, epilog
from sconto.domain.reasons import ReasonCode

MOST_ROWS = 1_000
"""As many as the server lists on one page."""

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.group(
    cls=Commands,
    epilog=epilog(
        ("sconto log list --shopper 2375", "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10"),
        _EXITS,
    ),
)
def log() -> None:
    """Find decisions and read them in plain words."""


@log.command(
    name="list",
    epilog=epilog(
        (
            "sconto log list --shopper 2375 --limit 10",
            "sconto log list --reason BELOW_PRICE_FLOOR --from 2026-11-01 --to 2026-12-01",
            "sconto log list --server 127.0.0.1:8470 --format json",
        ),
        _EXITS,
    ),
)
@DATA
@SERVER
@click.option("--shopper", default="", help="Decisions for the shopper with this id.")
@click.option("--offer", default="", help="Decisions that gave this offer.")
@click.option(
    "--reason",
    type=click.Choice([code.name for code in ReasonCode], case_sensitive=False),
    metavar="CODE",
    help="Decisions in which any candidate got this reason code, e.g. BELOW_PRICE_FLOOR.",
)
@click.option("--from", "from_us", type=Instant(), help="From this day (UTC) or instant on.")
@click.option("--to", "to_us", type=Instant(), help="Before this day (UTC) or instant.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ROWS),
    default=20,
    show_default=True,
    help="At most this many, the newest first.",
)
@FORMAT
def list_(
    data: Path,
    server: str | None,
    shopper: str,
    offer: str,
    reason: str | None,
    from_us: int | None,
    to_us: int | None,
    limit: int,
    form: str,
) -> None:
    """List decisions that match every filter given, newest first."""
    code = ReasonCode[reason] if reason else None
    filters = Filters(shopper, offer, code, from_us, to_us, limit)
    if server is not None:
        from sconto.cli.remote import list_there  # noqa: PLC0415 - grpc is slow to import

        rows, more = list_there(server, filters)
    else:
        from sconto.cli.log_files import list_here  # noqa: PLC0415 - so is what reads the log

        rows, more = list_here(data, filters)
    print_rows(rows, more, form)


@log.command(
    epilog=epilog(
        (
            "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10",
            "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --model models/retail",
            "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --replay",
            "sconto log show 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --format json > record.json",
        ),
        _EXITS,
    ),
)
@click.argument("decision_id")
@DATA
@SERVER
@NAMING_MODEL
@FORMAT
@click.option("--replay", is_flag=True, help="Decide again from the record and compare the bytes.")
@click.pass_context
def show(
    ctx: click.Context,
    decision_id: str,
    data: Path,
    server: str | None,
    model: Path | None,
    form: str,
    replay: bool,
) -> None:
    """Show the decision DECISION_ID: what was considered, why, prices, budgets and history.

    With `--model` it also shows what the model was shown, by the names of its inputs.

    JSON is the decision record in its readable form, in canonical JSON.
    """
    if server is not None and replay:
        raise click.UsageError("`--replay` needs the data folder: leave out `--server`")
    if server is not None:
        from sconto.cli.remote import find_there  # noqa: PLC0415

        found = find_there(server, decision_id)
    else:
        from sconto.cli.log_files import find_here  # noqa: PLC0415

        found = find_here(data, decision_id, replay=replay)
    print_found(found, form, model)
    if found.replays is False:
        ctx.exit(Exit.REFUSED)
