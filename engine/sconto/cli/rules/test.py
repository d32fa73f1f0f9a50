"""`sconto rules test`: run the tests beside the rules, and report failures and coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sconto.cli.exit_codes import Exit, needs_extra, printable
from sconto.cli.findings import print_findings
from sconto.cli.options import FILE, FORMAT, PATH, command, option
from sconto.cli.output import print_json, print_lines
from sconto.errors import InvalidRules, Unavailable

if TYPE_CHECKING:
    from sconto.rulebook.cases.run import CaseResult, CasesReport, Example, OnProgress


@command(
    "sconto rules test rules/retail",
    "sconto rules test rules/retail --filter newcomer",
    "sconto rules test rules/retail --coverage --coverage-threshold 90",
    "sconto rules test rules/retail --junit report.xml --fail-on-empty",
    "sconto rules test rules/legal",
)
@click.argument("folder", metavar="DIR", type=PATH)
@option(
    "--filter",
    "texts",
    multiple=True,
    metavar="TEXT",
    help="Only tests whose name has TEXT in it, in any case; may be given several times.",
)
@FORMAT
@option("--junit", type=FILE, metavar="FILE", help="Write a JUnit report to FILE too.")
@option("--coverage", is_flag=True, help="List what no test has shown of the rules.")
@option(
    "--coverage-threshold",
    "threshold",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Fail when less than PERCENT of what there is to show was shown.",
)
@option(
    "--update",
    is_flag=True,
    help="Write the actual results into the test files; comments stay. Review the diff.",
)
@option("--fail-on-empty", is_flag=True, help="Fail when there is no test to run.")
@click.pass_context
def test(
    ctx: click.Context,
    folder: Path,
    texts: tuple[str, ...],
    form: str,
    junit: Path | None,
    coverage: bool,
    threshold: int | None,
    update: bool,
    fail_on_empty: bool,
) -> None:
    """Run the tests of the rules in DIR, and the worked examples of the laws that they are under.

    Tests stand in `cases/*_test.yaml` and share `cases/fixtures.yaml`. Every answer is made by the
    real engine, checked against the reference evaluator, and replayed from its record.
    """
    if not folder.is_dir():
        advice = "name a folder that holds `shop.yaml`, or one of legal packs"
        raise Unavailable(f"there is no folder `{folder}`", advice)
    report = _report(ctx, folder, texts, form, update)
    if junit is not None:
        write_junit(report, junit)
    below = threshold is not None and report.coverage.share_bp < threshold * 100
    _print(report, form, coverage=coverage or below)
    if below:
        print_lines([f"the coverage is below {threshold} %"] if form == "text" else [])
    if report.failed or below or (fail_on_empty and not report.count):
        ctx.exit(Exit.REFUSED)


def _report(
    ctx: click.Context, folder: Path, texts: Sequence[str], form: str, update: bool
) -> CasesReport:
    from sconto.rulebook.cases.run import run_cases
    from sconto.rulebook.cases.update import update_files

    sought = [text.casefold() for text in texts]

    def wanted(name: str) -> bool:
        return not sought or any(text in name.casefold() for text in sought)

    try:
        with _progress() as progress:
            report = run_cases(folder, wanted, progress, writing=update)
        if not update:
            return report
        changed = update_files(report.ran)
        print_lines(changed if form == "text" else [])
        with _progress() as progress:
            return run_cases(folder, wanted, progress, writing=update)
    except InvalidRules as invalid:
        print_findings(invalid.findings, form, "")
        ctx.exit(Exit.UNAVAILABLE)


def _print(report: CasesReport, form: str, *, coverage: bool) -> None:
    from sconto.rulebook.cases.report import (
        as_json,
        coverage_text,
        report_text,
    )

    if form == "json":
        print_json(as_json(report))
        return
    print_lines(report_text(report).split("\n"))
    if coverage:
        print_lines(coverage_text(report.coverage).split("\n"))


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """Show a bar on standard error, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("tests", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def write_junit(report: CasesReport, path: Path) -> None:
    """Write *report* to *path*: a suite for each test file and each legal pack."""
    with needs_extra("rules"):
        import junitparser
    from sconto.rulebook.cases.report import percent

    xml = junitparser.JUnitXml("sconto rules test")
    tests: tuple[CaseResult | Example, ...] = (*report.ran, *report.examples)
    for file, group in groupby(tests, key=lambda test: test.file):
        suite = junitparser.TestSuite(Path(file).stem)
        suite.add_property("coverage", percent(report.coverage.share_bp))
        for test in group:
            suite.add_testcase(_case(junitparser, test))
        xml.add_testsuite(suite)
    xml.write(str(path), pretty=True)


def _case(junitparser: Any, test: CaseResult | Example) -> Any:
    from sconto.rulebook.cases.report import failure_text, place_of

    case = junitparser.TestCase(printable(test.name), classname=Path(test.file).stem)
    case._elem.set("file", test.file)  # noqa: SLF001 - an attribute that CI systems show
    if not test.passed:
        failure = junitparser.Failure(f"{place_of(test)}: came out otherwise", "difference")
        failure.text = "\n".join(printable(line) for line in failure_text(test).split("\n"))
        case.result = [failure]
    return case
