"""`sconto codes status`: how many codes there are, and how many are used."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from sconto.cli.options import DATA, FORMAT, command
from sconto.cli.output import print_json, print_table


@command("sconto codes status", "sconto codes status --data var/sconto --format json")
@DATA
@FORMAT
def status(data: Path, form: str) -> None:
    """Show for each set of codes for one use how many are kept, and reserved or redeemed."""
    from sconto.app.code_batches import code_counts
    from sconto.offline.log import open_log

    with open_log(data) as (store, _):
        counts = code_counts(store)
    if form == "json":
        print_json([asdict(count) for count in counts])
    else:
        rows = [(c.set_id, str(c.kept), str(c.used)) for c in counts]
        print_table("Codes for one use", ("set", ">kept", ">used"), rows)
