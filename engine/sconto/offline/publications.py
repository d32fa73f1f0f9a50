"""The publications in a decision log, and the verification of their signatures and digests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sconto.api.publication_message import publication_message
from sconto.app.ports import LogEntry, RulesStep, Store
from sconto.app.publications import Publications
from sconto.app.signed_rules import RulesUntrusted, SignedRules
from sconto.domain.canonical import parse
from sconto.errors import CorruptRecord
from sconto.offline.log import open_log
from sconto.rulebook.read.signers import load_people
from sconto.signing.keys import verified
from sconto.v1 import publication_pb2 as wire


def publications_of_log(data: Path) -> list[wire.Publication]:
    """The publications in the log of *data*, newest first."""
    with open_log(data) as (store, _):
        log = Publications()
        log.read(store)
        return [publication_message(p) for p in log.newest_first]


def violations(data: Path, people: Path | None) -> list[str]:
    """What fails verification in the publications of the log, one line each.

    Signers must be those in the file *people*; without one, they are those that the log names.
    Raises InvalidPeople.
    """
    trusted = None if people is None else load_people(people)
    signed = SignedRules(lambda: trusted, verified)
    with open_log(data) as (store, _):
        entries = store.publications(0)
        return [line for entry in entries for line in _violations(entry, store, signed)]


def _violations(entry: LogEntry, store: Store, signed: SignedRules) -> Iterator[str]:
    try:
        record = parse(entry.record)
        if entry.kind == RulesStep.ACTIVATION.value:
            named = record["digest"]
        else:
            named = record["statement"]["digest"]
    except (CorruptRecord, LookupError, TypeError, ValueError):
        yield f"entry {entry.seq} of the log is no {entry.kind}"
        return
    try:
        if entry.kind != RulesStep.ACTIVATION.value:
            signed.check(entry)
    except RulesUntrusted as error:
        yield str(error)
    try:
        if store.ruleset_documents(named) is None:
            yield f"entry {entry.seq} of the log names a ruleset that is not kept"
    except CorruptRecord:
        yield f"entry {entry.seq} of the log names a ruleset that is kept with other rules"
