"""`sconto health`: whether a server answers calls, for what watches over it."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import command
from sconto.cli.servers import REQUIRED_SERVER


@command("sconto health --server 127.0.0.1:8470")
@REQUIRED_SERVER
@click.pass_context
def health(ctx: click.Context, server: str) -> None:
    """Ask a server whether it answers calls: SERVING or NOT_SERVING.

    The exit code is 1 when it does not, and 3 when it can't be reached.
    """
    from sconto.cli import client

    serving = client.is_serving(server)
    click.echo("SERVING" if serving else "NOT_SERVING")
    if not serving:
        ctx.exit(Exit.REFUSED)
