"""`sconto doctor`: check that a ruleset and a model fit each other."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, REQUIRED_MODEL, REQUIRED_RULES, command
from sconto.cli.output import print_json, print_lines, print_table
from sconto.errors import Unavailable

if TYPE_CHECKING:
    from sconto.offline.model_fit import ModelFit


@command(
    "sconto doctor --rules rules/finance --model models/finance",
    "sconto doctor --rules rules/travel --model var/models/travel --format json",
)
@REQUIRED_RULES
@REQUIRED_MODEL
@FORMAT
@click.pass_context
def doctor(ctx: click.Context, rules: Path, model: Path, form: str) -> None:
    """Check that a ruleset and a model fit each other, before they are served together.

    Prints which fact fills which input of the model, which inputs no fact fills, whether the
    model needs an assumed response and one is declared, and whether the offers are for what the
    model predicts. The exit code is 1 when something does not fit. Warnings don't change it: depths
    that the model can't distinguish from no discount, offers that never pay under an assumed
    response, and a least gain that was worth less than another on rows held out of training.
    """
    if not model.is_dir():
        advice = "give the folder of a model that `sconto learn train` wrote"
        raise Unavailable(f"there is no folder `{model}`", advice)
    from sconto.offline.model_fit import model_fit

    fit = model_fit(rules, model)
    print_fit(fit, form)
    if fit.problems:
        ctx.exit(Exit.REFUSED)


def print_fit(fit: ModelFit, form: str) -> None:
    """Print *fit* as *form* says, `text` or `json`."""
    if form == "json":
        print_json(asdict(fit))
        return
    source = f": {fit.response_source}" if fit.response_source else ""
    print_lines(
        [
            f"model     {fit.model}, predicts {fit.outcome}",
            f"response  {fit.response}{source}",
        ]
    )
    rows = ((one.name, one.fact or "nothing") for one in fit.inputs)
    print_table("Inputs", ("input", "filled by"), rows)
    offers = ((one.offer_id, one.aim, "yes" if one.fits else "no") for one in fit.offers)
    print_table("Offers", ("offer", "aim", "predicted by the model"), offers)
    if fit.least_gain is not None:
        print_lines([*fit.least_gain.lines(), ""])
    count = len(fit.problems)
    verdict = {0: "Nothing is wrong.", 1: "1 thing is wrong:"}
    problems = (f"- {problem}" for problem in fit.problems)
    print_lines([verdict.get(count, f"{count} things are wrong:"), *problems])
    if fit.warnings:
        print_lines(["", "Probably not meant:", *(f"- {warning}" for warning in fit.warnings)])
