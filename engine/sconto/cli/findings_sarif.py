"""Findings in SARIF 2.1.0, which code-scanning services read."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sconto.errors import RuleFinding

VERSION: Final = "2.1.0"
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Sequence[RuleFinding], docs: str) -> dict[str, Any]:
    """*findings* as a SARIF log of one run; *docs* is where the pages are published, if anywhere.

    The rules are the codes that were found, each with its whole page.
    """
    codes = sorted({f.code for f in findings})
    driver = {
        "name": "sconto rules lint",
        "version": version("sconto"),
        "rules": [_rule(code, docs) for code in codes],
    }
    results = [_result(f, codes.index(f.code)) for f in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _rule(code: str, docs: str) -> dict[str, Any]:
    from sconto.rulebook.codes import CODES
    from sconto.rulebook.findings import anchor, severity_of

    page, link = CODES[code], f"{docs}{anchor(code)}"
    examples = f"```yaml\n{page.wrong}\n```\n\nRight:\n\n```yaml\n{page.right}\n```"
    rule = {
        "id": code,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.means},
        "help": {
            "text": f"{page.means} See {link}",
            "markdown": f"{page.means}\n\nWrong:\n\n{examples}\n\nSee [{anchor(code)}]({link}).",
        },
        "defaultConfiguration": {"level": severity_of(code).value},
    }
    # SARIF takes absolute addresses only; without one, the page itself is in the help.
    return {**rule, "helpUri": link} if docs else rule


def _result(finding: RuleFinding, index: int) -> dict[str, Any]:
    region = {"startLine": finding.line, "startColumn": finding.col}
    place = {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": f"{finding.message}\nhelp: {finding.help}"},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
