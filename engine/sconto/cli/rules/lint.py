"""`sconto rules lint`: find all errors and warnings in rule files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.exit_codes import Exit, needs_extra
from sconto.cli.findings import FORMATS, print_findings
from sconto.cli.options import PATH, command, option
from sconto.cli.progress import status
from sconto.errors import Unavailable

if TYPE_CHECKING:
    from sconto.domain.ruleset import Ruleset
    from sconto.errors import RuleFinding
    from sconto.rulebook.loader import Warn
    from sconto.rulebook.read.library import Located

NANOSECONDS = 1_000_000_000


@command(
    "sconto rules lint rules/retail",
    "sconto rules lint rules/retail --errors-only",
    "sconto rules lint rules/* --format sarif",
)
@click.argument("paths", nargs=-1, required=True, type=PATH)
@option("--errors-only", is_flag=True, help="Leave warnings out.")
@option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="Output format; github prints workflow commands, sarif SARIF 2.1.0.",
)
@option(
    "--docs-url",
    default="",
    envvar="SCONTO_DOCS_URL",
    metavar="URL",
    help="Where `docs/` is published, for links; else they are paths in the repository.",
)
@option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that decides what has expired.  [default: today]",
)
@click.pass_context
def lint(
    ctx: click.Context,
    paths: tuple[Path, ...],
    errors_only: bool,
    form: str,
    docs_url: str,
    today: datetime | None,
) -> None:
    """Find all errors and warnings in the rulesets at PATHS, each a folder of rule files.

    Every finding has file, line and column, what was found and what to do about it. An error keeps
    the rules from being served; a warning means that they are probably not what was meant.
    """
    from sconto.rulebook.loader import lint as find
    from sconto.rulebook.loader import no_warnings

    _must_exist(paths)
    day = (today or datetime.fromtimestamp(time.time_ns() // NANOSECONDS, UTC)).date()
    with status("rule files") as progress:
        findings = find(paths, no_warnings if errors_only else _warnings(day, progress))
    print_findings(findings, form, f"{docs_url.rstrip('/')}/" if docs_url else "")
    if findings:
        ctx.exit(Exit.REFUSED)


def _warnings(today: date, progress: Callable[[str], None]) -> Warn:
    with needs_extra("rules", "; without it, `--errors-only` finds all errors"):
        from sconto.rulebook.lint.run import warnings_of

    def warn(ruleset: Ruleset | None, documents: Sequence[Located]) -> Iterable[RuleFinding]:
        return warnings_of(ruleset, documents, today, progress)

    return warn


def _must_exist(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not path.exists():
            advice = "name a folder that holds `shop.yaml`, or a rule file in it"
            raise Unavailable(f"there is no `{path}`", advice)
