"""Signed notes: text with Ed25519 signatures below it, and the keys in text (C2SP signed-note)."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sconto.signing.keys import public_bytes, verified

LOG: Final = 1
"""The kind of the keys that sign a text as it is."""
WITNESS: Final = 4
"""The kind of the keys that sign a checkpoint and the time (tlog-cosignature)."""
_PRIVATE: Final = "PRIVATE+KEY"
_SEED_BYTES: Final = 32
_ID_BYTES: Final = 4


class NoteKey:
    """A private key and its name: signs notes, and knows its own signatures."""

    def __init__(self, name: str, seed: bytes, kind: int = LOG) -> None:
        self.name = name
        self._kind = bytes([kind])
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = public_bytes(self._key)

    @classmethod
    def made(cls, name: str, kind: int = LOG) -> NoteKey:
        """A fresh key; raises ValueError for a *name* that can't stand in a note."""
        if not name or "+" in name or any(letter.isspace() for letter in name):
            raise ValueError("a name has no space and no `+`")
        return cls(name, os.urandom(_SEED_BYTES), kind)

    @classmethod
    def read(cls, text: str, kind: int = LOG) -> NoteKey:
        """The key that *text* is of; raises ValueError for another text, or a key not of *kind*."""
        private, key, name, key_id, encoded = text.strip().split("+", 4)
        raw = base64.b64decode(encoded, validate=True)
        found = cls(name, raw[1:], raw[0])
        if (f"{private}+{key}", key_id) != (_PRIVATE, found.key_id.hex()):
            raise ValueError("not a private key")
        if raw[0] != kind:
            raise ValueError("a private key of another kind")
        return found

    @property
    def verifier(self) -> str:
        """What strangers check signatures with: `<name>+<key id>+<key>`."""
        return self._text(self._kind + self._public)

    @property
    def private_text(self) -> str:
        """The key as its file has it."""
        return f"{_PRIVATE}+{self._text(self._kind + self._seed)}\n"

    def signed(self, text: str) -> str:
        """*text*, which ends with a line break, as a note with the key's signature."""
        signature = base64.b64encode(self.key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"

    def has_signed(self, note: str) -> bool:
        """Whether *note* has a valid signature of the key."""
        text, _, signatures = note.rpartition("\n\n")
        body, own = f"{text}\n".encode(), f"\u2014 {self.name} "
        found = (s.removeprefix(own) for s in signatures.splitlines() if s.startswith(own))
        raw = (base64.b64decode(encoded) for encoded in found)
        return any(
            sig[:_ID_BYTES] == self.key_id and verified(self._public, body, sig[_ID_BYTES:])
            for sig in raw
        )

    def sign(self, message: bytes) -> bytes:
        """The bare signature over *message*."""
        return self._key.sign(message)

    @property
    def key_id(self) -> bytes:
        """What a signature begins with, to find its key by."""
        named = f"{self.name}\n".encode() + self._kind + self._public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def _text(self, raw: bytes) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(raw).decode()}"
