"""A bundle from a folder of rules that passes lint, its tests and the check of a server."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sconto.app.ports import RulesStep
from sconto.app.reload import Refused
from sconto.app.statements import Statement
from sconto.bootstrap import now_us
from sconto.domain.canonical import digest
from sconto.errors import InvalidRules, Rejected, RuleFinding, ScontoError
from sconto.rulebook.cases.report import report_text
from sconto.rulebook.cases.run import run_cases
from sconto.rulebook.findings import as_text
from sconto.rulebook.gate import CheckLimits, check_apart
from sconto.rulebook.loader import lint
from sconto.rulebook.read.watch import folders_of
from sconto.settings import Settings
from sconto.signing.bundles import Bundle, bundle_of


class NotSigned(Rejected):
    """Rules with findings or failing tests: no bundle is made; `details` lists them."""

    def __init__(self, message: str, advice: str = ScontoError.help, details: str = "") -> None:
        self.details = details
        super().__init__(message, advice)


def build_bundle(
    folder: Path, author: str, why: str, *, allow_dirty: bool, progress: Callable[[str], object]
) -> Bundle:
    """The bundle of the rules in *folder*, unsigned; *progress* is called with each step's name.

    Raises NotSigned when the rules have findings, when one of their tests fails, or when they fail
    the self-test; and Rejected when no commit holds the files, unless *allow_dirty*.
    """
    progress(f"linting {folder.name}")
    _refuse(tuple(lint([folder])))
    progress(f"running the tests of {folder.name}")
    _run_tests(folder)
    origin = _origin(folders_of(folder))
    if origin.dirty and not allow_dirty:
        where = f"commit {origin.commit[:12]} does not hold" if origin.commit else "no commit holds"
        advice = "commit them first, or pass `--allow-dirty`, which the record will say"
        raise Rejected(f"{where} the files in `{folder}` as they are", advice)
    progress(f"checking {folder.name} as a server does")
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


def _checked(folder: Path) -> bytes:
    settings = Settings(rules=folder, data=Path())
    limits = CheckLimits(settings.rules_check_seconds, settings.rules_check_bytes)
    checked = asyncio.run(check_apart(folder, limits))
    if isinstance(checked, Refused):
        _refuse(checked.findings)
        raise Rejected(checked.error, "write the rule in another way, and report it")
    return checked


def _run_tests(folder: Path) -> None:
    try:
        report = run_cases(folder)
    except InvalidRules as invalid:
        _refuse(invalid.findings)
        raise
    if report.failed:
        advice = "see `sconto rules test`, and mend the rules or the tests"
        count = len(report.failed)
        failed = "1 test fails" if count == 1 else f"{count} tests fail"
        raise NotSigned(f"{failed}: nothing was signed", advice, report_text(report))


def _refuse(findings: Sequence[RuleFinding]) -> None:
    if findings:
        count = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
        advice = "mend what is named above; `sconto rules lint` and `test` name it again"
        raise NotSigned(f"{count}: nothing was signed", advice, as_text(findings))


@dataclass(frozen=True, slots=True)
class _Origin:
    """A commit, and whether the files differ from what it holds."""

    commit: str
    """Empty outside of git."""
    dirty: bool


def _origin(folders: Sequence[Path]) -> _Origin:
    """The commit of the first of *folders*, and whether it holds all files in them.

    Files that git does not know, or is told to ignore, are in no commit either.
    """
    git = shutil.which("git")
    commit = _git(git, folders[0], "rev-parse", "--verify", "--quiet", "HEAD") if git else None
    if git is None or commit is None:
        return _Origin("", dirty=True)
    changes = (_git(git, f, "status", "--porcelain", "--ignored", "--", ".") for f in folders)
    return _Origin(commit, dirty=any(output != "" for output in changes))


def _git(git: str, folder: Path, *words: str) -> str | None:
    """The output of git for *folder*; None when it is in no repository."""
    done = subprocess.run(
        [git, "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
