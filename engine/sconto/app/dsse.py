"""DSSE envelopes (Dead Simple Signing Envelope, v1): what was signed, with the signatures on it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sconto.domain.canonical import canonical

MOST_BYTES: Final = 16_384
"""Of an envelope; a statement and two signatures need a tenth of it."""


class MalformedEnvelope(ValueError):
    """The bytes are no envelope; the message says why, in the form of an error."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature; *keyid* is a hint at the key, and proves nothing."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Bytes of a type, and signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...] = ()

    def to_sign(self) -> bytes:
        """What a signature covers: DSSE's pre-authentication encoding of type and payload."""
        kind = self.payload_type.encode()
        return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(self.payload), self.payload)

    def as_json(self) -> dict[str, Any]:
        """The envelope as the DSSE specification writes it."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": s.keyid, "sig": base64.b64encode(s.sig).decode()} for s in self.signatures
            ],
        }

    def to_bytes(self) -> bytes:
        """The envelope as JSON text."""
        return canonical(self.as_json())


def parse_envelope(raw: bytes) -> Envelope:
    """The envelope that *raw* holds; raises MalformedEnvelope."""
    if len(raw) > MOST_BYTES:
        raise MalformedEnvelope(f"an envelope has at most {MOST_BYTES} bytes")
    try:
        return envelope_of(orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        raise MalformedEnvelope("an envelope is JSON, this is not") from error


def envelope_of(value: Any) -> Envelope:
    """The envelope that the JSON *value* stands for; raises MalformedEnvelope."""
    match value:
        case {"payload": str(payload), "payloadType": str(kind), "signatures": list(signatures)}:
            return Envelope(kind, _bytes(payload), tuple(map(_signature, signatures)))
        case _:
            raise MalformedEnvelope("an envelope has `payload`, `payloadType` and `signatures`")


def _signature(value: Any) -> Signature:
    match value:
        case {"keyid": str(keyid), "sig": str(sig)}:
            return Signature(keyid, _bytes(sig))
        case _:
            raise MalformedEnvelope("a signature has `keyid` and `sig`")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedEnvelope("`payload` and `sig` are base64, this is not") from error
