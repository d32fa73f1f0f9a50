"""Findings as commands print them: words, JSON, GitHub workflow commands and SARIF."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from golden_rules import GOOD, write
from sconto.cli.exit_codes import Exit
from sconto.cli.findings import summary, workflow_command
from sconto.cli.findings_sarif import sarif
from sconto.cli.main import main
from sconto.errors import RuleFinding, Severity

ERROR = RuleFinding("rules/a b.yaml", 3, 5, "SCH-003", "key `x` is not known here", "remove", "")
ODD = RuleFinding("a,b:c.yaml", 1, 1, "YML-003", "100 % wrong\r\nnow", "mend", "")


def test_errors_and_warnings_are_counted_apart() -> None:
    """The last line says how many of each there are, and in how many files."""
    warning = RuleFinding("b.yaml", 1, 1, "X", "m", "h", "", Severity.WARNING)
    assert summary([]) == "no findings"
    assert summary([ERROR, ERROR, warning]) == "2 errors, 1 warning in 2 files"


def test_a_workflow_command_is_escaped() -> None:
    """Nothing in a message or a path can end the command or start another property."""
    said = workflow_command(ODD, "")
    assert said == (
        "::error file=a%2Cb%3Ac.yaml,line=1,col=1,title=YML-003::"
        "100 %25 wrong%0D%0Anow%0Ahelp: mend%0Adocs: docs/lint.md#yml-003"
    )


def test_a_sarif_log_has_rules_with_pages_and_results_with_regions() -> None:
    """Each code is a rule once, with its page; each finding is a result at its place."""
    log = sarif([ERROR, ERROR, ODD], "https://example.org/")
    (run,) = log["runs"]
    rules, results = run["tool"]["driver"]["rules"], run["results"]

    assert log["version"] == "2.1.0"
    assert [r["id"] for r in rules] == ["SCH-003", "YML-003"]
    assert rules[0]["helpUri"] == "https://example.org/docs/lint.md#sch-003"
    assert rules[0]["defaultConfiguration"] == {"level": "error"}
    assert [(r["ruleId"], rules[r["ruleIndex"]]["id"]) for r in results] == [
        ("SCH-003", "SCH-003"), ("SCH-003", "SCH-003"), ("YML-003", "YML-003"),
    ]  # fmt: skip
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "rules/a%20b.yaml"},
        "region": {"startLine": 3, "startColumn": 5},
    }


def test_a_sarif_log_without_a_published_page_tells_the_page_itself() -> None:
    """SARIF takes absolute addresses only, so that there is none rather than a broken one."""
    (rule,) = sarif([ERROR], "")["runs"][0]["tool"]["driver"]["rules"]
    assert "helpUri" not in rule
    assert "percent_of:" in rule["help"]["markdown"]


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_lint_ends_alike_in_every_form(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings end with 1 and name their code; JSON and SARIF are whole documents."""
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), {**GOOD, "shop.yaml": GOOD["shop.yaml"].replace("USD", "USB")})

    assert Exit.REFUSED == main(["rules", "lint", "rules", "--format", form])
    said = capsys.readouterr().out
    assert "SCH-005" in said
    if form in {"json", "sarif"}:
        assert json.loads(said)


def test_a_path_that_is_not_there_can_not_be_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A script can tell a wrong path from wrong rules."""
    assert Exit.UNAVAILABLE == main(["rules", "lint", "nowhere"])
    assert "there is no `nowhere`" in capsys.readouterr().err


def test_warnings_end_with_1_and_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rules that can be served but mean something else are findings, until they are not asked."""
    monkeypatch.chdir(tmp_path)
    campaign = GOOD["offers/cheese.yaml"].replace("budgets: [campaign]\n", "")
    write(Path("rules"), {**GOOD, "offers/cheese.yaml": campaign})

    assert Exit.REFUSED == main(["rules", "lint", "rules", "--today", "2026-06-01"])
    said = capsys.readouterr().out
    assert "warning SEM-016" in said
    assert said.endswith("0 errors, 2 warnings in 2 files\n")
    assert Exit.OK == main(["rules", "lint", "rules", "--errors-only"])


def test_the_day_decides_what_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rules of a year are past on the first day of the next."""
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)

    assert Exit.OK == main(["rules", "lint", "rules", "--today", "2026-12-31"])
    assert Exit.REFUSED == main(["rules", "lint", "rules", "--today", "2027-01-01"])
    assert "SEM-011" in capsys.readouterr().out


def test_without_the_solver_errors_can_still_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has not installed the extra is told so, and can do without warnings."""
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)
    monkeypatch.setitem(sys.modules, "z3", None)
    for module in [m for m in sys.modules if m.startswith("sconto.rulebook.lint")]:
        monkeypatch.delitem(sys.modules, module)

    assert Exit.UNAVAILABLE == main(["rules", "lint", "rules"])
    assert ".venv/bin/pip install -e '.[rules]'" in capsys.readouterr().err
    assert Exit.OK == main(["rules", "lint", "rules", "--errors-only"])
