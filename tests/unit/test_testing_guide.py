"""The page on testing rules: its test file runs, and it names every key there is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sconto.rulebook.cases.expectations import EXPECTED_KEYS
from sconto.rulebook.cases.run import run_cases
from sconto.rulebook.documents.cases import InputsDoc

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "testing-rules.md").read_text(encoding="utf-8")


def test_the_test_file_of_the_page_passes(tmp_path: Path) -> None:
    """Who copies it into the retail rules gets tests that run."""
    block, _fixtures = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = Path(shutil.copytree(ROOT / "rules" / "retail", tmp_path / "retail"))
    (tmp_path / "legal").symlink_to(ROOT / "rules" / "legal")
    (rules / "cases" / "guide_test.yaml").write_text(block, encoding="utf-8")
    report = run_cases(rules, lambda name: name.startswith("guide_test"))
    assert [str(r.differences) for r in report.ran if not r.passed] == []
    assert len(report.ran) == 8


def test_the_page_names_every_key() -> None:
    """A key that the page leaves out would be found in the schema only."""
    assert {
        key for key in (*InputsDoc.model_fields, *EXPECTED_KEYS) if f"`{key}`" not in PAGE
    } == set()
