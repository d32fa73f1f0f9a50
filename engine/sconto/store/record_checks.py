"""Proves that rulesets, columns, index tables and events of a store agree with its records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sconto.app.log_entries import contradictions as row_contradictions
from sconto.app.ports import LogEntry
from sconto.domain.canonical import digest
from sconto.domain.reasons import ReasonCode
from sconto.domain.record import SCHEMA
from sconto.store.rows import mask

_ENTRIES: Final = """
SELECT log.seq, log.decision_id, log.at_us, log.user_ref, log.reasons,
       coalesce(offers.names, '[]'), coalesce(sets.names, '[]'),
       EXISTS (SELECT 1 FROM reservations WHERE seq = log.seq),
       EXISTS (SELECT 1 FROM events AS e WHERE e.user_ref = log.user_ref AND e.at_us = log.at_us
               AND e.decision_id = log.decision_id AND e.kind = 'discount_given'),
       log.kind, coalesce(log.request_key, ''), unpacked(log.record)
FROM log
LEFT JOIN (SELECT seq, json_group_array(offer_id) AS names FROM log_offers GROUP BY seq) AS offers
  ON offers.seq = log.seq
LEFT JOIN (SELECT seq, json_group_array(set_id) AS names FROM log_codes GROUP BY seq) AS sets
  ON sets.seq = log.seq
ORDER BY log.seq
"""
_RETURNS: Final = """
SELECT 'entry ' || log.seq || ' of the log is a return, and what came back is missing'
FROM log LEFT JOIN returns ON returns.seq = log.seq
LEFT JOIN log AS made ON made.seq = returns.reservation AND made.kind = 'decision'
WHERE log.kind = 'return' AND made.decision_id IS NOT log.decision_id
"""
_EVENTS: Final = "SELECT EXISTS (SELECT 1 FROM events)"


class _Entry(NamedTuple):
    """A row of _ENTRIES, with its record read."""

    seq: int
    decision_id: str
    at_us: int
    user_ref: str
    reasons: int
    offers: str
    code_sets: str
    reserved: int
    given: int
    kind: str
    request_key: str
    record: Mapping[str, Any]

    @property
    def is_read(self) -> bool:
        """Whether the record is of a decision, in the form that is read."""
        return self.record.get("schema") == SCHEMA


def contradictions(connection: sqlite3.Connection) -> list[str]:
    """What does not agree with the records, one line each, with the number of the entry."""
    kept = dict(connection.execute("SELECT digest, documents FROM rulesets").fetchall())
    found = [
        f"the documents of the ruleset `{name}` are not those that its name is the digest of"
        for name, documents in kept.items()
        if len(name) == len(digest(b"")) and digest(documents) != name
    ]
    found += [line for (line,) in connection.execute(_RETURNS)]
    ((any_event,),) = connection.execute(_EVENTS).fetchall()
    events = _Events(any_event=bool(any_event))
    # One by one: a log may be larger than the memory.
    for row in connection.execute(_ENTRIES):
        entry = _Entry._make((*row[:-1], _record(row[-1])))
        try:
            wrong = [
                *_of_decision(entry, kept), *_of_tables(entry), *_of_row(entry), *events.of(entry)
            ]  # fmt: skip
        except (KeyError, TypeError, ValueError):
            wrong = ["holds a record that lacks what every record has"]
        found += [f"entry {entry.seq} of the log {line}" for line in wrong]
    return found


@dataclass(slots=True)
class _Events:
    """Which discounts lack their event, and can't have been forgotten.

    The oldest events are forgotten first, in their order, and the newest never is.
    """

    any_event: bool
    earliest: int | None = None
    """The earliest event of a discount that is kept of the entries before."""

    def of(self, entry: _Entry) -> Iterator[str]:
        """What is wrong with the event of *entry*; call it once for each, in their order."""
        if entry.given:
            self.earliest = min(entry.at_us, self.earliest or entry.at_us)
            return
        is_old = self.any_event and (self.earliest is None or entry.at_us < self.earliest)
        if entry.is_read and entry.record["outcome"]["discount"] and not is_old:
            yield "gave a discount, its event is missing"


def _record(raw: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(raw)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _of_decision(entry: _Entry, rulesets: Mapping[str, bytes]) -> Iterator[str]:
    if not entry.is_read:
        return
    record = entry.record
    if record["ruleset"] not in rulesets:
        yield "was decided by a ruleset that is not kept"


def _of_tables(entry: _Entry) -> Iterator[str]:
    """What a decision is found by, and its reservation."""
    if not entry.is_read:
        return
    record, outcome = entry.record, entry.record["outcome"]
    became = {outcome["reason"], *record["candidates"].get("reason", ())}
    if mask(ReasonCode[name] for name in became) & ~entry.reasons:
        yield "lacks reasons of its record, by which it is found"
    if {d["offer_id"] for d in outcome["discounts"]} != set(json.loads(entry.offers)):
        yield "is listed under other offers than those in its record"
    if _applied(record["context"], outcome) != set(json.loads(entry.code_sets)):
        yield "is listed under other codes than those in its record"
    if (outcome["expires_us"] is not None) != bool(entry.reserved):
        yield "has no reservation, or one that its record does not name"


def _of_row(entry: _Entry) -> Iterator[str]:
    row = LogEntry(
        *(entry.seq, entry.kind, entry.decision_id, entry.at_us, b""),
        *(entry.user_ref, entry.request_key),
    )
    if "schema" in entry.record:
        yield from row_contradictions(row, entry.record)


def _applied(context: Mapping[str, Any], outcome: Mapping[str, Any]) -> set[str]:
    sent, became = context.get("codes", ()), outcome.get("codes", ())
    return {code[0] for code, use in zip(sent, became, strict=False) if use["status"] == "APPLIED"}
