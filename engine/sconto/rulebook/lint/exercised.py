"""Rules that the tests of a ruleset never make speak."""

from __future__ import annotations

from pathlib import Path

from sconto.rulebook.cases.run import run_cases
from sconto.rulebook.lint.subject import Subject


def check_exercised(subject: Subject) -> None:
    """Warn about rules of the shop that none of its tests exercises, where it has tests at all."""
    report = run_cases(Path(subject.library.shop[1].file).parent)
    if not report.ran:
        return
    for rule_id in report.coverage.silent_rules:
        if not subject.of_law(rule_id):
            message = f"no test makes rule `{rule_id}` speak"
            advice = "write a case in `cases/` in which it withholds a discount, or remove the rule"
            subject.warn(subject.place(rule_id), "SEM-017", message, advice)
