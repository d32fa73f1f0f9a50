"""`sconto store check`: whether the whole file of the decision log is sound."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, FORMAT, STORE_TO_READ, command
from sconto.cli.output import print_json, print_lines


@command(
    "sconto store check",
    "sconto store check --data /var/lib/sconto --format json",
    "sconto store check --store postgresql://sconto@db/sconto",
    exits=(Exit.OK, Exit.REFUSED, Exit.UNAVAILABLE),
)
@DATA
@STORE_TO_READ
@FORMAT
@click.pass_context
def check(ctx: click.Context, data: Path, store: str | None, form: str) -> None:
    """Check that the whole decision log is sound, from its first page to its last.

    Every page must be readable, every entry of the log there and as it was written, every balance
    the sum of what was drawn, every reservation where its last entry left it, and every ruleset,
    event, return and column as the records say. May run beside the server. The exit code is 1 when
    something is wrong.

    A PostgreSQL database is copied, as it is now, to the folder for temporary files (TMPDIR), and
    checked there: that takes as much disk as the log.
    """
    wrong, (entries, balances) = _checked(data, store)
    where = data if store is None else "the database"
    if form == "json":
        print_json(list(wrong))
    elif wrong:
        print_lines([f"In {where}:", *wrong])
    else:
        log = f"{entries} {'entry' if entries == 1 else 'entries'}"
        books = f"{balances} {'balance' if balances == 1 else 'balances'}"
        print_lines([f"{where}: {log}, {books}: nothing is wrong"])
    if wrong:
        ctx.exit(Exit.REFUSED)


def _checked(data: Path, store: str | None) -> tuple[tuple[str, ...], tuple[int, int]]:
    """What is wrong with the log, and its counts."""
    if store is not None:
        from sconto.offline.copying import check_database

        return check_database(store)
    from sconto.offline.log import log_settings
    from sconto.store.read_only import ReadOnly
    from sconto.store.sqlite import SqliteStore

    path = log_settings(data, "--data").log_file
    with closing(SqliteStore(path, ReadOnly(path))) as log:
        return log.discrepancies(), log.counts()
