"""A folder of rules on its way to a bundle: linted, tested, and checked like on a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from sconto.app.ports import RulesStep
from sconto.app.reload import Refused
from sconto.app.statements import Statement
from sconto.bootstrap import now_us
from sconto.cli.bundles import Bundle, bundle_of
from sconto.cli.exits import Exit, Failure
from sconto.cli.git import origin_of
from sconto.domain.canonical import digest
from sconto.errors import InvalidRules, RuleFinding
from sconto.rulebook.cases.report import report_text
from sconto.rulebook.cases.run import run_cases
from sconto.rulebook.findings import as_text
from sconto.rulebook.gate import CheckLimits, check_apart
from sconto.rulebook.loader import lint
from sconto.rulebook.read.watch import folders_of
from sconto.settings import Settings


def build(folder: Path, author: str, why: str, *, allow_dirty: bool) -> Bundle:
    """The bundle of the rules in *folder*, unsigned.

    A Failure when the rules have findings or one of their tests fails, which is printed, or when
    they fail the self-test; and when no commit holds the files and *allow_dirty* does not let that
    pass.
    """
    with at_work(f"linting {folder.name}"):
        findings = tuple(lint([folder]))
    _refuse(findings)
    _try(folder)
    origin = origin_of(folders_of(folder))
    if origin.dirty and not allow_dirty:
        where = f"commit {origin.commit[:12]} does not hold" if origin.commit else "no commit holds"
        advice = "commit them first, or pass `--allow-dirty`, which the record will say"
        raise Failure(f"{where} the files in `{folder}` as they are", advice, Exit.REFUSED)
    with at_work(f"checking {folder.name} as a server does"):
        documents = _checked(folder)
    statement = Statement(
        kind=RulesStep.PUBLICATION,
        digest=digest(documents),
        author=author,
        why=why,
        made_us=now_us(),
        commit=origin.commit,
        dirty=origin.dirty,
    )
    return bundle_of(statement, documents)


@contextmanager
def at_work(what: str) -> Iterator[None]:
    """Show *what* is being done while the block runs, to whoever sits at a terminal."""
    with Console(stderr=True).status(what):
        yield


def _checked(folder: Path) -> bytes:
    settings = Settings(rules=folder, data=Path())
    limits = CheckLimits(settings.rules_check_seconds, settings.rules_check_bytes)
    checked = asyncio.run(check_apart(folder, limits))
    if isinstance(checked, Refused):
        _refuse(checked.findings)
        advice = "write the rule in another way, and report it"
        raise Failure(checked.error, advice, Exit.REFUSED)
    return checked


def _try(folder: Path) -> None:
    """Run the tests beside the rules; a Failure when one does not pass."""
    try:
        with at_work(f"running the tests of {folder.name}"):
            report = run_cases(folder)
    except InvalidRules as invalid:
        _refuse(invalid.findings)
        raise
    if report.failed:
        click.echo(report_text(report), err=True)
        advice = "see `sconto rules test`, and mend the rules or the tests"
        count = len(report.failed)
        failed = "1 test fails" if count == 1 else f"{count} tests fail"
        raise Failure(f"{failed}: nothing was signed", advice, Exit.REFUSED)


def _refuse(findings: Sequence[RuleFinding]) -> None:
    if findings:
        click.echo(as_text(findings), err=True)
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        advice = "mend what is named above; `sconto rules lint` and `test` name it again"
        raise Failure(f"{count}: nothing was signed", advice, Exit.REFUSED)
