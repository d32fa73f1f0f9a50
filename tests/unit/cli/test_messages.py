"""Golden: what a person reads after each mistake. UPDATE_GOLDEN=1 writes the file anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sconto.cli.main import main

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests/golden/cli/messages.txt"

MISTAKES = (
    ("decid",),
    ("decide",),
    ("decide", "request.json"),
    ("decide", "absent.json", "--rules", "rules"),
    ("decide", "words.json", "--rules", "rules"),
    ("decide", "field.json", "--rules", "rules"),
    ("decide", "request.json", "--rules", "absent"),
    ("decide", "request.json", "--server", "nowhere"),
    ("decide", "request.json", "--server", "127.0.0.1:1"),
    ("events", "send", "request.json"),
    ("events", "send", "field.json", "--server", "127.0.0.1:1"),
    ("serve",),
    ("serve", "--rules", "rules", "--port", "70000"),
    ("status",),
    ("status", "--server", "127.0.0.1:1"),
    ("rules", "lint"),
    ("rules", "lint", "absent"),
    ("log", "list", "--from", "yesterday"),
    ("log", "list", "--limit", "0"),
    ("log", "list", "--reason", "BECAUSE"),
    ("log", "list", "--data", "absent"),
    ("log", "show", "x", "--data", "absent"),
    ("log", "show", "x", "--server", "127.0.0.1:1", "--replay"),
    ("learn", "train", "absent.yaml"),
    ("play", "--count", "0"),
    ("version", "--format", "xml"),
)


def test_mistakes_are_answered_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every message that a mistake can bring up is in a reviewed file, with its exit code."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").symlink_to(ROOT / "rules/retail")
    (tmp_path / "request.json").write_bytes((GOLDEN.parent / "request.json").read_bytes())
    (tmp_path / "words.json").write_text("no JSON")
    (tmp_path / "field.json").write_text('{"baskt": {}}')

    said = "\n".join(f"$ sconto {' '.join(m)}\n{_said(m, capsys)}" for m in MISTAKES)

    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(said, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == said


def _said(mistake: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    code = main(mistake)
    captured = capsys.readouterr()
    assert captured.out == ""
    return f"{captured.err}exit code {code}\n"
