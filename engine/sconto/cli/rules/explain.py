"""`sconto rules explain`: explain one decision, with the nearest changes that flip it."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import FORMAT, MODEL, PATH, RULES, Instant, command, option


@command(
    "sconto rules explain request.json --rules rules/retail",
    "sconto rules explain request.json --rules rules/retail --offer cheese",
    "sconto rules explain 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --log var/sconto",
)
@click.argument("file", type=click.Path(allow_dash=True))
@RULES
@MODEL
@option("--offer", default="", metavar="ID", help="Explain this offer only.")
@option("--at", "at_us", type=Instant(), help="Decide as of this day (UTC) or instant.")
@option(
    "--log",
    "data",
    type=PATH,
    help="FILE is the id of a decision in this data folder; its own ruleset explains it.",
)
@FORMAT
def explain(
    file: str,
    rules: Path | None,
    model: Path | None,
    offer: str,
    at_us: int | None,
    data: Path | None,
    form: str,
) -> None:
    """Explain the request in FILE, or `-` for standard input: a DecideRequest in proto3 JSON.

    It is decided here: every budget is full, and holdout and exploration are left aside. Shown are
    all candidates, the rules that withheld them with facts and thresholds, the values by the model,
    the budgets, and the nearest changes that would have flipped the decision. A change is of one
    fact, or of two when no single one does it.
    """
    if data is None and rules is None:
        raise click.UsageError("one of the options `--rules` and `--log` is required")
    if data is not None and at_us is not None:
        raise click.UsageError("`--at` needs a request: a decision of a log has its own instant")
    from sconto.cli.messages import open_message
    from sconto.cli.rules.explain_text import print_case
    from sconto.offline.explain import case_of_log, case_of_request
    from sconto.v1.decision_service_pb2 import DecideRequest

    if data is not None:
        case = case_of_log(data, file, model)
    else:
        request = open_message(file, DecideRequest)
        case = case_of_request(request, Path(str(rules)), model, at_us)
    print_case(case, offer, form)
