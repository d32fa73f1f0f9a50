"""Keys on disk: in the formats of other tools, for their owner only, never overwritten."""

from __future__ import annotations

import base64
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from sconto.app.dsse import Envelope
from sconto.app.people import keyid
from sconto.signing.keys import (
    KeyUnusable,
    PassphraseNeeded,
    make_key,
    public_bytes,
    read_key,
    signed,
    verified,
)

SAID = Envelope("text/plain", b"hello")


def test_a_made_key_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    """The printed half, as DER in base64, ends with the 32 bytes that verify."""
    printed = make_key(tmp_path / "a.pem")
    key = read_key(tmp_path / "a.pem")
    (signature,) = signed(SAID, key).signatures

    raw = base64.b64decode(printed)[-32:]
    assert public_bytes(key) == raw
    assert keyid(raw) == signature.keyid
    assert verified(raw, SAID.to_sign(), signature.sig)
    assert not verified(raw, SAID.to_sign() + b" ", signature.sig)
    assert not verified(raw, SAID.to_sign(), signature.sig[:-1])
    assert not verified(b"short", SAID.to_sign(), signature.sig)


def test_openssl_reads_the_same_key(tmp_path: Path) -> None:
    """The file is PKCS#8 in PEM, and the printed half is what openssl prints too."""
    printed = make_key(tmp_path / "a.pem")
    done = subprocess.run(
        ["openssl", "pkey", "-in", str(tmp_path / "a.pem"), "-pubout"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert printed == "".join(done.stdout.splitlines()[1:-1])


def test_a_key_is_its_owners_and_is_not_overwritten(tmp_path: Path) -> None:
    """Mode 0600 from the first byte; a second key of the same name is refused."""
    path = tmp_path / "a.pem"
    make_key(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        make_key(path)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert before == path.read_bytes()


def test_a_locked_key_needs_its_passphrase(tmp_path: Path) -> None:
    """The file holds nothing readable; the right passphrase opens it."""
    path = tmp_path / "a.pem"
    make_key(path, "open sesame")

    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(PassphraseNeeded, match="is locked"):
        read_key(path)
    with pytest.raises(KeyUnusable, match="can't be opened so"):
        read_key(path, "wrong")
    assert read_key(path, "open sesame")


def test_a_key_that_is_not_locked_takes_no_passphrase(tmp_path: Path) -> None:
    """A passphrase for a plain key would suggest that it is safe."""
    make_key(tmp_path / "a.pem")
    with pytest.raises(PassphraseNeeded, match="is not locked"):
        read_key(tmp_path / "a.pem", "open sesame")


def test_other_files_are_no_keys(tmp_path: Path) -> None:
    """Text, and a key of another kind, are told apart."""
    (tmp_path / "text.pem").write_text("hello")
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "other.pem").write_bytes(other)

    with pytest.raises(KeyUnusable, match="holds no private key"):
        read_key(tmp_path / "text.pem")
    with pytest.raises(KeyUnusable, match="not of the kind Ed25519"):
        read_key(tmp_path / "other.pem")


def test_signing_twice_with_one_key_leaves_one_signature(tmp_path: Path) -> None:
    """The later one takes the place of the earlier."""
    make_key(tmp_path / "a.pem")
    make_key(tmp_path / "b.pem")
    a, b = read_key(tmp_path / "a.pem"), read_key(tmp_path / "b.pem")

    assert [keyid(public_bytes(k)) for k in (b, a)] == [
        s.keyid for s in signed(signed(signed(SAID, a), b), a).signatures
    ]
