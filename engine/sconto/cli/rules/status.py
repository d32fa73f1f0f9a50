"""`sconto rules status`: the rules in force on each server, their author, and what is pending."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, command
from sconto.cli.servers import REQUIRED_SERVERS


@command(
    "sconto rules status --server 127.0.0.1:8470",
    "sconto rules status --server 10.0.0.1:8470 --server 10.0.0.2:8470 --format json",
)
@REQUIRED_SERVERS
@FORMAT
@click.pass_context
def status(ctx: click.Context, servers: tuple[str, ...], form: str) -> None:
    """Show the rules in force on each server: digest, commit, author, approver, and since when.

    Pending publications and the last failed attempt are shown too. The exit code is 1 when
    servers disagree, or one of them is not well: not reached, or deciding by other rules than it
    should.
    """
    from sconto.cli.rules.status_text import agreed, print_statuses, status_of

    found = [status_of(server) for server in servers]
    print_statuses(found, form)
    if not agreed(found):
        ctx.exit(Exit.REFUSED)
