"""`sconto events`: what shoppers did, for rules that count it."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import Commands, epilog


@click.group(
    cls=Commands,
    package=__name__,
    modules=("send",),
    epilog=epilog(
        ("sconto events send events.json --server 127.0.0.1:8470",),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
    ),
)
def events() -> None:
    """Send behaviour events to a server, so that rules can count them."""
