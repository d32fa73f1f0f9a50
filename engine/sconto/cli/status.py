"""`sconto status`: the rules and model of a server, and its last reload."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, SERVER, command


@command(
    "sconto status --server 127.0.0.1:8470", "sconto status --server 127.0.0.1:8470 --format json"
)
@SERVER
@FORMAT
@click.pass_context
def status(ctx: click.Context, server: str | None, form: str) -> None:
    """Say which rules a server decides by, since when, and how their last reload went.

    The exit code is 1 when the rule files were changed and refused: then the rules before them
    still decide.
    """
    if server is None:
        raise click.UsageError("the option `--server` is required")
    from sconto.cli import client
    from sconto.cli.status_text import is_refused, print_status

    found = client.get_status(server)
    print_status(found, form)
    if is_refused(found):
        ctx.exit(Exit.REFUSED)
