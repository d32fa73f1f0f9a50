"""Published rules that were changed in the store, or signed by strangers, decide nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sconto.app.approval import approve
from sconto.app.people import People
from sconto.app.ports import PublicationWrite, RulesEntry, RulesStep, StoredAnswer
from sconto.app.publications import Publication, activation_record, publication_record
from sconto.app.signed_rules import RulesUntrusted, SignedRules
from sconto.domain.canonical import digest
from sconto.errors import CorruptRecord
from sconto.rulebook.read.watch import Seen
from sconto.serving.initial_rules import published_in
from sconto.signing.keys import verified
from sconto.store.packing import packed, unpacked
from sconto.store.sqlite import SqliteStore
from support.publishing import MADE_US, envelope, people, person, statement

DOCUMENTS = b'[{"currency":"EUR","kind":"shop","name":"Cheese"}]'


def begun(path: Path, trusted: People | None) -> bytes:
    """The documents that a server begins with on the store at *path*."""
    with closing(SqliteStore(path)) as store:
        found = published_in(store, Seen(), SignedRules(lambda: trusted, verified))
    assert found is not None
    return found.documents


def published(*signers: str, trusted: People | None = None) -> tuple[Publication, bytes]:
    """A publication, with what the log keeps of it, signed by *signers*."""
    said = statement(digest(DOCUMENTS))
    made = Publication("p1", said, "ben", MADE_US, MADE_US)
    approved = approve(envelope(said, *signers), said, trusted or people(), verified, MADE_US)
    return made, publication_record(made, approved, "r1")


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    """A store in which anna and ben have published DOCUMENTS."""
    made, record = published("anna", "ben")
    entries = (
        RulesEntry(RulesStep.PUBLICATION, "p1", MADE_US, record, "p/1", StoredAnswer(b"", b"")),
        RulesEntry(RulesStep.ACTIVATION, "p1", MADE_US, activation_record(made, MADE_US, "files")),
    )
    store = SqliteStore(tmp_path / "decisions.sqlite")
    await store.keep_ruleset(digest(DOCUMENTS), DOCUMENTS)
    await store.commit_publication(PublicationWrite(entries, 0))
    store.close()
    return tmp_path / "decisions.sqlite"


def change(path: Path, sql: str, *values: object) -> None:
    """Do to the store what somebody may do who can write to its file."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql, values)


RECORD = "UPDATE log SET record = ? WHERE kind = 'publication'"


def test_what_two_people_signed_decides(path: Path) -> None:
    """Also after one of them has left."""
    gone = replace(people().everybody[0], left_us=MADE_US + 1)

    assert DOCUMENTS == begun(path, people())
    assert DOCUMENTS == begun(path, None)
    assert DOCUMENTS == begun(path, People((gone, *people().everybody[1:])))


def test_changed_documents_are_refused_and_named(path: Path) -> None:
    """One update of the stored ruleset, whoever is trusted."""
    change(path, "UPDATE rulesets SET documents = ?", DOCUMENTS.replace(b"Cheese", b"Ham"))

    for trusted in (people(), None):
        with pytest.raises(CorruptRecord, match=digest(DOCUMENTS)):
            begun(path, trusted)


def test_a_changed_statement_is_refused_and_named(path: Path) -> None:
    """Also one that names other documents, with these beside it."""
    other = DOCUMENTS.replace(b"Cheese", b"Ham")
    _, record = published("anna", "ben")
    forged = record.replace(digest(DOCUMENTS).encode(), digest(other).encode())
    change(path, "INSERT INTO rulesets VALUES (?, ?)", digest(other), other)
    change(path, RECORD, packed(forged))

    for trusted in (people(), None):
        with pytest.raises(RulesUntrusted, match="entry 1 of the log: the signature of `anna`"):
            begun(path, trusted)


def test_new_keys_under_the_same_names_are_of_nobody_who_is_trusted(path: Path) -> None:
    """The keys in a log fit the log; only the operator's file says whose they are."""
    strangers = [person("mallory", ()), person("mortimer", ())]
    anna, ben = (
        replace(one, public_key=stranger.public_key)
        for one, stranger in zip(people().everybody[:2], strangers, strict=True)
    )
    _, record = published("mallory", "mortimer", trusted=People((anna, ben)))
    change(path, RECORD, packed(record))

    assert DOCUMENTS == begun(path, None)
    with pytest.raises(RulesUntrusted, match="entry 1 of the log: nobody that this server trusts"):
        begun(path, people())


def test_who_had_left_before_signed_for_nothing(path: Path) -> None:
    """What was signed on the day itself does not count."""
    gone = replace(people().everybody[0], left_us=MADE_US)

    with pytest.raises(RulesUntrusted, match="`anna` had left"):
        begun(path, People((gone, *people().everybody[1:])))


def test_a_name_in_the_record_is_that_of_its_key(path: Path) -> None:
    """Who reads the record sees who has signed."""
    with closing(sqlite3.connect(path)) as database:
        ((record,),) = database.execute("SELECT record FROM log WHERE kind = 'publication'")
    change(path, RECORD, packed(unpacked(record).replace(b'"name":"ben"', b'"name":"cara"')))

    with pytest.raises(RulesUntrusted, match="names others than its signers"):
        begun(path, people())
