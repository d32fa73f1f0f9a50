"""Bundle files: a signed statement about rules, with their documents; a rollback has none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sconto.app.dsse import Envelope, MalformedEnvelope, envelope_of
from sconto.app.people import keyid
from sconto.app.ports import RulesStep
from sconto.app.statements import PAYLOAD_TYPE, MalformedStatement, Statement, parse_statement
from sconto.domain.canonical import canonical, digest, parse
from sconto.errors import CorruptRecord, Rejected, Unavailable
from sconto.signing.keys import public_bytes, signed

SCHEMA: Final = "sconto.bundle/1"
MOST_BYTES: Final = 8_000_000
"""Of a bundle file: twice what a server takes."""

_ADVICE: Final = "make it with `sconto rules publish DIR`, and don't edit it"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A statement with the signatures it has so far, and its documents in canonical form."""

    envelope: Envelope
    statement: Statement
    documents: bytes = b""
    """Empty for a rollback: the server keeps them."""

    def write(self, path: Path) -> None:
        """Write the bundle to *path*: whole, or not at all."""
        value: dict[str, Any] = {"schema": SCHEMA, "envelope": self.envelope.as_json()}
        if self.documents:
            value["documents"] = parse(self.documents)
        passing = path.with_name(f"{path.name}.part")
        passing.write_bytes(canonical(value) + b"\n")
        passing.replace(path)

    def signed(self, key: Ed25519PrivateKey, name: str) -> Bundle:
        """The bundle with one more signature; Rejected if *key*, called *name*, has signed it."""
        if keyid(public_bytes(key)) in {s.keyid for s in self.envelope.signatures}:
            message = f"`{name}` has signed this already"
            raise Rejected(message, "have somebody else approve it, with their own key")
        return replace(self, envelope=signed(self.envelope, key))


def bundle_of(statement: Statement, documents: bytes = b"") -> Bundle:
    """A bundle that nobody has signed yet."""
    return Bundle(Envelope(PAYLOAD_TYPE, statement.to_bytes()), statement, documents)


def read_bundle(path: Path) -> Bundle:
    """The bundle in *path*, its digest checked, its signatures not.

    Raises Rejected or Unavailable when there is none, or its documents are not those signed.
    """
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    try:
        bundle = _bundle(raw)
    except (CorruptRecord, MalformedEnvelope, MalformedStatement) as error:
        raise Unavailable(f"`{path.name}` is no bundle: {error}", _ADVICE) from error
    has, needs = bool(bundle.documents), bundle.statement.kind is RulesStep.PUBLICATION
    if has is not needs or (has and digest(bundle.documents) != bundle.statement.digest):
        message = f"the documents in `{path.name}` are not those that were signed"
        raise Rejected(message, _ADVICE)
    return bundle


def _bundle(raw: bytes) -> Bundle:
    if len(raw) > MOST_BYTES:
        raise MalformedEnvelope("it is too large")
    match parse(raw):
        case {"schema": "sconto.bundle/1", "envelope": dict(value), **rest}:
            envelope = envelope_of(value)
            documents = canonical(rest["documents"]) if "documents" in rest else b""
            return Bundle(envelope, parse_statement(envelope), documents)
        case _:
            raise MalformedEnvelope(f"it does not have the schema `{SCHEMA}`")
