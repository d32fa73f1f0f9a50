"""Published rules as a store keeps them, shown again to be what two people signed."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.app.approval import Approved, approve
from sconto.app.people import People, Person, ReadPeople, Role, VerifySignature
from sconto.app.ports import LogEntry, Store
from sconto.app.publications import Publication, signed_envelope
from sconto.app.statements import parse_statement
from sconto.domain.canonical import parse
from sconto.errors import CorruptRecord, PublicationRefused


class RulesUntrusted(CorruptRecord):
    """A publication in the log that is not what people who are trusted have signed."""

    code = "RULES_UNTRUSTED"
    help = (
        "restore the store from a backup, or put a signer who has left back into the file of "
        "people, with the day in `left`"
    )


@dataclass(frozen=True, slots=True)
class SignedRules:
    """Reads published rules from a store. *people* are those whom the operator trusts.

    Where the operator names nobody, only what the log says of its own signers can be checked.
    """

    people: ReadPeople
    verify: VerifySignature

    def documents(self, store: Store, publication: Publication) -> bytes:
        """The documents of *publication*, for which the right people have signed.

        Raises RulesUntrusted, CorruptRecord for other documents, and InvalidPeople.
        """
        entry = store.history(publication.publication_id)[0]
        approved = self.check(entry)
        documents = store.ruleset_documents(approved.statement.digest)
        if documents is None:
            raise CorruptRecord(f"the published ruleset `{publication.digest}` is not kept")
        return documents

    def check(self, entry: LogEntry) -> Approved:
        """What the publication *entry* of the log says, by whom it is signed.

        Raises RulesUntrusted, and InvalidPeople.
        """
        trusted = self.people()
        try:
            record = parse(entry.record)
            envelope, keys = signed_envelope(record)
            statement = parse_statement(envelope)
            named = [
                Person(signer["name"], frozenset({Role(signer["role"])}), key)
                for signer, key in zip(record["signers"], keys, strict=True)
            ]
            everybody = trusted or People(tuple(named))
            approved = approve(envelope, statement, everybody, self.verify, statement.made_us)
        except PublicationRefused as error:
            raise RulesUntrusted(f"entry {entry.seq} of the log: {error}") from error
        except (LookupError, TypeError, ValueError, CorruptRecord) as error:
            raise RulesUntrusted(f"entry {entry.seq} of the log is no {entry.kind}") from error
        signers = {p.name for p in (approved.author, approved.approver) if p is not None}
        if signers != {p.name for p in named}:
            raise RulesUntrusted(f"entry {entry.seq} of the log names others than its signers")
        return approved
