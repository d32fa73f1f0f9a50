"""`sconto rules lint`: everything wrong in rule files, before they are served."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exits import Exit
from sconto.cli.options import FORMAT, epilog
from sconto.cli.output import print_json
from sconto.errors import RuleFinding

_EXITS = (Exit.OK, Exit.REFUSED, Exit.USAGE, Exit.UNAVAILABLE)


@click.command(
    epilog=epilog(
        ("sconto rules lint rules/retail", "sconto rules lint rules/* --format json"),
        _EXITS,
    )
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@FORMAT
@click.pass_context
def lint(ctx: click.Context, paths: tuple[Path, ...], form: str) -> None:
    """Find everything wrong in the rulesets at PATHS, each a folder of rule files.

    Every finding names file, line and column, what was found and what to do about it.
    """
    from sconto.rulebook.findings import as_json  # noqa: PLC0415 - slow, and only needed here
    from sconto.rulebook.loader import lint as find  # noqa: PLC0415

    findings = tuple(find(paths))
    if form == "json":
        print_json({"findings": as_json(findings)})
    else:
        _print_text(findings)
    if findings:
        ctx.exit(Exit.REFUSED)


def _print_text(findings: tuple[RuleFinding, ...]) -> None:
    from sconto.rulebook.findings import as_text  # noqa: PLC0415

    if not findings:
        click.echo("no findings")
        return
    click.echo(as_text(findings))
    files = len({f.file for f in findings})
    click.echo(f"{_count(len(findings), 'finding')} in {_count(files, 'file')}")


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
