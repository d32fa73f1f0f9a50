"""`sconto rules`: write, check, test and publish rules."""

from __future__ import annotations

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import Commands, epilog


@click.group(
    cls=Commands,
    package=__name__,
    modules=(
        "lint",
        "diff",
        "explain",
        "fmt",
        "schema",
        "test",
        "backtest",
        "keygen",
        "publish",
        "approve",
        "rollback",
        "status",
        "publications",
    ),
    epilog=epilog(
        ("sconto rules lint rules/retail",),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
    ),
)
def rules() -> None:
    """Check rule files before they are served, and publish them to running servers."""
