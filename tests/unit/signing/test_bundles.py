"""Bundle files: whole or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sconto.app.ports import RulesStep
from sconto.domain.canonical import canonical, digest
from sconto.errors import Rejected, Unavailable
from sconto.signing.bundles import Bundle, bundle_of, read_bundle
from sconto.signing.keys import make_key, read_key
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
    signed = made.signed(read_key(path.with_name("anna.pem")), "anna.pem")
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
    """A second signature with the same key is refused before a server is asked."""
    signed = bundle(path)

    with pytest.raises(Rejected, match="has signed this already"):
        signed.signed(read_key(path.with_name("anna.pem")), "anna.pem")


@pytest.mark.parametrize(
    ("change", "message", "kind"),
    [
        ({"documents": []}, "are not those that were signed", Rejected),
        ({"documents": None}, "are not those that were signed", Rejected),
        ({"schema": "sconto.bundle/2"}, "does not have the schema", Unavailable),
        ({"envelope": {}}, "an envelope has", Unavailable),
        ({"envelope": None}, "does not have the schema", Unavailable),
    ],
)
def test_an_edited_bundle_is_refused(
    path: Path, change: dict[str, Any], message: str, kind: type[Exception]
) -> None:
    """With what is wrong, before anybody is asked to sign it."""
    bundle(path)
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}))

    with pytest.raises(kind, match=message):
        read_bundle(path)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[" * 2_000, b"null", b" " * 9_000_000])
def test_other_files_are_no_bundles(path: Path, raw: bytes) -> None:
    """Whatever they hold, a sentence says so."""
    path.write_bytes(raw)

    with pytest.raises(Unavailable, match="is no bundle: "):
        read_bundle(path)
