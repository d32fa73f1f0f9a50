"""Publications from a log or a server, each on one line; and whether the log's hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.api.publication_message import publication_message
from sconto.app.ports import LogEntry, RulesStep, Store
from sconto.app.publications import Publications, signed_envelope
from sconto.cli.messages import as_dict, time_text
from sconto.cli.output import print_json, print_table
from sconto.domain.canonical import digest, parse
from sconto.errors import CorruptRecord
from sconto.offline.log import open_log
from sconto.signing.keys import verified
from sconto.v1 import publication_pb2 as wire

HEADINGS = ("published", "rules", "state", "in force from", "until", "author", "approver", "why")


def publications_of_log(data: Path) -> list[wire.Publication]:
    """The publications in the log of *data*, newest first."""
    with open_log(data) as (store, _):
        log = Publications()
        log.read(store)
        return [publication_message(p) for p in log.newest_first]


def print_rows(found: Sequence[wire.Publication], form: str) -> None:
    """Print *found*, newest first."""
    if form == "json":
        print_json({"publications": [as_dict(p) for p in found]})
        return
    title = "1 publication" if len(found) == 1 else f"{len(found)} publications"
    print_table(title, HEADINGS, map(_cells, found))


def violations(data: Path) -> list[str]:
    """What fails verification in the publications of the log, one line each."""
    with open_log(data) as (store, _):
        return [line for entry in store.publications(0) for line in _violations(entry, store)]


def _violations(entry: LogEntry, store: Store) -> Iterator[str]:
    try:
        record = parse(entry.record)
        if entry.kind == RulesStep.ACTIVATION.value:
            named = record["digest"]
        else:
            named = record["statement"]["digest"]
            yield from _unsigned(entry, record)
        documents = store.ruleset_documents(named)
    except (CorruptRecord, LookupError, TypeError, ValueError):
        yield f"entry {entry.seq} of the log is no {entry.kind}"
        return
    if documents is None:
        yield f"entry {entry.seq} of the log names a ruleset that is not kept"
    elif digest(documents) != named:
        yield f"entry {entry.seq} of the log names a ruleset that is kept with other rules"


def _unsigned(entry: LogEntry, record: Any) -> Iterator[str]:
    envelope, keys = signed_envelope(record)
    for signer, key, signature in zip(record["signers"], keys, envelope.signatures, strict=True):
        if not verified(key, envelope.to_sign(), signature.sig):
            yield f"entry {entry.seq} of the log is not what `{signer['name']}` signed"


def _cells(publication: wire.Publication) -> tuple[str, ...]:
    state = wire.PublicationState.Name(publication.state).removeprefix("PUBLICATION_STATE_")
    back = publication.kind == wire.PUBLICATION_KIND_ROLLBACK
    waits = publication.state == wire.PUBLICATION_STATE_PENDING
    begins = publication.activate_time if waits else publication.active_time
    return (
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
