"""Bundle files: what was signed, with the documents it speaks of; a rollback has none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sconto.app.dsse import Envelope, MalformedEnvelope, envelope_of
from sconto.app.people import keyid
from sconto.app.ports import RulesStep
from sconto.app.statements import PAYLOAD_TYPE, MalformedStatement, Statement, parse_statement
from sconto.cli.exits import Exit, Failure
from sconto.cli.signing_keys import open_key
from sconto.domain.canonical import canonical, digest, parse
from sconto.errors import CorruptRecord
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


def bundle_of(statement: Statement, documents: bytes = b"") -> Bundle:
    """A bundle that nobody has signed yet."""
    return Bundle(Envelope(PAYLOAD_TYPE, statement.to_bytes()), statement, documents)


def read_bundle(path: Path) -> Bundle:
    """The bundle in *path*, unverified but for its digest; a Failure when it is none."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    try:
        bundle = _bundle(raw)
    except (CorruptRecord, MalformedEnvelope, MalformedStatement) as error:
        raise Failure(f"`{path.name}` is no bundle: {error}", _ADVICE, Exit.UNAVAILABLE) from error
    has, needs = bool(bundle.documents), bundle.statement.kind is RulesStep.PUBLICATION
    if has is not needs or (has and digest(bundle.documents) != bundle.statement.digest):
        message = f"the documents in `{path.name}` are not those that were signed"
        raise Failure(message, _ADVICE, Exit.REFUSED)
    return bundle


def signed_by(bundle: Bundle, key_file: Path) -> Bundle:
    """*bundle* with one more signature; a Failure for a second one with the same key."""
    key = open_key(key_file)
    if keyid(public_bytes(key)) in {s.keyid for s in bundle.envelope.signatures}:
        message = f"`{key_file.name}` has signed this already"
        raise Failure(message, "have somebody else approve it, with their own key", Exit.REFUSED)
    return replace(bundle, envelope=signed(bundle.envelope, key))


def _bundle(raw: bytes) -> Bundle:
    if len(raw) > MOST_BYTES:
        raise MalformedEnvelope("it is too large")
    match parse(raw):
        case {"schema": "sconto.bundle/1", "envelope": dict(signed), **rest}:
            envelope = envelope_of(signed)
            documents = canonical(rest["documents"]) if "documents" in rest else b""
            return Bundle(envelope, parse_statement(envelope), documents)
        case _:
            raise MalformedEnvelope(f"it does not have the schema `{SCHEMA}`")
