"""`sconto rules fmt` and `sconto rules schema`: what they write, leave alone and say."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_rules import GOOD, write
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.rulebook.documents.schema import schema_json
from sconto.rulebook.loader import lint

UNTIDY = "kind:   segment\n" + GOOD["segments/regular.yaml"].removeprefix("kind: segment\n")


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)
    main(["rules", "schema", "--out", "rules/sconto-rules.schema.json"])
    main(["rules", "fmt", "rules"])


def test_a_folder_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The second run finds nothing to do, and the rules still load."""
    capsys.readouterr()
    assert main(["rules", "fmt", "rules", "--check"]) == Exit.OK
    assert capsys.readouterr().out == ""
    assert lint([Path("rules")]) == []


def test_every_file_names_the_schema_above_it() -> None:
    """The way to the schema is counted from each file."""
    first = Path("rules/offers/cheese.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../sconto-rules.schema.json"
    assert Path("rules/sconto-rules.schema.json").read_text(encoding="utf-8") == schema_json()


def test_check_names_the_files_and_changes_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A pull request can be refused for its layout."""
    write(Path("rules"), {"segments/regular.yaml": UNTIDY})
    assert main(["rules", "fmt", "rules", "--check"]) == Exit.REFUSED
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "rules/segments/regular.yaml: not in the canonical layout"
    assert Path("rules/segments/regular.yaml").read_text(encoding="utf-8") == UNTIDY


def test_diff_shows_what_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written, and lines are marked as everywhere."""
    write(Path("rules"), {"segments/regular.yaml": UNTIDY})
    assert main(["rules", "fmt", "rules/segments", "--diff"]) == Exit.OK
    said = capsys.readouterr().out
    assert "-kind:   segment\n" in said
    assert "+kind: segment\n" in said
    assert Path("rules/segments/regular.yaml").read_text(encoding="utf-8") == UNTIDY


def test_a_file_with_a_mistake_is_left_alone_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The others are written all the same, and the exit code is 1."""
    wrong = GOOD["offers/cheese.yaml"].replace("percent_off", "percent_of")
    write(Path("rules"), {"offers/cheese.yaml": wrong, "segments/regular.yaml": UNTIDY})
    assert main(["rules", "fmt", "rules"]) == Exit.REFUSED
    said = capsys.readouterr()
    assert "rules/offers/cheese.yaml:8:1: error SCH-003" in said.err
    assert said.out.splitlines()[-1] == "rules/segments/regular.yaml: written"
    assert Path("rules/offers/cheese.yaml").read_text(encoding="utf-8") == wrong


def test_permissions_and_links_stay() -> None:
    """A file keeps its mode, and a link inside the folder still is one."""
    write(Path("rules"), {"segments/regular.yaml": UNTIDY})
    file = Path("rules/segments/regular.yaml")
    file.chmod(0o640)
    Path("other.yaml").symlink_to(file)
    assert main(["rules", "fmt", "other.yaml"]) == Exit.OK
    assert file.stat().st_mode & 0o777 == 0o640
    assert Path("other.yaml").is_symlink()
    assert "kind: segment\n" in file.read_text(encoding="utf-8")
    assert [p.name for p in Path("rules/segments").iterdir()] == ["regular.yaml"]


def test_test_files_name_their_own_schema_and_keep_their_order() -> None:
    """They stand in `cases/`; the order in which a case is told is its author's."""
    main(["rules", "schema", "--tests", "--out", "rules/sconto-tests.schema.json"])
    cases = "cases:\n- why: So.\n  name: one\n  expect: {given: {}}\nabout: It.\nkind: test\n"
    write(Path("rules"), {"cases/one_test.yaml": cases})
    assert main(["rules", "fmt", "rules"]) == Exit.OK
    assert Path("rules/cases/one_test.yaml").read_text(encoding="utf-8").splitlines() == [
        "# yaml-language-server: $schema=../sconto-tests.schema.json",
        "cases:",
        "  - why: So.",
        "    name: one",
        "    expect: {given: {}}",
        "about: It.",
        "kind: test",
    ]


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file it goes to standard output, byte for byte as it is shipped."""
    capsys.readouterr()
    assert main(["rules", "schema"]) == Exit.OK
    assert capsys.readouterr().out == schema_json()
