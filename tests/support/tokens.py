"""Tokens for tests: an issuer with keys, and what it signs."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sconto.app.callers import TokenTerms
from support import builders

ISSUER, AUDIENCE = "https://login.shop.example/", "sconto"
TERMS = TokenTerms(ISSUER, AUDIENCE, "jwks.json")
NOW = builders.AS_OF_US // 1_000_000
"""What the clock of tests says, in seconds."""


def key_of(kid: str) -> Ed25519PrivateKey:
    """The key called *kid*, the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(kid.encode().ljust(32, b"."))


def jwks(*kids: str) -> bytes:
    """The set of the public keys *kids*."""
    return json.dumps({"keys": [public_key(kid) for kid in kids]}).encode()


def public_key(kid: str) -> dict[str, Any]:
    """The public key *kid* as a set has it (RFC 8037)."""
    x = base64.urlsafe_b64encode(key_of(kid).public_key().public_bytes_raw()).rstrip(b"=")
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": x.decode()}


def claims(subject: str, **changes: Any) -> dict[str, Any]:
    """What a good token of *subject* says; a claim that is None is left out."""
    found = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": NOW + 600, **changes}
    return {name: value for name, value in found.items() if value is not None}


def token(subject: str, kid: str = "first", signed_by: str = "", **changes: Any) -> str:
    """A token of *subject* that says it was signed by *kid*, and was by *signed_by* if given."""
    key = key_of(signed_by or kid)
    return jwt.encode(claims(subject, **changes), key, "EdDSA", headers={"kid": kid})
