"""What a log of publications says: one thing in force, one that waits, and every end told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.app.approval import approve
from sconto.app.ports import LogEntry, RulesStep
from sconto.app.publications import (
    Publication,
    Publications,
    PublicationState,
    activation_record,
    publication_record,
)
from sconto.domain.canonical import canonical
from sconto.errors import CorruptRecord
from sconto.signing.keys import verified
from support.publishing import envelope, people, statement


class Log:
    """A log that a test writes by hand."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def publications(self, after_seq: int) -> tuple[LogEntry, ...]:
        """See Store."""
        return tuple(e for e in self.entries if e.seq > after_seq)

    def append(self, kind: str, about: str, record: bytes) -> None:
        """Write one entry; a decision may have been in between."""
        seq = 1 + 2 * len(self.entries)
        self.entries.append(LogEntry(seq, kind, about, seq * 1_000, record))

    def publish(self, n: int, kind: RulesStep = RulesStep.PUBLICATION) -> Publication:
        """Write the entry of publication *n*."""
        said = statement(f"sha256:{n:064x}", kind=kind, made_us=n)
        signed = approve(envelope(said, "anna", "ben"), said, people(), verified, n)
        made = Publication(f"p{n}", said, "ben", n * 10, n * 20)
        self.append(kind.value, made.publication_id, publication_record(made, signed, f"r{n}"))
        return made

    def activate(self, publication: Publication, replaces: str = "sha256:files") -> None:
        """Write the entry of its activation."""
        record = activation_record(publication, publication.activate_us, replaces)
        self.append("activation", publication.publication_id, record)


def read(log: Any) -> Publications:
    """What *log* says."""
    found = Publications()
    found.read(log)
    return found


def test_what_was_written_is_read_again() -> None:
    """Statement, people, times and number come back from the record."""
    log = Log()
    made = log.publish(1)

    found = read(log).find("p1")
    assert found is not None
    assert (made.statement, made.approver, made.activate_us, 1) == (
        found.statement,
        found.approver,
        found.activate_us,
        found.seq,
    )
    assert PublicationState.PENDING is found.state


def test_an_activation_names_what_it_replaces() -> None:
    """What decided before the first publication was active once too, and nothing else was."""
    log = Log()
    log.activate(log.publish(1))
    log.publish(2)
    found = read(log)

    assert found.active is not None
    assert "sha256:files" == found.active.replaces
    active = [d for d in ("files", f"{1:064x}", f"{2:064x}") if found.was_active(f"sha256:{d}")]
    assert ["files", f"{1:064x}"] == active


@given(st.lists(st.sampled_from(["publish", "back", "activate", "read"]), max_size=30))
def test_at_most_one_is_active_and_at_most_one_waits(steps: list[str]) -> None:
    """Whatever happens, in one reading or in many, each of the others has ended."""
    log, waiting, active, followed = Log(), None, None, Publications()
    for n, step in enumerate(steps, start=1):
        if step == "activate" and waiting is not None:
            log.activate(waiting)
            waiting, active = None, waiting
        elif step in {"publish", "back"}:
            kind = RulesStep.PUBLICATION if step == "publish" else RulesStep.ROLLBACK
            waiting = log.publish(n, kind)
        else:
            followed.read(log)  # type: ignore[arg-type]
    followed.read(log)  # type: ignore[arg-type]

    for found in (read(log), followed):
        states = {p.publication_id: p.state for p in found.newest_first}
        assert found.newest_first == tuple(sorted(found.newest_first, key=lambda p: -p.seq))
        assert (
            {active.publication_id}
            if active
            else set() == {i for i, s in states.items() if s is PublicationState.ACTIVE}
        )
        pending = {i for i, s in states.items() if s is PublicationState.PENDING}
        assert ({waiting.publication_id} if waiting else set()) == pending
        assert (found.pending.publication_id if found.pending else None) == (
            waiting.publication_id if waiting else None
        )


@pytest.mark.parametrize(
    "record", [b"", b"[]", b"{}", canonical({"signers": [], "statement": {}, "publication_id": ""})]
)
def test_a_spoilt_entry_is_named(record: bytes) -> None:
    """Nothing is in force by an entry that can't be read."""
    log = Log()
    log.append("publication", "p1", record)

    with pytest.raises(CorruptRecord):
        read(log)


def test_an_activation_of_nothing_is_named() -> None:
    """It needs its publication before it."""
    log = Log()
    made = log.publish(1)
    log.entries.clear()
    log.activate(made)

    with pytest.raises(CorruptRecord, match="activates what nobody published"):
        read(log)
