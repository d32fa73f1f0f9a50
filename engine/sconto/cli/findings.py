"""Findings printed as text, JSON, GitHub workflow commands or SARIF."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import click

from sconto.cli.output import print_json
from sconto.errors import RuleFinding, Severity

FORMATS: Final = ("text", "json", "github", "sarif")


def print_findings(findings: Sequence[RuleFinding], form: str, docs: str) -> None:
    """Print *findings* in *form*; *docs* is the address of the published pages.

    Without *docs* links are paths in the repository.
    """
    _FORMS[form](findings, docs)


def summary(findings: Sequence[RuleFinding]) -> str:
    """The numbers of errors, warnings and files."""
    if not findings:
        return "no findings"
    counts = [
        _count(sum(f.severity is severity for f in findings), severity.value)
        for severity in Severity
    ]
    return f"{', '.join(counts)} in {_count(len({f.file for f in findings}), 'file')}"


def workflow_command(finding: RuleFinding, docs: str) -> str:
    """*finding* as a GitHub workflow command, which marks the line of a pull request."""
    from sconto.rulebook.findings import anchor

    where = {
        "file": finding.file, "line": finding.line, "col": finding.col, "title": finding.code,
    }  # fmt: skip
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in where.items())
    text = f"{finding.message}\nhelp: {finding.help}\ndocs: {docs}{anchor(finding.code)}"
    return f"::{finding.severity.value} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _text(findings: Sequence[RuleFinding], docs: str) -> None:
    from sconto.rulebook.findings import as_text

    if findings:
        click.echo(as_text(findings, docs))
    click.echo(summary(findings))


def _json(findings: Sequence[RuleFinding], docs: str) -> None:
    from sconto.rulebook.findings import as_json

    counts: Mapping[str, Any] = {
        f"{severity.value}s": sum(f.severity is severity for f in findings) for severity in Severity
    }
    print_json({**counts, "findings": as_json(findings, docs)})


def _github(findings: Sequence[RuleFinding], docs: str) -> None:
    for finding in findings:
        click.echo(workflow_command(finding, docs))
    click.echo(summary(findings))


def _sarif(findings: Sequence[RuleFinding], docs: str) -> None:
    from sconto.cli.findings_sarif import sarif

    print_json(sarif(findings, docs))


_FORMS: Final[Mapping[str, Callable[[Sequence[RuleFinding], str], None]]] = {
    "text": _text, "json": _json, "github": _github, "sarif": _sarif,
}  # fmt: skip


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
