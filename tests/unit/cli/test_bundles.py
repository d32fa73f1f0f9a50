"""Bundle files: whole or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sconto.app.ports import RulesStep
from sconto.cli.bundles import Bundle, bundle_of, read_bundle, signed_by
from sconto.cli.exits import Exit, Failure
from sconto.domain.canonical import canonical, digest
from sconto.signing.keys import PassphraseNeeded, make_key
from support.publishing import statement

DOCUMENTS = canonical([{"kind": "offer", "id": "wine", "name": "Wine"}])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the bundle is."""
    return tmp_path / "a.bundle"


def bundle(path: Path) -> Bundle:
    """A bundle that was signed and written to *path*."""
    make_key(path.with_name("anna.pem"))
    made = bundle_of(statement(digest(DOCUMENTS)), DOCUMENTS)
    signed = signed_by(made, path.with_name("anna.pem"))
    signed.write(path)
    return signed


def test_a_bundle_survives_its_file(path: Path) -> None:
    """What is read is what was written, and no half-written file is left."""
    assert bundle(path) == read_bundle(path)
    assert ["a.bundle", "anna.pem"] == sorted(p.name for p in path.parent.iterdir())


def test_a_rollback_has_no_documents(path: Path) -> None:
    """It survives its file too."""
    back = bundle_of(statement(digest(DOCUMENTS), kind=RulesStep.ROLLBACK))
    back.write(path)

    assert back == read_bundle(path)


def test_one_key_signs_once(path: Path) -> None:
    """The same key again is told before any server has to."""
    with pytest.raises(Failure, match="has signed this already"):
        signed_by(bundle(path), path.with_name("anna.pem"))


def test_a_locked_key_signs_with_its_passphrase(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable opens locked keys, and does no harm to others."""
    make_key(path.with_name("ben.pem"), "open sesame")
    made = bundle(path)
    with pytest.raises(PassphraseNeeded):
        signed_by(made, path.with_name("ben.pem"))
    monkeypatch.setenv("SCONTO_KEY_PASSPHRASE", "open sesame")
    make_key(path.with_name("cara.pem"))

    both = signed_by(signed_by(made, path.with_name("ben.pem")), path.with_name("cara.pem"))
    assert 3 == len(both.envelope.signatures)


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        ({"documents": []}, "are not those that were signed", Exit.REFUSED),
        ({"documents": None}, "are not those that were signed", Exit.REFUSED),
        ({"schema": "sconto.bundle/2"}, "does not have the schema", Exit.UNAVAILABLE),
        ({"envelope": {}}, "an envelope has", Exit.UNAVAILABLE),
        ({"envelope": None}, "does not have the schema", Exit.UNAVAILABLE),
    ],
)
def test_an_edited_bundle_is_refused(
    path: Path, change: dict[str, Any], said: str, code: Exit
) -> None:
    """With what is wrong, before anybody is asked to sign it."""
    bundle(path)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))

    with pytest.raises(Failure, match=said) as caught:
        read_bundle(path)
    assert code is caught.value.code


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[" * 2_000, b"null", b" " * 9_000_000])
def test_other_files_are_no_bundles(path: Path, raw: bytes) -> None:
    """Whatever they hold, a sentence says so."""
    path.write_bytes(raw)

    with pytest.raises(Failure, match="is no bundle: "):
        read_bundle(path)
