"""Publications as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.cli.messages import as_dict, time_text
from sconto.cli.output import print_json, print_table
from sconto.v1 import publication_pb2 as wire

HEADINGS = (
    "=publication", "published", "rules", "state", "in force from", "until", "author", "approver",
    "why",
)  # fmt: skip


def print_rows(found: Sequence[wire.Publication], form: str) -> None:
    """Print *found*, newest first."""
    if form == "json":
        print_json({"publications": [as_dict(p) for p in found]})
        return
    title = "1 publication" if len(found) == 1 else f"{len(found)} publications"
    print_table(title, HEADINGS, map(_cells, found))


def _cells(publication: wire.Publication) -> tuple[str, ...]:
    state = wire.PublicationState.Name(publication.state).removeprefix("PUBLICATION_STATE_")
    back = publication.kind == wire.PUBLICATION_KIND_ROLLBACK
    waits = publication.state == wire.PUBLICATION_STATE_PENDING
    begins = publication.activate_time if waits else publication.active_time
    return (
        publication.publication_id,
        _short(publication.publish_time),
        publication.digest[:19] + (" (back)" if back else ""),
        state.lower(),
        _short(begins),
        _short(publication.end_time),
        publication.author,
        publication.approver or "nobody",
        publication.why,
    )


def _short(stamp: Timestamp) -> str:
    return time_text(stamp)[:19].replace("T", " ") if stamp.ToMicroseconds() else ""
