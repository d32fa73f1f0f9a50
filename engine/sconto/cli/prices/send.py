"""`sconto prices send`: send list prices to a server."""

from __future__ import annotations

import click

from sconto.cli.options import FORMAT, command
from sconto.cli.output import print_json, print_lines
from sconto.cli.servers import REQUIRED_SERVER


@command(
    "sconto prices send prices.json --server 127.0.0.1:8470",
    "sconto prices send - --server 127.0.0.1:8470 --format json",
)
@click.argument("file", type=click.Path(allow_dash=True))
@REQUIRED_SERVER
@FORMAT
def send(file: str, server: str, form: str) -> None:
    """Send the prices in FILE, or `-` for standard input: a RecordPricesRequest in proto3 JSON.

    All of them are kept, or none. Prices that were kept before are not kept again, so a file may be
    sent twice.
    """
    from sconto.cli import client
    from sconto.cli.messages import open_message
    from sconto.v1.price_service_pb2 import RecordPricesRequest

    request = open_message(file, RecordPricesRequest)
    new_prices = client.record_prices(server, request)
    if form == "json":
        print_json({"sent": len(request.prices), "new": new_prices})
    else:
        print_lines([f"{len(request.prices)} sent, {new_prices} of them new."])
