"""`sconto rules`: what business owners write, check, try and publish their rules with."""

from __future__ import annotations

import click

from sconto.cli.exits import Exit
from sconto.cli.options import Commands, epilog
from sconto.cli.rules_explain import explain
from sconto.cli.rules_fmt import fmt
from sconto.cli.rules_lint import lint
from sconto.cli.rules_schema import schema

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.group(cls=Commands, epilog=epilog(("sconto rules lint rules/retail",), _EXITS))
def rules() -> None:
    """Check rule files before they are served."""


for _command in (lint, explain, fmt, schema):
    rules.add_command(_command)
