"""`sconto rules fmt`: rule files in their canonical layout, comments kept."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sconto.cli.exit_codes import Exit, printable
from sconto.cli.options import command, option

if TYPE_CHECKING:
    from sconto.errors import RuleFinding


@command(
    "sconto rules fmt rules/retail",
    "sconto rules fmt rules --check",
    "sconto rules fmt rules/retail/offers/cheese.yaml --diff",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@option("--check", is_flag=True, help="Change nothing; name what would change, and exit 1.")
@option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.pass_context
def fmt(ctx: click.Context, paths: tuple[Path, ...], check: bool, diff: bool) -> None:
    """Write the YAML files at PATHS, files or folders, in the canonical layout.

    Meaning, comments and quotes stay. The first line names the schema, the keys of rules stand in
    the order of the schema, short lists on one line. A file with a mistake is left alone, its
    finding is shown, and the exit code is 1.
    """
    from sconto.rulebook.findings import as_text
    from sconto.rulebook.layout.files import replace_file

    findings: list[RuleFinding] = []
    changed = 0
    for path, before, after, found in _laid_out(paths):
        findings += found
        if after is None or after == before:
            continue
        changed += 1
        if diff:
            click.echo(_difference(path, before, after), nl=False)
        elif check:
            click.echo(f"{printable(str(path))}: not in the canonical layout")
        else:
            replace_file(path, after)
            click.echo(f"{printable(str(path))}: written")
    if findings:
        click.echo(as_text(sorted(set(findings))), err=True)
    if findings or (check and changed):
        ctx.exit(Exit.REFUSED)


def _laid_out(
    paths: tuple[Path, ...],
) -> Iterator[tuple[Path, bytes, bytes | None, tuple[RuleFinding, ...]]]:
    """Each file once: its content, its canonical content, and the findings that prevent it."""
    from sconto.rulebook.documents import MODELS
    from sconto.rulebook.documents.cases import CASE_MODELS
    from sconto.rulebook.layout.canonical import Models, canonical
    from sconto.rulebook.layout.files import is_rule, schema_seen_from, yaml_files
    from sconto.rulebook.read.folder import read_file

    for path in dict.fromkeys(file for given in paths for file in yaml_files(given)):
        raw, found = read_file(path)
        if raw is None:
            yield path, b"", None, found
            continue
        models: Models = MODELS if is_rule(path) else CASE_MODELS
        layout = canonical(raw, str(path), schema_seen_from(path), models)
        after = None if layout.text is None else layout.text.encode()
        yield path, raw, after, layout.findings


def _difference(path: Path, before: bytes, after: bytes) -> str:
    name = printable(str(path))
    lines = difflib.unified_diff(
        before.decode("utf-8-sig").splitlines(),
        after.decode().splitlines(),
        name,
        f"{name} (canonical)",
        lineterm="",
    )
    return "".join(f"{printable(line)}\n" for line in lines)
