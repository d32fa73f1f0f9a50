"""`sconto rules schema`: the JSON Schema of rule files, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from sconto.cli.exit_codes import Exit
from sconto.cli.options import FILE, command, option


@command(
    "sconto rules schema",
    "sconto rules schema --out rules/sconto-rules.schema.json",
    exits=(Exit.OK, Exit.USAGE, Exit.UNAVAILABLE),
)
@option("--out", type=FILE, help="Write it there instead.")
@option("--tests", is_flag=True, help="The schema of test files instead.")
@option(
    "--trusted", is_flag=True, help="The schema of files of people, callers and tenants instead."
)
def schema(out: Path | None, tests: bool, trusted: bool) -> None:
    """Print the JSON Schema of rule files, made from what the loader takes.

    Put it above your rules as `sconto-rules.schema.json`, and that of tests as
    `sconto-tests.schema.json`; `sconto rules fmt` then writes the line that leads editors to it
    into every file.
    """
    from sconto.rulebook.documents.schema import (
        case_schema_json,
        schema_json,
        trusted_schema_json,
    )

    if tests and trusted:
        raise click.UsageError("`--tests` and `--trusted` are two schemas: choose one")
    text = schema_json()
    if tests or trusted:
        text = case_schema_json() if tests else trusted_schema_json()
    if out is None:
        click.echo(text, nl=False)
        return
    from sconto.rulebook.layout.files import replace_file

    out.touch()
    replace_file(out, text.encode())
