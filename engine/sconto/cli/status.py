"""`sconto status`: the rules and model of a server, and its last reload."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, command
from sconto.cli.servers import REQUIRED_SERVER


@command(
    "sconto status --server 127.0.0.1:8470", "sconto status --server 127.0.0.1:8470 --format json"
)
@REQUIRED_SERVER
@FORMAT
@click.pass_context
def status(ctx: click.Context, server: str, form: str) -> None:
    """Show the rules in force on a server, since when, and the result of their last reload.

    The exit code is 1 when the rule files were changed and refused: then the rules before them
    still decide.
    """
    from sconto.cli import client
    from sconto.cli.status_text import is_refused, print_status

    found = client.get_status(server)
    print_status(found, form)
    if is_refused(found):
        ctx.exit(Exit.REFUSED)
