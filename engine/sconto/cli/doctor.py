"""`sconto doctor`: whether a ruleset and a model fit each other."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit, Failure
from sconto.cli.options import FORMAT, REQUIRED_MODEL, RULES, epilog


@click.command(
    epilog=epilog(
        (
            "sconto doctor --rules rules/finance --model models/finance",
            "sconto doctor --rules rules/travel --model var/models/travel --format json",
        ),
        (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
    )
)
@RULES
@REQUIRED_MODEL
@FORMAT
@click.pass_context
def doctor(ctx: click.Context, rules: Path | None, model: Path | None, form: str) -> None:
    """Say whether a ruleset and a model fit each other, before they are served together.

    Prints which fact fills which input of the model, which inputs no fact fills, whether the
    model needs an assumed response and one is declared, and whether the offers are for what the
    model predicts. The exit code is 1 when something does not fit. Depths that the model can't tell
    from no discount, and offers that an assumed response never pays for, are named, and don't
    change the exit code.
    """
    if rules is None or model is None:
        raise click.UsageError("the options `--rules` and `--model` are required")
    if not model.is_dir():
        advice = "give the folder of a model that `sconto learn train` wrote"
        raise Failure(f"there is no folder `{model}`", advice, Exit.UNAVAILABLE)
    from sconto.cli.doctor_report import examined, print_examined  # noqa: PLC0415 - slow to import

    found = examined(rules, model)
    print_examined(found, form)
    if found.problems:
        ctx.exit(Exit.REFUSED)
