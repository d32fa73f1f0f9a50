"""`--update`: expectations are written anew, everything else stays to the byte."""

from __future__ import annotations

import difflib
from pathlib import Path

from sconto.rulebook.cases.run import CasesReport, run_cases
from sconto.rulebook.cases.update import update_files
from support.tested_rules import CASES, FILES, ruleset_with_tests

CHEAP = (
    "      - when: {shopper: [often-here], basket: [cheap-cheese]}\n"
    "        given: {}\n        reason: BELOW_PRICE_FLOOR\n"
)
DEFAULT = '    expect:\n      given: {main: "cheese 5 %, 0.50 off"}\n'


def _updated(folder: Path) -> tuple[list[str], CasesReport]:
    said = update_files(run_cases(folder, writing=True).ran)
    return said, run_cases(folder)


def _changed(folder: Path, before: str) -> list[str]:
    after = (folder / CASES).read_text(encoding="utf-8")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_what_passes_is_left_alone(tmp_path: Path) -> None:
    """Nothing is said and not a byte changes."""
    folder = ruleset_with_tests(tmp_path / "rules")
    assert _updated(folder)[0] == []
    assert (folder / CASES).read_text(encoding="utf-8") == FILES[CASES]


def test_only_what_came_out_otherwise_changes(tmp_path: Path) -> None:
    """Comments, quotes, blank lines and what still holds stay as they were."""
    folder = ruleset_with_tests(
        tmp_path / "rules", ("offers/cheese.yaml", '"5 %", "10 %"', '"6 %", "10 %"')
    )
    _, report = _updated(folder)
    assert report.failed == ()
    assert _changed(folder, FILES[CASES]) == [
        '-      given: {main: "cheese 5 %, 0.50 off"}  # half a dollar',
        '-      pays: ["9.50"]',
        '+      given: {main: "cheese 6 %, 0.60 off"}  # half a dollar',
        '+      pays: ["9.40"]',
        '-      budgets: {campaign: "0.50"}',
        '+      budgets: {campaign: "0.60"}',
        '-      given: {main: "cheese 5 %, 0.50 off"}',
        '+      given: {main: "cheese 6 %, 0.60 off"}',
    ]


def test_steps_that_are_no_more_are_dropped(tmp_path: Path) -> None:
    """A ladder that lost a step leaves no expectation that could never be compared."""
    folder = ruleset_with_tests(tmp_path / "rules", ("offers/cheese.yaml", ', "10 %"', ""),
        ("cases/fixtures.yaml", "cheese 10 %", "cheese 5 %"))  # fmt: skip
    _, report = _updated(folder)
    assert report.failed == ()
    assert "cheese 10 %" not in (folder / CASES).read_text(encoding="utf-8")


def test_a_missing_expectation_is_written(tmp_path: Path) -> None:
    """Whoever writes a case can let what comes out be written, and then reads it."""
    folder = ruleset_with_tests(tmp_path / "rules", (CASES, DEFAULT, ""))
    _, report = _updated(folder)
    assert report.failed == ()
    changed = _changed(folder, FILES[CASES].replace(DEFAULT, ""))
    assert [line for line in changed if not line.startswith("+")] == []
    assert "- when: {shopper: [often-here], basket: [cheese]}" in _text(folder)


def test_a_new_case_without_a_matrix_gets_its_expect(tmp_path: Path) -> None:
    """One answer needs no `when`; what is usual is not repeated."""
    new = "  - name: a second look\n    basket: cheese\n    # to be written\n"
    folder = ruleset_with_tests(tmp_path / "rules", (CASES, "cases:\n", f"cases:\n{new}"))
    _, report = _updated(folder)
    assert report.failed == ()
    assert (
        "    basket: cheese\n    expect:\n"
        '      given: {main: "cheese 5 %, 0.50 off"}\n'
        '      pays: ["9.50"]\n'
    ) in _text(folder)
    assert "# to be written" in _text(folder)
    assert "rung: RULES_ONLY" not in _text(folder)


def test_one_expectation_for_different_answers_is_left(tmp_path: Path) -> None:
    """Nobody guesses what the author would have told apart; the case goes on failing."""
    folder = ruleset_with_tests(
        tmp_path / "rules",
        (CASES, CHEAP, ""),
    )
    said, report = _updated(folder)
    assert [line for line in said if line.startswith("left ")] == said != []
    assert len(report.failed) == 1


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    """A file from another system keeps its line ends."""
    folder = ruleset_with_tests(
        tmp_path / "rules", ("offers/cheese.yaml", '"5 %", "10 %"', '"6 %", "10 %"')
    )
    (folder / CASES).write_bytes(FILES[CASES].replace("\n", "\r\n").encode())
    assert _updated(folder)[1].failed == ()
    raw = (folder / CASES).read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n")


def _text(folder: Path) -> str:
    return (folder / CASES).read_text(encoding="utf-8")
