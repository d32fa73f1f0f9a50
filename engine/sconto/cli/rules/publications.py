"""`sconto rules publications`: list published rulesets, and verify their signatures."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import DATA, FORMAT, command, option
from sconto.cli.servers import SERVER


@command(
    "sconto rules publications --server 127.0.0.1:8470",
    "sconto rules publications --data /var/lib/sconto --verify --people people.yaml",
)
@DATA
@SERVER
@option("--verify", is_flag=True, help="Check every signature and digest in the log again.")
@option(
    "--people",
    type=click.Path(path_type=Path),
    help="With --verify: the file of people whose signatures count; without it, the keys that the "
    "log itself names.",
)
@FORMAT
@click.pass_context
def publications(
    ctx: click.Context,
    data: Path,
    server: str | None,
    verify: bool,
    people: Path | None,
    form: str,
) -> None:
    """List publications, newest first, from the decision log or from a running server.

    --verify checks that each entry is what its author and approver signed, and that the kept rules
    have the signed digest. Name the file of people: keys in a log prove nothing about that log.
    The exit code is 1 if anything fails.
    """
    if server is not None and verify:
        raise click.UsageError("`--verify` needs the data folder: leave out `--server`")
    if people is not None and not verify:
        raise click.UsageError("`--people` says whose signatures count: add `--verify`")
    from sconto.cli import client
    from sconto.cli.rules.publications_text import print_rows
    from sconto.offline.publications import publications_of_log, violations

    found = publications_of_log(data) if server is None else client.list_publications(server)
    print_rows(found, form)
    if verify and (lines := violations(data, people)):
        for line in lines:
            click.echo(line, err=True)
        ctx.exit(Exit.REFUSED)
    if verify and form == "text":
        by = "" if people else ", by the keys in the log itself: name yours with `--people`"
        click.echo(f"every signature and digest holds{by}")
