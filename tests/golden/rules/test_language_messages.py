"""Every mistake seeded in the whole language gives exactly the message in its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_language import LANGUAGE
from golden_rules import write
from sconto.rulebook.codes import CODES
from sconto.rulebook.findings import as_text
from sconto.rulebook.loader import lint
from seeded_mistakes import LANGUAGE_EDITS as EDITS
from seeded_mistakes import PACK

HERE = Path(__file__).parent

NEW_CODES = {
    code
    for code in CODES
    if code[:3] in {"LAN", "OBJ", "EXP", "SIG", "EVT", "LAW", "CUR"}
    or code in {"OFR-002", "OFR-003"}
} | {f"REF-0{n:02}" for n in range(9, 13)}


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), LANGUAGE)


def test_the_whole_language_has_no_finding() -> None:
    """The base that mistakes are seeded into is a good ruleset, and so is its legal pack."""
    assert as_text(lint([Path("rules"), Path("legal")])) == ""


@pytest.mark.parametrize("name", EDITS)
def test_a_mistake_in_the_language_is_explained(name: str) -> None:
    """The finding names the place, what was found, what is allowed and the next step."""
    file, right, wrong = EDITS[name]
    assert right in LANGUAGE[file]
    write(Path("rules"), {file: LANGUAGE[file].replace(right, wrong, 1)})
    _compare(name)


def test_a_pack_with_two_examples_is_explained() -> None:
    """A law that was worked out on two cases only is refused."""
    write(Path("rules"), {PACK: LANGUAGE[PACK].partition("  - name: Volume not sent")[0]})
    _compare("too_few_examples")


def _compare(name: str) -> None:
    actual = as_text(lint([Path("rules")]))
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual
    assert actual


def test_every_new_code_has_a_message() -> None:
    """No code of the language goes without a reviewed message."""
    files = (HERE / f"{name}.txt" for name in (*EDITS, "too_few_examples"))
    shown = "".join(file.read_text(encoding="utf-8") for file in files)
    assert sorted(code for code in NEW_CODES if code not in shown) == []
