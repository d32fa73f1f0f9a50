"""What came out of tests as a JUnit report, for CI."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sconto.cli.exits import missing_extra, printable

if TYPE_CHECKING:
    from sconto.rulebook.cases.run import CasesReport, Example, Ran


def write_junit(report: CasesReport, path: Path) -> None:
    """Write *report* to *path*: a suite for each test file and each legal pack."""
    try:
        import junitparser  # noqa: PLC0415 - comes with an extra
    except ModuleNotFoundError as error:
        raise missing_extra(error, "rules") from error
    from sconto.rulebook.cases.report import percent  # noqa: PLC0415 - slow

    xml = junitparser.JUnitXml("sconto rules test")
    tests: tuple[Ran | Example, ...] = (*report.ran, *report.examples)
    for file, group in groupby(tests, key=lambda test: test.file):
        suite = junitparser.TestSuite(Path(file).stem)
        suite.add_property("coverage", percent(report.coverage.share_bp))
        for test in group:
            suite.add_testcase(_case(junitparser, test))
        xml.add_testsuite(suite)
    xml.write(str(path), pretty=True)


def _case(junitparser: Any, test: Ran | Example) -> Any:
    from sconto.rulebook.cases.report import failure_text, place_of  # noqa: PLC0415 - slow

    case = junitparser.TestCase(printable(test.name), classname=Path(test.file).stem)
    case._elem.set("file", test.file)  # noqa: SLF001 - an attribute that CI systems show
    if not test.passed:
        failure = junitparser.Failure(f"{place_of(test)}: came out otherwise", "difference")
        failure.text = "\n".join(printable(line) for line in failure_text(test).split("\n"))
        case.result = [failure]
    return case
