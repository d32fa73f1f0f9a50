"""`sconto events send`: send behaviour events to a server."""

from __future__ import annotations

import click

from sconto.cli.options import FORMAT, command
from sconto.cli.output import print_json, print_lines
from sconto.cli.servers import REQUIRED_SERVER


@command(
    "sconto events send events.json --server 127.0.0.1:8470",
    "sconto events send - --server 127.0.0.1:8470 --format json",
)
@click.argument("file", type=click.Path(allow_dash=True))
@REQUIRED_SERVER
@FORMAT
def send(file: str, server: str, form: str) -> None:
    """Send the events in FILE, or `-` for standard input: a RecordEventsRequest in proto3 JSON.

    All of them are kept, or none. Events that were kept before are not kept again, so a file may be
    sent twice.
    """
    from sconto.cli import client
    from sconto.cli.messages import open_message
    from sconto.v1.behaviour_service_pb2 import RecordEventsRequest

    request = open_message(file, RecordEventsRequest)
    new_events = client.record_events(server, request)
    if form == "json":
        print_json({"sent": len(request.events), "new": new_events})
    else:
        print_lines([f"{len(request.events)} sent, {new_events} of them new."])
