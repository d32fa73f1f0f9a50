"""Every fault of meaning seeded here is found, with exactly the message in its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/meaning`, then read the diff.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest

from golden_meaning import FAULTS as OF_MEANING
from golden_meaning import SOUND
from golden_rules import write
from golden_slips import SLIPS
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding
from sconto.rulebook.codes import CODES
from sconto.rulebook.findings import as_text
from sconto.rulebook.lint.run import warnings_of
from sconto.rulebook.loader import lint
from sconto.rulebook.read.library import Located

HERE = Path(__file__).parent
FAULTS = OF_MEANING | SLIPS
TODAY = date(2026, 11, 25)


def _warn(ruleset: Ruleset | None, documents: Sequence[Located]) -> Iterable[RuleFinding]:
    return warnings_of(ruleset, documents, TODAY, lambda _: None)


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), SOUND)


def test_the_ruleset_without_a_fault_has_no_finding() -> None:
    """The base that faults are seeded into is sound."""
    assert as_text(lint([Path("rules")], _warn)) == ""


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_meaning_is_found_and_explained(name: str) -> None:
    """The ruleset can be served; the warning says what is not meant, and on which basket."""
    fault = FAULTS[name]
    write(Path("rules"), fault.applied())
    for name_of_file in fault.removed:
        Path("rules", name_of_file).unlink()
    found = lint([Path("rules")], _warn)
    actual, golden = as_text(found), HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert lint([Path("rules")]) == []
    assert {fault.code} | fault.also == {f.code for f in found}
    assert golden.read_text(encoding="utf-8") == actual


def test_thirty_faults_are_seeded_and_every_code_is_among_them() -> None:
    """No warning goes without a fault that it finds."""
    assert len(FAULTS) >= 30
    shown = {fault.code for fault in FAULTS.values()}
    assert {code for code in CODES if code.startswith("SEM-")} - shown == {"SEM-017"}
