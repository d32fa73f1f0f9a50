"""`sconto learn shadow-price`: the shadow price of a budget in each period of the log."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import click

from sconto.cli.exit_codes import needs_extra
from sconto.cli.options import DATA, FORMAT, command, option
from sconto.cli.output import print_json, print_table
from sconto.errors import Rejected

if TYPE_CHECKING:
    from sconto.app.ports import Store
    from sconto.domain.ruleset import Ruleset

PAGE: Final = 500
HEADINGS: Final = (">decisions", "ledger key", ">shadow price", ">limit used")


@command(
    "sconto learn shadow-price --data var/sconto --budget monthly-campaign",
    "sconto learn shadow-price --budget monthly-campaign --format json",
    name="shadow-price",
)
@DATA
@option("--budget", "budget_id", required=True, help="Id of the budget.")
@FORMAT
def shadow_price(data: Path, budget_id: str, form: str) -> None:
    """Find the shadow price that would have spent a budget where it gained most.

    For each period, the log's decisions say what every allowed discount was expected to gain and
    to draw on the budget; the price is the one at which the best of them just use the limit. Write
    it into the budget's file as `shadow_price`. Needs a model that scored, and the extra `train`.
    """
    with needs_extra("train"):
        from sconto.learning.allocation.history import price_history
    from sconto.app.audit import every_decision
    from sconto.offline.log import open_log

    with open_log(data) as (store, _):
        found = price_history(
            every_decision(store, PAGE), lambda digest: _ruleset(store, digest), budget_id
        )
    if not found:
        message = f"no decision of `{data}` says what budget `{budget_id}` could have brought"
        raise Rejected(message, "it needs decisions made with a model")
    if form == "json":
        print_json({"periods": [asdict(period) for period in found]})
        return
    rows = [(str(p.decisions), p.key, f"{p.shadow_price:.4f}", f"{p.used:.1%}") for p in found]
    print_table(f"What each unit of {budget_id} had to bring", HEADINGS, rows)
    middle = median(p.shadow_price for p in found)
    click.echo(f'The median period:  shadow_price: {{at_pace: "{middle:.4f}"}}')


def _ruleset(store: Store, digest: str) -> Ruleset | None:
    from sconto.rulebook.compile.ruleset import ruleset_from_documents

    documents = store.ruleset_documents(digest)
    return None if documents is None else ruleset_from_documents(documents)
