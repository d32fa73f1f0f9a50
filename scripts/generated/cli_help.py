"""docs/cli.md: what `--help` says of every command, at a fixed width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from sconto.cli.exit_codes import MEANINGS
from sconto.cli.main import sconto

WIDTH = 88

HEAD = """# The command line

Generated from the help texts of `sconto`; change those, then run `make generate`.

Errors are one line on standard error that begins with `error:`, followed by one that begins with
`help:`. Wherever a table is printed, `--format json` prints the same for programs; its keys are
stable. Colours are left out where `NO_COLOR` is set or the output is no terminal.

| exit code | meaning |
|---|---|
"""


def files(root: Path) -> Mapping[Path, bytes]:
    """The page by its path."""
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    return {root / "docs" / "cli.md": (HEAD + codes + "".join(_sections(sconto, None))).encode()}


def _sections(command: click.Command, parent: click.Context | None) -> Iterator[str]:
    """The section of *command*, then those of its commands."""
    context = click.Context(
        command,
        info_name="sconto" if parent is None else command.name,
        parent=parent,
        terminal_width=WIDTH,
        # Without these, click wraps at the width of the terminal that the generator runs in.
        max_content_width=WIDTH,
        auto_envvar_prefix="SCONTO" if parent is None else None,
    )
    with context:
        text = "\n".join(line.rstrip() for line in context.get_help().splitlines())
    yield f"\n## `{context.command_path}`\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _sections(child, context)
