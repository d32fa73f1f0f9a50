"""`sconto decide`: decide one request and print the reply in sentences."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.options import FORMAT, MODEL, RULES, command, option
from sconto.cli.servers import SERVER


@command(
    "sconto decide request.json --rules rules/retail",
    "sconto decide request.json --rules rules/retail --model models/retail",
    "cat request.json | sconto decide - --server 127.0.0.1:8470 --format json",
)
@click.argument("file", type=click.Path(allow_dash=True))
@RULES
@MODEL
@SERVER
@option("--dry-run", is_flag=True, help="With --server: reserve and record nothing.")
@FORMAT
def decide(
    file: str,
    rules: Path | None,
    model: Path | None,
    server: str | None,
    dry_run: bool,
    form: str,
) -> None:
    """Decide the request in FILE, or `-` for standard input: a DecideRequest in proto3 JSON.

    With --server a running server decides, reserves and records. Without one the decision is made
    here from --rules and --model, always as a dry run: nothing is kept, and every budget is full.
    """
    if server is None and rules is None:
        raise click.UsageError("one of the options `--rules` and `--server` is required")
    from sconto.cli.decide_text import print_reply, reply_of_files, reply_of_server
    from sconto.cli.messages import open_message
    from sconto.v1.decision_service_pb2 import DecideRequest

    request = open_message(file, DecideRequest)
    if rules is None or server is not None:
        reply = reply_of_server(request, str(server), dry_run=dry_run)
    else:
        reply = reply_of_files(request, rules, model)
    print_reply(reply, form, server)
