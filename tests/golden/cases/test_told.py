"""What is told of tests: failures, coverage, JUnit, JSON, and every mistake in a test file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/cases`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sconto.cli.rules.test import test as command
from sconto.rulebook.codes import CODES
from support.tested_rules import CASES, ruleset_with_tests

HERE = Path(__file__).parent
FIXTURES = "cases/fixtures.yaml"

RUNS = {
    "passed": ((), ()),
    "filtered": ((), ("--filter", "FIRST STEP")),
    "nothing_to_run": ((), ("--filter", "no such test", "--fail-on-empty")),
    "failure": (
        (
            ("offers/cheese.yaml", '"5 %"', '"5 %", "6 %"'),
            (CASES, "5 %, 0.50 off", "6 %, 0.60 off"),
        ),
        (),
    ),
    "failures_of_a_rule": ((("segments/regular.yaml", "at_least", "more_than"),), ()),
    "coverage": ((), ("--coverage",)),
    "below_the_threshold": ((), ("--coverage-threshold", "100")),
    "json": (
        (("guardrails/floor.yaml", "1.15", "2.15"),),
        ("--format", "json", "--filter", "step"),
    ),
    "updated": ((("guardrails/floor.yaml", "1.15", "2.15"),), ("--update",)),
    "no_expectation": (
        ((CASES, '    expect:\n      given: {main: "cheese 5 %, 0.50 off"}\n', ""),), (),
    ),
}  # fmt: skip
"""Name of the run -> edits of the ruleset, and options."""

MISTAKES = {
    "unknown_fixture": (CASES, "basket: cheese", "basket: chese"),
    "unknown_fixture_of_a_matrix": (CASES, "seldom-here]\n", "seldom-heer]\n"),
    "unknown_goods": (FIXTURES, "[cheap-cheese]", "[cheap-chese]"),
    "fixture_named_none": (FIXTURES, "the-second-pays:", "none:"),
    "fixtures_in_a_circle": (FIXTURES, "often-here: {", "often-here: {like: seldom-here, "),
    "own_fixture_with_a_shared_name": (
        CASES, "cases:\n", "fixtures: {shopper: {often-here: {}}}\ncases:\n",
    ),
    "case_twice": (CASES, "who is regular, and with what", "a regular gets the first step"),
    "matrix_names_twice": (CASES, "[often-here, seldom-here]", "[often-here, often-here]"),
    "matrix_and_input": (CASES, "    matrix:\n", "    basket: cheese\n    matrix:\n"),
    "no_basket": (CASES, "    basket: cheese\n    expect:", "    expect:"),
    "no_day": (FIXTURES, ", day: 2026-11-24, hour: 12", ""),
    "no_place": (FIXTURES, "jurisdiction: US-TN, ", ""),
    "no_price": (FIXTURES, ', price: "10.00"', ""),
    "nobody_in_the_group": (FIXTURES, "often-here: {", "often-here: {group: holdout, "),
    "unlisted_combination": (
        CASES, '    expect:\n      given: {main: "cheese 5 %, 0.50 off"}\n', "",
    ),
    "combination_listed_twice": (CASES, "[often-here], basket", "[seldom-here], basket"),
    "entry_for_no_fixture": (CASES, "when: {shopper: [seldom-here]}", "when: {shopper: [nobody]}"),
    "entry_for_no_combination": (
        CASES, "- when: {shopper: [often-here], basket: [cheap-cheese]}",
        "- when: {scores: [none]}",
    ),
    "default_for_nothing": (
        CASES, "      - when: {shopper: [often-here], basket: [cheap-cheese]}",
        "      - when: {shopper: [often-here]}",
    ),
    "unknown_step": (CASES, "withheld: {cheese 10 %", "withheld: {cheese 12 %"),
    "unknown_offer_of_a_step": (CASES, "withheld: {cheese 10 %", "withheld: {cheeses 10 %"),
    "unknown_step_of_scores": (FIXTURES, "with: {cheese 10 %", "with: {cheese 11 %"),
    "step_left_out": (CASES, "    basket: cheese\n", "    basket: cheese\n    offers: [beer]\n"),
    "unknown_lane": (CASES, "given: {main:", "given: {shelf:"),
    "unknown_rule": (CASES, "NOT_BEST}", "NOT_ELIGIBLE adult}"),
    "unknown_reason": (CASES, "NOT_BEST}", "NOT_BSET}"),
    "unknown_reason_of_the_decision": (CASES, "reason: CHOSEN", "reason: CHOOSEN"),
    "two_prices_for_a_line": (CASES, 'pays: ["9.50"]', 'pays: ["9.50", "1.00"]'),
    "price_too_fine": (CASES, 'pays: ["9.50"]', 'pays: ["9.505"]'),
    "no_amount_given": (CASES, "cheese 5 %, 0.50 off", "cheese 5 %"),
    "unknown_budget": (CASES, "budgets: {campaign", "budgets: {campain"),
    "budget_counted": (CASES, 'budgets: {campaign: "0.50"}', "budgets: {campaign: 1}"),
    "unknown_key_of_a_case": (CASES, "    matrix:", "    matrx:"),
    "unknown_key_of_a_line": (FIXTURES, 'cost: "8.40"', 'costs: "8.40"'),
    "unknown_kind_of_fixture": (FIXTURES, "  goods:", "  good:"),
    "unknown_fact": (FIXTURES, "shopper.baskets_56d: 7", "shopper.baskets: 7"),
    "fact_of_the_wrong_type": (FIXTURES, "shopper.baskets_56d: 7", "shopper.baskets_56d: lots"),
    "unknown_place": (FIXTURES, "US-TN", "US-TX"),
    "unknown_channel": (FIXTURES, "channel: store", "channel: stall"),
    "now_without_offset": (FIXTURES, "day: 2026-11-24, hour: 12", "now: 2026-11-24T12:00:00"),
    "now_and_day": (FIXTURES, "hour: 12", 'now: "2026-11-24T12:00:00Z"'),
    "unknown_consent": (FIXTURES, "  context: till", "  context: till\n  consents: {mail: true}"),
    "unknown_event": (
        FIXTURES, "  context: till", "  context: till\n  events: [{kind: left, ago: [1 day]}]",
    ),
    "unknown_span": (
        FIXTURES, "  context: till",
        "  context: till\n  events: [{kind: discount_given, ago: [a while]}]",
    ),
    "unknown_offer": (CASES, "    basket: cheese\n", "    basket: cheese\n    offers: [chese]\n"),
    "fixtures_in_a_test_file": (CASES, "kind: test", "kind: fixtures"),
    "given_in_common": (FIXTURES, "expect: {rung", "expect: {given: {}, rung"),
}  # fmt: skip
"""Name of the mistake -> file, what stands there, and what is written instead."""


def _compare(name: str, actual: str) -> None:
    golden = HERE / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual


def _run(*options: str) -> Result:
    return CliRunner().invoke(command, ["rules", *options])


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_told_as_reviewed(name: str) -> None:
    """What came out otherwise, what happened, what is not covered, and the exit code."""
    edits, options = RUNS[name]
    ruleset_with_tests(Path("rules"), *edits)
    result = _run(*options)
    _compare(f"{name}.txt", f"{result.output}exit code {result.exit_code}\n")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_test_file_is_explained(name: str) -> None:
    """The finding names the place, what was found and what to do; the rules can't be tested."""
    ruleset_with_tests(Path("rules"), MISTAKES[name])
    result = _run()
    _compare(f"mistake_{name}.txt", result.output)
    assert result.exit_code == 3


def test_the_junit_report_is_as_reviewed() -> None:
    """A suite for each file, a case for each combination, failures with what happened."""
    ruleset_with_tests(Path("rules"), ("segments/regular.yaml", "at_least", "more_than"))
    assert _run("--junit", "report.xml").exit_code == 1
    _compare("junit.xml", Path("report.xml").read_text(encoding="utf-8"))


def test_every_code_of_tests_has_its_message() -> None:
    """No finding about tests goes without a reviewed text."""
    told = "".join(path.read_text() for path in HERE.glob("mistake_*.txt"))
    assert {c for c in CODES if c.startswith("TST") and c not in told} == {"TST-009"}


def test_no_golden_file_is_left_over() -> None:
    """A file without its test would never fail."""
    expected = {f"{name}.txt" for name in RUNS} | {f"mistake_{name}.txt" for name in MISTAKES}
    assert {p.name for p in HERE.iterdir() if p.suffix in {".txt", ".xml"}} == expected | {
        "junit.xml"
    }
