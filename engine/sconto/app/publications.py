"""What was published, as the log tells it: which ruleset should be in force, and what waits.

Nothing else is kept about publications, so the log can't disagree with anything.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sconto.app.approval import Approved
from sconto.app.dsse import Envelope, Signature
from sconto.app.people import Role
from sconto.app.ports import LogEntry, RulesStep, Store
from sconto.app.statements import PAYLOAD_TYPE, MalformedStatement, Statement, statement_of
from sconto.domain.canonical import canonical, parse
from sconto.errors import CorruptRecord


class PublicationState(Enum):
    """Where a publication stands. PENDING becomes ACTIVE or CANCELLED, ACTIVE SUPERSEDED."""

    PENDING = "pending"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Publication:
    """A ruleset that was signed and accepted, and what became of it."""

    publication_id: str
    statement: Statement
    approver: str
    """Empty for a rollback that one person made in an emergency."""
    published_us: int
    activate_us: int
    seq: int = 0
    """Its number in the log; 0 for one that is in no log."""
    activated_us: int | None = None
    replaces: str = ""
    """The ruleset that decided until then."""
    ended_us: int | None = None
    """When another one took its place, or cancelled it."""

    @property
    def digest(self) -> str:
        """The ruleset it puts in force."""
        return self.statement.digest

    @property
    def state(self) -> PublicationState:
        """Where it stands."""
        if self.activated_us is None:
            pending = self.ended_us is None
            return PublicationState.PENDING if pending else PublicationState.CANCELLED
        active = self.ended_us is None
        return PublicationState.ACTIVE if active else PublicationState.SUPERSEDED


class Publications:
    """The publications of one log, as far as `read` has seen it.

    INVARIANT: at most one is ACTIVE and at most one is PENDING; each is cancelled or superseded by
    the next one (tests/unit/app/test_publications.py).
    """

    def __init__(self) -> None:
        self._known: dict[str, Publication] = {}
        self._active_once: set[str] = set()
        self.last_seq = 0
        """The number of the last entry that was read."""
        self.active: Publication | None = None
        self.pending: Publication | None = None

    def read(self, store: Store) -> None:
        """Take in what is new in the log; raises StoreUnavailable, CorruptRecord."""
        self._take_all(store.publications(self.last_seq))

    async def follow(self, store: Store) -> None:
        """`read`, on an event loop."""
        since = self.last_seq
        self._take_all(await store.read(lambda: store.publications(since)))

    @property
    def newest_first(self) -> tuple[Publication, ...]:
        """All of them."""
        return tuple(reversed(self._known.values()))

    def find(self, publication_id: str) -> Publication | None:
        """The publication of that id."""
        return self._known.get(publication_id)

    def was_active(self, digest: str) -> bool:
        """Whether the ruleset *digest* came into force by any of them, or was replaced by one."""
        return digest in self._active_once

    @property
    def newest(self) -> Publication | None:
        """The one accepted last, whatever became of it."""
        return next(reversed(self._known.values()), None)

    def _take_all(self, entries: Iterable[LogEntry]) -> None:
        for entry in entries:
            # While one waited for the store, another may have taken it in.
            if entry.seq > self.last_seq:
                self._take(entry)
                self.last_seq = entry.seq

    def _take(self, entry: LogEntry) -> None:
        if entry.kind == RulesStep.ACTIVATION.value:
            self._activate(entry)
            return
        if self.pending is not None:
            self._end(self.pending, entry.at_us)
        self.pending = _publication_of(entry)
        self._known[self.pending.publication_id] = self.pending

    def _activate(self, entry: LogEntry) -> None:
        found = self._known.get(entry.decision_id)
        if found is None:
            raise CorruptRecord(f"entry {entry.seq} activates what nobody published")
        if self.active is not None:
            self._end(self.active, entry.at_us)
        replaces = _replaced(entry)
        self.active = replace(found, activated_us=entry.at_us, replaces=replaces)
        self._known[found.publication_id] = self.active
        self.pending = None
        self._active_once |= {found.digest, replaces}

    def _end(self, publication: Publication, at_us: int) -> None:
        self._known[publication.publication_id] = replace(publication, ended_us=at_us)


def publication_record(publication: Publication, approved: Approved, request_id: str) -> bytes:
    """The log's record of *publication*: enough to check its signatures again, years later."""
    statement = publication.statement
    signatures = {s.keyid: s.sig for s in approved.envelope.signatures}
    signers = [(approved.author, Role.EMERGENCY)]
    if approved.approver is not None:
        signers = [(approved.author, Role.AUTHOR), (approved.approver, Role.APPROVER)]
    entry: dict[str, Any] = {
        "schema": f"sconto.{statement.kind.value}/1",
        "publication_id": publication.publication_id,
        "request_id": request_id,
        "at_us": publication.published_us,
        "activate_us": publication.activate_us,
        "statement": statement.as_json(),
        "signers": [
            {
                "name": person.name,
                "role": role.value,
                "public_key": _text(person.public_key),
                "keyid": person.keyid,
                "sig": _text(signatures[person.keyid]),
            }
            for person, role in signers
        ],
    }
    return canonical(entry)


def activation_record(publication: Publication, at_us: int, replaces: str) -> bytes:
    """The log's record of the moment from which *publication* decides, and no more *replaces*."""
    entry: dict[str, Any] = {
        "schema": "sconto.activation/1",
        "publication_id": publication.publication_id,
        "at_us": at_us,
        "digest": publication.digest,
        "replaces": replaces,
    }
    return canonical(entry)


def signed_envelope(record: Mapping[str, Any]) -> tuple[Envelope, tuple[bytes, ...]]:
    """What was signed, rebuilt from a publication's *record*, and the keys of its signatures."""
    payload = canonical(record["statement"])
    signatures = tuple(Signature(s["keyid"], _bytes(s["sig"])) for s in record["signers"])
    keys = tuple(_bytes(s["public_key"]) for s in record["signers"])
    return Envelope(PAYLOAD_TYPE, payload, signatures), keys


def _publication_of(entry: LogEntry) -> Publication:
    record = parse(entry.record)
    try:
        approvers = [s["name"] for s in record["signers"] if s["role"] == Role.APPROVER.value]
        return Publication(
            publication_id=record["publication_id"],
            statement=statement_of(record["statement"]),
            approver=approvers[0] if approvers else "",
            published_us=record["at_us"],
            activate_us=record["activate_us"],
            seq=entry.seq,
        )
    except (KeyError, TypeError, MalformedStatement) as error:
        raise CorruptRecord(f"entry {entry.seq} of the log is no {entry.kind}") from error


def _replaced(entry: LogEntry) -> str:
    match parse(entry.record):
        case {"replaces": str(replaces)}:
            return replaces
        case _:
            raise CorruptRecord(f"entry {entry.seq} of the log is no {entry.kind}")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
