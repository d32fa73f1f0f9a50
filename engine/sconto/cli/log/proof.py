"""`sconto log proof`: the proof that an entry is in the log."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import DATA, STORE_TO_READ, command, option


@command(
    "sconto log proof 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 > decision.tlog-proof",
    "sconto log proof 0199f3c2-7c1e-7d9a-8a55-3f1f5d7c2b10 --kind redemption",
)
@click.argument("decision_id")
@DATA
@STORE_TO_READ
@option(
    "--kind",
    type=click.Choice(
        [
            "decision",
            "redemption",
            "release",
            "expiry",
            "replacement",
            "return",
            "publication",
            "rollback",
            "activation",
        ]
    ),
    default="decision",
    help="Which entry about it.",
)
def proof(decision_id: str, data: Path, store: str | None, kind: str) -> None:
    """Print the proof that the decision DECISION_ID, or an entry about it, is in the log.

    Anybody who has the log's public key can check it without the log: `sconto verify FILE`.
    """
    from sconto.app.transparency.proofs import entry_proof
    from sconto.offline.log import open_log

    with open_log(data, store) as (log, _):
        click.echo(entry_proof(log, decision_id, kind), nl=False)
