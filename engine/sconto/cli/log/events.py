"""`sconto log events`: what the store keeps of a shopper's behaviour."""

from __future__ import annotations

from pathlib import Path

from sconto.cli.options import DATA, FORMAT, STORE_TO_READ, command, option


@command("sconto log events --shopper household-1336")
@DATA
@STORE_TO_READ
@option("--shopper", required=True, help="The shopper's own id.")
@FORMAT
def events(data: Path, store: str | None, shopper: str, form: str) -> None:
    """List the events that are stored about a shopper and counted by signals, oldest first.

    Events that were undone (a discount that was handed back) are not counted, and not listed.
    Amounts are in minor units of the shop's currency.
    """
    from sconto.cli.log.list import shopper_ref
    from sconto.cli.output import instant_text, print_json, print_table
    from sconto.offline.log import open_log

    with open_log(data, store) as (log, settings):
        found = log.behaviour(shopper_ref(settings, shopper), -1, 1 << 62).events
    if form == "json":
        kept = [{"kind": e.kind, "time": instant_text(e.at_us), "amount": e.amount} for e in found]
        print_json({"events": kept})
        return
    title = "1 event" if len(found) == 1 else f"{len(found)} events"
    rows = ((instant_text(e.at_us), e.kind, str(e.amount)) for e in found)
    print_table(title, ("time", "kind", ">amount"), rows)
