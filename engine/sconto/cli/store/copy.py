"""`sconto store copy`: move a log between a data folder and a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import command, database, option
from sconto.cli.output import print_lines

_PLACE: Final = "FOLDER|URL"


@command(
    "sconto store copy --from /var/lib/sconto --to postgresql://sconto@db/sconto",
    "sconto store copy --from postgresql://sconto@db/sconto --to /var/lib/sconto-copy",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
)
@option("--from", "source", required=True, metavar=_PLACE, help="Where the log is.")
@option("--to", "target", required=True, metavar=_PLACE, help="Where no log is yet.")
@click.pass_context
def copy(ctx: click.Context, source: str, target: str) -> None:
    """Copy the decision log of a data folder to a PostgreSQL database, or the other way round.

    A database must have been made by `sconto store migrate`, and be empty. The log is copied as it
    is when the command begins; servers may go on, and what they write later is not copied: stop
    them first to move a log. It is checked as by `sconto store check`, and every row is read back
    and compared; without all of that nothing is there afterwards.

    The key of shopper references, `user_ref.key`, is not copied: put the file into the data folder
    of every server on the new log.
    """
    if ("://" in source) == ("://" in target):
        raise click.UsageError("one of `--from` and `--to` is a folder, the other one a database")
    for url, name in ((source, "from"), (target, "to")):
        if "://" in url:
            database(ctx, click.Option([f"--{name}"]), url)
    entries = _copied(source, target)
    print_lines([f"{entries} {'entry' if entries == 1 else 'entries'} copied and compared"])


def _copied(source: str, target: str) -> int:
    from sconto.cli.progress import status
    from sconto.offline.copying import copy_to_database, copy_to_file
    from sconto.offline.log import log_settings
    from sconto.settings import Settings

    done = 0
    with status("checking") as show:

        def advance(more: int) -> None:
            nonlocal done
            done += more
            if not done % 1_000:
                show(f"{done:,} entries")

        if "://" in target:
            log_file = log_settings(Path(source), "--from").log_file
            return copy_to_database(log_file, target, advance)
        log_file = Settings(rules=Path(), data=Path(target)).log_file
        return copy_to_file(source, log_file, advance)
