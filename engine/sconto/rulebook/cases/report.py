"""The text of test results: failures as a diff with what happened, and coverage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sconto.domain.explain import explain
from sconto.domain.reasons import SENTENCES, ReasonCode
from sconto.rulebook.cases.coverage import Coverage
from sconto.rulebook.cases.coverage_points import Point
from sconto.rulebook.cases.run import CaseResult, CasesReport, Difference, Example

_FAR = SENTENCES[ReasonCode.NO_LINE_IN_SCOPE]
"""The sentence about offers of other goods; in a failure it would hide the rest."""


def failure_text(failed: CaseResult | Example) -> str:
    """Why *failed* did not pass, and what happened; several lines."""
    return "\n".join(_example(failed) if isinstance(failed, Example) else _ran(failed))


def place_of(test: CaseResult | Example) -> str:
    """Where *test* stands: `file:line`."""
    if isinstance(test, Example):
        return f"{test.file}:{test.line}"
    combination = test.planned.combination
    return f"{combination.file}:{combination.line}"


def report_text(report: CasesReport) -> str:
    """Every failure of *report*, then how many tests there were."""
    blocks = [f"FAILED {t.name}\n  {place_of(t)}\n{failure_text(t)}\n" for t in report.failed]
    return "\n".join((*blocks, _total(report)))


def coverage_text(coverage: Coverage) -> str:
    """What no test has shown, each with its place, then the share that was shown."""
    total, missing = len(coverage.points), coverage.missing
    shown = total - len(missing)
    lines = [str(point) for point in missing]
    return "\n".join((*lines, f"coverage {percent(coverage.share_bp)}: {shown} of {total} shown"))


def as_json(report: CasesReport) -> dict[str, Any]:
    """*report* for programs, ready for any JSON encoder."""
    tests: tuple[CaseResult | Example, ...] = (*report.ran, *report.examples)
    coverage = report.coverage
    return {
        "tests": report.count,
        "failed": len(report.failed),
        "results": [_result(test) for test in tests],
        "coverage": {
            "share_bp": coverage.share_bp,
            "points": len(coverage.points),
            "missing": [_missing(point) for point in coverage.missing],
        },
    }


def _result(test: CaseResult | Example) -> dict[str, Any]:
    file, _, line = place_of(test).rpartition(":")
    found: dict[str, Any] = {
        "name": test.name, "file": file, "line": int(line), "passed": test.passed,
    }  # fmt: skip
    if isinstance(test, CaseResult):
        found["differences"] = [
            {"asked": d.key, "expected": d.expected, "got": d.got} for d in test.differences
        ]
        found["faults"] = list(test.broken)
    else:
        found["differences"] = [finding.message for finding in test.findings]
    return found


def _missing(point: Point) -> dict[str, Any]:
    at = point.source.at(point.path)
    where = {"file": point.source.file, "line": at.line, "col": at.col}
    return {**where, "rule": point.rule, "part": point.says, "never": point.shown}


def percent(share_bp: int) -> str:
    """Basis points for people, with one decimal, rounded down."""
    return f"{share_bp // 100}.{share_bp % 100 // 10} %"


def _total(report: CasesReport) -> str:
    failed, count = len(report.failed), report.count
    if not count:
        return "no tests to run"
    tests = f"{count} test" if count == 1 else f"{count} tests"
    examples = len(report.examples)
    of_laws = f", {examples} of them worked examples of laws" if examples else ""
    return f"{tests}{of_laws}: {failed} failed" if failed else f"{tests}{of_laws}: all passed"


def _example(failed: Example) -> Iterator[str]:
    for finding in failed.findings:
        yield f"  {finding.file}:{finding.line}:{finding.col}: {finding.message}"


def _ran(ran: CaseResult) -> Iterator[str]:
    if ran.planned.combination.expected is None:
        yield "  nobody has written what must come out"
    for difference in ran.differences:
        yield from _difference(difference)
    for promise in ran.broken:
        yield f"  a fault in sconto itself: {promise}"
    yield "  what happened:"
    yield from (f"    {sentence}" for sentence in explain(ran.record) if _FAR not in sentence)


def _difference(difference: Difference) -> Iterator[str]:
    yield f"  {difference.key}:"
    expected, got = difference.expected, difference.got
    if not isinstance(expected, Mapping):
        yield f"    - {_shown(expected)}"
        yield f"    + {_shown(got)}"
        return
    if not got:
        yield "    + nothing"
    for key in sorted({*expected, *got}):
        if expected.get(key) == got.get(key):
            continue
        if key in expected:
            yield f"    - {key}: {_shown(expected[key])}"
        if key in got:
            yield f"    + {key}: {_shown(got[key])}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value)
