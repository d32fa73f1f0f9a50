"""Every mistake seeded here gives exactly the message in its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_rules import GOOD, write
from sconto.rulebook.findings import as_text
from sconto.rulebook.loader import lint
from seeded_mistakes import EDITS

HERE = Path(__file__).parent


def _compare(name: str, actual: str) -> None:
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)


def test_the_folder_without_a_mistake_has_no_finding() -> None:
    """The base that mistakes are seeded into is a good ruleset."""
    assert lint([Path("rules")]) == []


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_is_a_mistake_is_explained(name: str) -> None:
    """The finding names the place, what was found, what is allowed and the next step."""
    file, right, wrong = EDITS[name]
    assert right in GOOD[file]
    write(Path("rules"), {file: GOOD[file].replace(right, wrong, 1)})
    _compare(name, as_text(lint([Path("rules")])))


FILES = {
    "not_utf8": ("offers/cheese.yaml", b"kind: offer\nname: K\xe4se\n"),
    "empty_file": ("offers/cheese.yaml", b"# nothing yet\n"),
    "control_character": ("offers/cheese.yaml", b"kind: offer\nname: \x07\n"),
    "too_large": ("offers/cheese.yaml", b"# " + b"x" * (1024 * 1024)),
    "too_deep": ("offers/cheese.yaml", b"kind: " + b"[" * 40 + b"]" * 40 + b"\n"),
    "unknown_file": ("offers/cheese.yml", b"kind: offer\n"),
    "unknown_folder": ("offer/cheese.yaml", b"kind: offer\n"),
    "duplicate_id": (
        "eligibility/floor.yaml",
        GOOD["eligibility/adults.yaml"].replace("adults", "floor").encode(),
    ),
}  # fmt: skip
"""Name of the mistake -> a file and its bytes."""


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_a_mistake_is_explained(name: str) -> None:
    """Files that are no text, too much, or in the wrong place are named with the next step."""
    file, raw = FILES[name]
    path = Path("rules") / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    _compare(name, as_text(lint([Path("rules")])))


def test_a_link_that_leaves_the_folder_is_refused() -> None:
    """A rule file that is a link to somewhere else is not followed."""
    Path("secret.yaml").write_text(GOOD["offers/cheese.yaml"], encoding="utf-8")
    Path("rules/offers/secret.yaml").symlink_to(Path("secret.yaml").resolve())
    _compare("symlink", as_text(lint([Path("rules")])))


def test_a_folder_that_is_not_there_is_explained() -> None:
    """A wrong path is a finding, not a traceback."""
    _compare("no_folder", as_text(lint([Path("nowhere")])))


def test_a_missing_shop_is_explained() -> None:
    """A folder without `shop.yaml` is no ruleset."""
    Path("rules/shop.yaml").unlink()
    _compare("no_shop", as_text(lint([Path("rules")])))


def test_all_mistakes_of_all_files_are_named_at_once() -> None:
    """Nobody has to mend one mistake to be told of the next."""
    wrong = [EDITS[n] for n in ("unknown_fact", "division", "unknown_budget", "float_money")]
    write(Path("rules"), {f: GOOD[f].replace(right, bad, 1) for f, right, bad in wrong})
    _compare("several", as_text(lint([Path("rules")])))


def test_linting_one_file_names_only_its_own_mistakes() -> None:
    """A single file is checked against its folder, and the other files' findings stay out."""
    wrong = [EDITS[n] for n in ("unknown_fact", "division")]
    write(Path("rules"), {f: GOOD[f].replace(right, bad, 1) for f, right, bad in wrong})
    found = lint([Path("rules/guardrails/floor.yaml")])
    assert [f.code for f in found] == ["FRM-002"]
