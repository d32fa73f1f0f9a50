"""The two-person rule: which signatures make a statement one that a server acts on."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.app.dsse import Envelope, MalformedEnvelope, parse_envelope
from sconto.app.people import People, Person, Role, VerifySignature
from sconto.app.ports import RulesStep
from sconto.app.statements import MalformedStatement, Statement, parse_statement
from sconto.errors import FieldViolation, InvalidRequest, PublicationRefused


@dataclass(frozen=True, slots=True)
class Approved:
    """A statement with two good signatures, or with one where one is enough."""

    statement: Statement
    envelope: Envelope
    author: Person
    approver: Person | None
    """None for a rollback in an emergency."""


def read_signed(raw: bytes, kind: RulesStep) -> tuple[Envelope, Statement]:
    """The envelope in *raw* and its statement, unverified; raises InvalidRequest."""
    try:
        envelope = parse_envelope(raw)
        statement = parse_statement(envelope)
    except (MalformedEnvelope, MalformedStatement) as error:
        violation = FieldViolation("envelope", str(error), "MALFORMED_ENVELOPE")
        raise InvalidRequest((violation,)) from error
    if statement.kind is not kind:
        description = f"holds a {statement.kind.value}, this call takes a {kind.value}"
        raise InvalidRequest((FieldViolation("envelope", description, "WRONG_STATEMENT"),))
    return envelope, statement


def approve(
    envelope: Envelope, statement: Statement, people: People, verify: VerifySignature, at_us: int
) -> Approved:
    """*statement* as signed by its author and by another person who may approve it at *at_us*.

    Raises PublicationRefused. Every signature counts: one that is bad, or of somebody unknown,
    spoils the envelope, so that none can hide behind the good ones.
    """
    signers = [_signer(s.keyid, people, at_us) for s in envelope.signatures]
    for signer, signature in zip(signers, envelope.signatures, strict=True):
        if not verify(signer.public_key, envelope.to_sign(), signature.sig):
            message = f"the signature of `{signer.name}` does not fit what it stands under"
            raise PublicationRefused("SIGNATURE_INVALID", message)
    author = next((s for s in signers if s.name == statement.author), None)
    if author is None:
        message = f"`{statement.author}` is named as the author and has not signed"
        raise PublicationRefused("TWO_PERSONS_NEEDED", message)
    others = [s for s in signers if s.name != author.name]
    if not others and len(signers) == 1 and statement.kind is RulesStep.ROLLBACK:
        return _alone(envelope, statement, author)
    if len(signers) != 2 or len(others) != 1:  # noqa: PLR2004 - two persons
        message = "an author and one other person sign, each once"
        raise PublicationRefused("TWO_PERSONS_NEEDED", message)
    _need(author, Role.AUTHOR)
    _need(others[0], Role.APPROVER)
    return Approved(statement, envelope, author, others[0])


def _alone(envelope: Envelope, statement: Statement, author: Person) -> Approved:
    if Role.EMERGENCY not in author.roles:
        message = f"nobody else has approved this, and `{author.name}` may not roll back alone"
        raise PublicationRefused("TWO_PERSONS_NEEDED", message)
    return Approved(statement, envelope, author, None)


def _signer(keyid: str, people: People, at_us: int) -> Person:
    person = people.with_key(keyid)
    if person is None:
        message = f"nobody that this server trusts has the key `{keyid[:19]}...`"
        raise PublicationRefused("SIGNER_UNKNOWN", message)
    if person.left_us is not None and at_us >= person.left_us:
        message = f"`{person.name}` had left when this was signed"
        raise PublicationRefused("SIGNER_UNKNOWN", message)
    return person


def _need(person: Person, role: Role) -> None:
    if role not in person.roles:
        message = f"`{person.name}` does not have the role `{role.value}`"
        raise PublicationRefused("ROLE_MISSING", message)
