"""`sconto status`: what a server runs on, and how the last reload of its rules went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sconto.cli.exits import Exit
from sconto.cli.options import FORMAT, SERVER, epilog

if TYPE_CHECKING:
    from sconto.v1.status_service_pb2 import GetStatusResponse


@click.command(
    epilog=epilog(
        (
            "sconto status --server 127.0.0.1:8470",
            "sconto status --server 127.0.0.1:8470 --format json",
        ),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
    )
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
    from sconto.cli.remote import status_there  # noqa: PLC0415 - grpc is slow
    from sconto.cli.status_text import print_status, refused  # noqa: PLC0415 - likewise

    found: GetStatusResponse = status_there(server)
    print_status(found, form)
    if refused(found):
        ctx.exit(Exit.REFUSED)
