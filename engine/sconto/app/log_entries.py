"""Reading an entry of the log: its record, once it is shown to be the one of its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sconto.app.ports import LogEntry, RulesStep
from sconto.domain.canonical import parse
from sconto.domain.record import SCHEMA
from sconto.domain.record_reading import Record, read_record
from sconto.errors import CorruptRecord

DECISION: Final = "decision"
_OF_RULES: Final = frozenset(step.value for step in RulesStep)


def decision_record(entry: LogEntry) -> Record:
    """The record of the decision *entry*.

    Raises CorruptRecord, which names the entry, for one that can't be read or is of another row.
    """
    record: Record = _checked(entry, read_record)
    return record


def check_history(entries: tuple[LogEntry, ...]) -> None:
    """Raise CorruptRecord, which names the entry, unless every record is the one of its row."""
    for entry in entries:
        _checked(entry, parse)


def _checked(entry: LogEntry, read: Callable[[bytes], Any]) -> Any:
    """What *read* makes of the record of *entry*; raises CorruptRecord, which names the entry."""
    try:
        record = read(entry.record)
    except CorruptRecord as error:
        raise damaged(entry, f"can't be read: {error}") from error
    for wrong in contradictions(entry, record):
        raise damaged(entry, wrong)
    return record


def damaged(entry: LogEntry, wrong: str) -> CorruptRecord:
    """The error for *entry*, of which something is *wrong*."""
    return CorruptRecord(f"entry {entry.seq} of the log ({entry.kind} {entry.decision_id}) {wrong}")


def contradictions(entry: LogEntry, record: Mapping[str, Any]) -> Iterator[str]:
    """What the row of *entry* says of it otherwise than its *record*, as stored or as read."""
    schema = record.get("schema", "")
    if not schema.startswith(f"sconto.{entry.kind}/"):
        yield f"has a record of another kind, `{schema}`"
        return
    if entry.kind == DECISION and schema != SCHEMA:
        return
    about, at_us = record.get("decision_id"), record.get("at_us")
    if entry.kind in _OF_RULES:
        about = record.get("publication_id")
    if entry.kind == DECISION:
        at_us = record["context"]["as_of_us"]
        if record["context"]["user_ref"] != entry.user_ref:
            yield "has another shopper than its record"
    if about != entry.decision_id:
        yield "has another decision id than its record"
    if at_us != entry.at_us:
        yield "has another time than its record"
    request_id = record.get("request_id", "").lower()
    if entry.request_key and entry.request_key.rpartition("/")[2] != request_id:
        yield "has another request id than its record"
