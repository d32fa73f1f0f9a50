"""What a fit is known by: the code that made it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sconto.learning.judge import code_digest as module
from sconto.learning.judge.code_digest import code_digest


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that a model's module imports of `made_up`; its path."""
    (tmp_path / "made_up").mkdir()
    (tmp_path / "made_up/model.py").write_text("from made_up.helper import A\n")
    (tmp_path / "made_up/other.py").write_text("B = 1\n")
    path = tmp_path / "made_up/helper.py"
    path.write_text("A = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "_OURS", "made_up.")
    return path


def digest() -> str:
    """The digest of the model's module, read anew."""
    code_digest.cache_clear()
    found = code_digest("made_up.model")
    code_digest.cache_clear()
    sys.modules.pop("made_up", None)
    return found


def test_what_a_model_leads_to_is_its_code(helper: Path) -> None:
    """A change of a module that it imports, however far, makes another model."""
    before = digest()
    helper.write_text("A = 2\n")

    assert before != digest()


def test_what_it_does_not_lead_to_is_not(helper: Path) -> None:
    """A neighbour in the same folder has no part in the fit."""
    before = digest()
    (helper.parent / "other.py").write_text("B = 2\n")

    assert before == digest()


def test_other_libraries_are_other_code(helper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same module with another torch fits another model."""
    before = digest()
    monkeypatch.setattr(module, "version", lambda name: "0")

    assert before != digest()
