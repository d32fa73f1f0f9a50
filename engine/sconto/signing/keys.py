"""Ed25519 keys: made, read from PEM files (PKCS#8, RFC 8410), used to sign and to verify."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sconto.app.dsse import Envelope, Signature
from sconto.app.people import keyid
from sconto.errors import ScontoError
from sconto.files import write_private

MOST_BYTES: Final = 65_536
"""Of a key file; one takes some hundred."""


class KeyUnusable(ScontoError):
    """A file that holds no private key that can sign here."""

    code = "KEY_UNUSABLE"
    help = "make one with `sconto rules keygen NAME`"


class PassphraseNeeded(KeyUnusable):
    """The key is there, and locked."""

    code = "PASSPHRASE_NEEDED"
    help = "put its passphrase into the environment variable SCONTO_KEY_PASSPHRASE"


def make_key(path: Path, passphrase: str = "") -> str:
    """Make a key in the new file *path*, readable by its owner only; return its public half.

    A key with a *passphrase* is encrypted with it. Raises FileExistsError rather than losing a key.
    """
    key = Ed25519PrivateKey.generate()
    lock: KeySerializationEncryption = NoEncryption()
    if passphrase:
        lock = BestAvailableEncryption(passphrase.encode())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    write_private(path, text)
    return _public_text(key)


def read_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """The private key in the PEM file *path*; raises KeyUnusable, or OSError without a file."""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES)
    try:
        key = load_pem_private_key(text, passphrase.encode() or None)
    except TypeError as error:
        # Locked and no passphrase given; or the other way round, which is as wrong.
        message = (
            f"the key `{path.name}` is locked"
            if not passphrase
            else (f"the key `{path.name}` is not locked, and a passphrase was given")
        )
        raise PassphraseNeeded(message) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        why = "holds no private key in PEM" if not passphrase else "can't be opened so"
        raise KeyUnusable(f"`{path.name}` {why}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"the key `{path.name}` is not of the kind Ed25519")
    return key


def signed(envelope: Envelope, key: Ed25519PrivateKey) -> Envelope:
    """*envelope* with the signature of *key*, in the place of an earlier one of the same key."""
    name = keyid(public_bytes(key))
    others = tuple(s for s in envelope.signatures if s.keyid != name)
    signature = Signature(name, key.sign(envelope.to_sign()))
    return Envelope(envelope.payload_type, envelope.payload, (*others, signature))


def verified(public_key: bytes, message: bytes, sig: bytes) -> bool:
    """Whether *sig* is the Ed25519 signature of *public_key* over *message*."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(sig, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 raw bytes of the public half of *key*."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _public_text(key: Ed25519PrivateKey) -> str:
    """The public half as a file of people has it: what stands between the lines of a PEM file."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
