"""The publications in a decision log, and the verification of their signatures and digests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sconto.api.publication_message import publication_message
from sconto.app.ports import LogEntry, RulesStep, Store
from sconto.app.publications import Publications, signed_envelope
from sconto.domain.canonical import digest, parse
from sconto.errors import CorruptRecord
from sconto.offline.log import open_log
from sconto.signing.keys import verified
from sconto.v1 import publication_pb2 as wire


def publications_of_log(data: Path) -> list[wire.Publication]:
    """The publications in the log of *data*, newest first."""
    with open_log(data) as (store, _):
        log = Publications()
        log.read(store)
        return [publication_message(p) for p in log.newest_first]


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
