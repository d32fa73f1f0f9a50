"""Limits of the rule engine: lint errors before they are crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.rulebook.findings import Report
from sconto.rulebook.judge import conjunctions
from sconto.rulebook.judge.conjunctions import check_limits
from support.builders import eligibility, ruleset


def _deny(number: int) -> Condition:
    """Three alternatives over two optional facts."""
    kinds = AnyOf(tuple(Comparison("offer.kind", Op.EQ, k) for k in ("percent", "amount", "x")))
    optional = [Comparison(f"shopper.f{k}", Op.GE, number) for k in range(2)]
    return All((kinds, *optional))


def _codes(count: int) -> list[str]:
    report = Report()
    rules = ruleset(eligibility=[eligibility(f"r{i}", _deny(i)) for i in range(count)])
    check_limits(rules, {}, report)
    return [finding.code for finding in report.findings]


def test_a_thousand_rules_of_many_alternatives_are_accepted() -> None:
    """A shop with its laws may have thousands of alternatives in all."""
    assert _codes(1000) == []


def test_too_many_alternatives_in_all_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound, and it is on the sum."""
    monkeypatch.setattr(conjunctions, "MAX_CONJUNCTIONS", 6)
    assert _codes(2) == []
    assert _codes(3) == ["LIM-003"]


def test_conditions_on_lines_are_bounded_too() -> None:
    """They are judged by the same engine."""
    one_of_two = [
        AnyOf(tuple(Comparison(f"line.f{k}", Op.EQ, v) for v in (1, 2))) for k in range(7)
    ]
    report = Report()
    check_limits(replace(ruleset(), line_conditions={"r": All(tuple(one_of_two))}), {}, report)
    assert [finding.code for finding in report.findings] == ["LIM-001"]
