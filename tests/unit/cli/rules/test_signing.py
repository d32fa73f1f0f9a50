"""Signing with key files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sconto.cli.rules.signing import sign
from sconto.signing.bundles import bundle_of
from sconto.signing.keys import PassphraseNeeded, make_key
from support.publishing import statement


def test_a_locked_key_signs_with_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable opens locked keys, and does no harm to others."""
    ben, cara = tmp_path / "ben.pem", tmp_path / "cara.pem"
    make_key(ben, "open sesame")
    bundle = bundle_of(statement("sha256:" + "0" * 64))
    with pytest.raises(PassphraseNeeded):
        sign(bundle, ben)
    monkeypatch.setenv("SCONTO_KEY_PASSPHRASE", "open sesame")
    make_key(cara)

    both = sign(sign(bundle, ben), cara)
    assert 2 == len(both.envelope.signatures)
