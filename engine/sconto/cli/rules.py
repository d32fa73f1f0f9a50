"""`sconto rules`: what business owners write, check, try and publish their rules with."""

from __future__ import annotations

import click

from sconto.cli.exits import Exit
from sconto.cli.options import Commands, epilog
from sconto.cli.rules_approve import approve
from sconto.cli.rules_backtest import backtest
from sconto.cli.rules_diff import diff
from sconto.cli.rules_explain import explain
from sconto.cli.rules_fmt import fmt
from sconto.cli.rules_keygen import keygen
from sconto.cli.rules_lint import lint
from sconto.cli.rules_publications import publications
from sconto.cli.rules_publish import publish
from sconto.cli.rules_rollback import rollback
from sconto.cli.rules_schema import schema
from sconto.cli.rules_status import status
from sconto.cli.rules_test import test

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.group(cls=Commands, epilog=epilog(("sconto rules lint rules/retail",), _EXITS))
def rules() -> None:
    """Check rule files before they are served, and publish them to running servers."""


for _command in (lint, diff, explain, fmt, schema, test, backtest):
    rules.add_command(_command)

for _command in (keygen, publish, approve, rollback, status, publications):
    rules.add_command(_command)
