"""Every code has its section of docs/lint.md, and its right examples are right."""

from __future__ import annotations

import pytest

from sconto.errors import Severity
from sconto.rulebook.codes import CODES
from sconto.rulebook.findings import Report, Source, severity_of
from sconto.rulebook.read.strict_yaml import parse_yaml

NO_YAML = {"FIL-001", "FIL-003", "FIL-006", "FIL-007", "YML-001", "LIM-003"}
"""Codes whose examples are file names or commands."""


def test_every_code_is_explained() -> None:
    """Who meets a code finds what it means, what is wrong and what is right."""
    assert all(page.title for page in CODES.values())
    assert all(page.means.endswith(".") for page in CODES.values())
    assert all(page.wrong != page.right for page in CODES.values())


@pytest.mark.parametrize("code", sorted(set(CODES) - NO_YAML))
def test_a_right_example_is_strict_yaml(code: str) -> None:
    """An example that can't be copied would teach a new mistake."""
    text = CODES[code].right.replace("...", "x")
    wrapped = "example:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    found = parse_yaml(wrapped.encode(), "example").findings
    assert [f.code for f in found if code.startswith("YML")] == []


def test_only_errors_keep_a_ruleset_from_being_served() -> None:
    """A report with nothing but warnings has no errors."""
    report, source = Report(), Source("a.yaml", ("kind: offer",))
    report.add(source, (), "SEM-001", "said", "advice")
    assert report.errors == ()
    assert [f.severity for f in report.findings] == [Severity.WARNING]
    report.add(source, (), "SCH-003", "said", "advice")
    assert [f.code for f in report.errors] == ["SCH-003"]
    assert severity_of("LIM-001") is Severity.ERROR
