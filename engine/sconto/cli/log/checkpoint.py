"""`sconto log checkpoint`: the signed head of the log."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import DATA, STORE_TO_READ, command, option


@command(
    "sconto log checkpoint > today.checkpoint",
    "sconto log checkpoint --since 18204 | sconto witness sign - --state shop.checkpoint \\\n"
    "      --witness-key keys/auditor.key --key log.pub",
)
@DATA
@STORE_TO_READ
@option(
    "--since", type=click.IntRange(min=0), help="Prove that so many entries are the first ones."
)
def checkpoint(data: Path, store: str | None, since: int | None) -> None:
    """Print the newest checkpoint of the log: how many entries it has, and their hash, signed.

    Whoever keeps one can show later that entries which it covers were changed or removed: `sconto
    verify --checkpoint`. With `--since` it is printed as a witness wants it.
    """
    from sconto.app.transparency.proofs import extension_request, newest_checkpoint
    from sconto.offline.log import open_log

    with open_log(data, store) as (log, _):
        text = newest_checkpoint(log) if since is None else extension_request(log, since)
    click.echo(text, nl=False)
