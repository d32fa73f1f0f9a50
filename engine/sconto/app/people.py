"""Who may put rules in force: people with their roles and keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Role(Enum):
    """What somebody may sign."""

    AUTHOR = "author"
    """Publications and rollbacks, together with an approver."""
    APPROVER = "approver"
    """What somebody else authored."""
    EMERGENCY = "emergency"
    """A rollback, alone."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key; *public_key* is a raw Ed25519 key of 32 bytes.

    What is signed at *left_us* or later does not count.
    """

    name: str
    roles: frozenset[Role]
    public_key: bytes
    left_us: int | None = None

    @property
    def keyid(self) -> str:
        """What envelopes call the key."""
        return keyid(self.public_key)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody a server trusts; names and keys are different for each."""

    everybody: tuple[Person, ...]

    def with_key(self, wanted: str) -> Person | None:
        """Whose key is called *wanted*."""
        return next((p for p in self.everybody if p.keyid == wanted), None)


class ReadPeople(Protocol):
    """Reads who is trusted now, so that whoever is struck off the list is so at once."""

    def __call__(self) -> People | None:
        """Everybody; None when this server trusts nobody. Raises InvalidRules for a bad list."""
        ...


class VerifySignature(Protocol):
    """Checks one Ed25519 signature."""

    def __call__(self, public_key: bytes, message: bytes, sig: bytes) -> bool:
        """Whether *sig* is that of *public_key* over *message*. MUST NOT raise."""
        ...


def keyid(public_key: bytes) -> str:
    """The name of a key: the SHA-256 of its 32 raw bytes."""
    return f"sha256:{hashlib.sha256(public_key).hexdigest()}"
