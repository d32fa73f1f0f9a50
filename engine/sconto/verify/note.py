"""Signed notes and the checkpoints in them (C2SP signed-note, -checkpoint, -cosignature)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG: Final = 1
"""The kind of the keys of logs."""
WITNESS: Final = 4
"""The kind of the keys of witnesses, which sign the time too."""
_KINDS: Final = {LOG: "log", WITNESS: "witness"}
_SEPARATOR: Final = "\n\n"
_DASH: Final = "\u2014"
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_PARTS_OF_KEY: Final = 3


class NotVerified(ValueError):
    """A text that is no note, key or checkpoint, or that nobody trusted has signed."""

    def __init__(self, message: str, advice: str = "name the log's own public key") -> None:
        self.advice = advice
        super().__init__(message)


class Verifier(NamedTuple):
    """A public key of a log, or of a witness, which signs with the time."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def of(cls, text: str, kind: int = LOG) -> Verifier:
        """The key `<name>+<key id>+<key>`; raises NotVerified for another text or *kind*."""
        try:
            name, key_id, encoded = text.strip().split("+", _PARTS_OF_KEY - 1)
            raw = base64.b64decode(encoded, validate=True)
            Ed25519PublicKey.from_public_bytes(raw[1:])
            own = hashlib.sha256(f"{name}\n".encode() + raw).digest()[:_ID_BYTES]
            sound = own.hex() == key_id
        except (ValueError, IndexError) as error:
            raise NotVerified("not a public key `<name>+<key id>+<key>`") from error
        if not sound:
            raise NotVerified(f"the public key of `{name}` has another id than its own")
        if raw[0] != kind:
            raise NotVerified(f"`{name}` is not the key of a {_KINDS[kind]}")
        return cls(name, own, raw[0], raw[1:])

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether *signature* is this key's over *text*."""
        message = text
        if self.kind == WITNESS:
            time, signature = signature[:_TIME_BYTES], signature[_TIME_BYTES:]
            message = b"cosignature/v1\ntime %d\n" % int.from_bytes(time) + text
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Head(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    hash: bytes


def opened(note: str, verifiers: Sequence[Verifier]) -> Head:
    """The checkpoint in *note*, signed by one of *verifiers* at least; raises NotVerified."""
    text, _, signatures = note.rpartition(_SEPARATOR)
    body = f"{text}\n".encode()
    signed = [*_signatures(signatures)]
    for verifier in verifiers:
        for name, raw in signed:
            own = name == verifier.name and raw[:_ID_BYTES] == verifier.key_id
            if own and verifier.has_signed(body, raw[_ID_BYTES:]):
                return _head(text, verifier)
    names = ", ".join(f"`{verifier.name}`" for verifier in verifiers)
    raise NotVerified(f"the checkpoint is not signed by {names}")


def _signatures(lines: str) -> Iterator[tuple[str, bytes]]:
    for line in lines.removesuffix("\n").split("\n"):
        match line.split(" "):
            case [dash, name, encoded] if dash == _DASH:
                try:
                    yield name, base64.b64decode(encoded, validate=True)
                except binascii.Error as error:
                    raise NotVerified("a signature of the checkpoint is not base64") from error
            case _:
                raise NotVerified("below the checkpoint stands a line that is no signature")


def _head(text: str, verifier: Verifier) -> Head:
    try:
        origin, size, encoded, *_ = text.split("\n")
        head = Head(origin, number(size), base64.b64decode(encoded, validate=True))
    except ValueError as error:
        raise NotVerified("the signed text is no checkpoint") from error
    if verifier.kind == LOG and origin != verifier.name:
        raise NotVerified(f"`{verifier.name}` has signed a checkpoint of another log, `{origin}`")
    return head


def number(text: str) -> int:
    """The number *text*; raises ValueError for all but plain decimal digits."""
    found = int(text) if text.isascii() and text.isdecimal() else -1
    if str(found) != text:
        raise ValueError("not a number")
    return found


def read_text(path: Path) -> str:
    """What is in the file *path*; raises NotVerified when that is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise NotVerified(f"`{path}` is no text", "name another file") from error
