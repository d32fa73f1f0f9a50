"""`sconto rules lint`: everything wrong in rule files, before they are served."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit, Failure
from sconto.cli.findings import FORMATS, print_findings
from sconto.cli.options import epilog
from sconto.errors import Severity

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.command(
    epilog=epilog(
        (
            "sconto rules lint rules/retail",
            "sconto rules lint rules/retail --errors-only",
            "sconto rules lint rules/* --format sarif",
        ),
        _EXITS,
    )
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--errors-only", is_flag=True, help="Leave warnings out.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Words for people, JSON, GitHub workflow commands, or SARIF 2.1.0.",
)
@click.option(
    "--docs-url",
    default="",
    envvar="SCONTO_DOCS_URL",
    show_envvar=True,
    metavar="URL",
    help="Where `docs/` is published, for links; else they are paths in the repository.",
)
@click.pass_context
def lint(
    ctx: click.Context, paths: tuple[Path, ...], errors_only: bool, form: str, docs_url: str
) -> None:
    """Find everything wrong in the rulesets at PATHS, each a folder of rule files.

    Every finding names file, line and column, what was found and what to do about it. An error
    keeps the rules from being served; a warning says that they probably don't mean what was meant.
    """
    from sconto.rulebook.loader import lint as find  # noqa: PLC0415 - slow, and only needed here

    _must_exist(paths)
    findings = find(paths)
    if errors_only:
        findings = [f for f in findings if f.severity is Severity.ERROR]
    print_findings(findings, form, f"{docs_url.rstrip('/')}/" if docs_url else "")
    if findings:
        ctx.exit(Exit.REFUSED)


def _must_exist(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if not path.exists():
            advice = "name a folder that holds `shop.yaml`, or a rule file in it"
            raise Failure(f"there is no `{path}`", advice, Exit.UNAVAILABLE)
