"""`sconto store check`: whether the whole file of the decision log is sound."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, FORMAT, command
from sconto.cli.output import print_json, print_lines


@command(
    "sconto store check",
    "sconto store check --data /var/lib/sconto --format json",
    exits=(Exit.OK, Exit.REFUSED, Exit.UNAVAILABLE),
)
@DATA
@FORMAT
@click.pass_context
def check(ctx: click.Context, data: Path, form: str) -> None:
    """Check that the file of the decision log is sound, from its first page to its last.

    Every page must be readable, every entry of the log there and as it was written, every balance
    the sum of what was drawn, every reservation where its last entry left it, and every ruleset,
    event, return and column as the records say. May run beside the server. The exit code is 1 when
    something is wrong.
    """
    from sconto.offline.log import open_log

    with open_log(data) as (store, _):
        wrong = store.discrepancies()
        entries, balances = store.counts()
    if form == "json":
        print_json(list(wrong))
    elif wrong:
        print_lines([f"In {data}:", *wrong])
    else:
        log = f"{entries} {'entry' if entries == 1 else 'entries'}"
        books = f"{balances} {'balance' if balances == 1 else 'balances'}"
        print_lines([f"{data}: {log}, {books}: nothing is wrong"])
    if wrong:
        ctx.exit(Exit.REFUSED)
