"""`sconto doctor`: check what a server needs, before it is started."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FORMAT, command
from sconto.cli.output import print_json, print_lines, print_table
from sconto.cli.server_options import server_options, settings_from
from sconto.errors import ModelUnusable

if TYPE_CHECKING:
    from sconto.offline.model_fit import ModelFit
    from sconto.serving.checkup import Check
    from sconto.settings import Settings


@command(
    "sconto doctor --settings sconto.yaml",
    "sconto doctor --rules rules/finance --model models/finance",
    "sconto doctor --rules rules/travel --model var/models/travel --format json",
    exits=(Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE),
)
@server_options
@FORMAT
@click.pass_context
def doctor(ctx: click.Context, /, form: str, **options: Any) -> None:
    """Check what a server with these settings needs, and say how to mend what is wrong.

    Takes what `sconto serve` takes, and changes nothing. Looks at the rules, the data folder and
    its disk, the key and the log, the clock, ports, file handles, certificates and extras.

    With a model it prints too which fact fills which input of it, which inputs no fact fills,
    whether the model needs an assumed response and one is declared, and whether the offers are for
    what the model predicts.

    The exit code is 1 when something is wrong. Warnings don't change it. Of a model these are
    depths that it can't distinguish from no discount, offers that never pay under an assumed
    response, and a least gain that was worth less than another on rows held out of training.
    """
    settings = settings_from(options)
    from sconto.serving.checkup import State, checkup

    checks = checkup(settings)
    fits = _fits(settings, checks)
    if form == "json":
        shown = {name: asdict(fit) for name, fit in fits.items()}
        named = {} if settings.tenants is None else {"fits": shown}
        print_json({"checks": [*map(asdict, checks)], "fit": shown.get(""), **named})
    else:
        print_checks(checks)
        for name, fit in fits.items():
            print_lines([f"tenant    {name}"] if name else [])
            print_fit(fit)
    if any(c.state is State.WRONG for c in checks) or any(fit.problems for fit in fits.values()):
        ctx.exit(Exit.REFUSED)


def _fits(settings: Settings, checks: list[Check]) -> dict[str, ModelFit]:
    """How the model of each tenant fits its rules, if there is one that can be read."""
    from sconto.bootstrap import tenants_of

    if any(c.name == "tenants" for c in checks):
        return {}
    found = {name: _fit(one.settings, name, checks) for name, one in tenants_of(settings).items()}
    return {name: fit for name, fit in found.items() if fit is not None}


def _fit(settings: Settings, tenant: str, checks: list[Check]) -> ModelFit | None:
    """How the model fits the rules, unless one of them can't be read; *checks* then say so."""
    from sconto.serving.checkup import Check, State, of_tenant

    model, name = settings.model, of_tenant(tenant, "model")
    rules = of_tenant(tenant, "rules")
    if model is None or any(c.name == rules and c.state is State.WRONG for c in checks):
        return None
    if not model.is_dir():
        advice = "give the folder of a model that `sconto learn train` wrote"
        checks.append(Check(name, State.WRONG, f"there is no folder `{model}`", advice))
        return None
    from sconto.offline.model_fit import model_fit

    try:
        fit = model_fit(settings.rules, model)
    except ModelUnusable as error:
        checks.append(Check(name, State.WRONG, str(error), error.help))
        return None
    checks.append(Check(name, State.OK, f"`{model}` can be served"))
    return fit


def print_checks(checks: list[Check]) -> None:
    """Print *checks*, with what to do about those that are not well."""
    rows = ((c.name, c.state.value, c.found) for c in checks)
    print_table("Server", ("check", "state", "found"), rows)
    print_lines([f"- {c.name}: {c.cure}" for c in checks if c.cure])


def print_fit(fit: ModelFit) -> None:
    """Print *fit*."""
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
