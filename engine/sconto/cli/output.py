"""Printing: tables for people, JSON for programs. NO_COLOR and pipes are respected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

import click

from sconto.cli.exit_codes import printable
from sconto.cli.options import EPOCH

PIPE_WIDTH: Final = 200
"""Columns when standard output is no terminal: wide enough that no cell is cut for a script."""


def print_json(value: Any) -> None:
    """Print *value* as JSON, indented, with its keys in the order given."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_lines(lines: Iterable[str]) -> None:
    """Print each of *lines*, its control characters escaped."""
    for line in lines:
        click.echo(printable(line))


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* under *headings*; a heading that starts with `>` is of a column of numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for heading in headings:
        number = heading.startswith(">")
        justify: Any = "right" if number else "left"
        table.add_column(heading.removeprefix(">"), justify=justify, overflow="fold")
    for row in rows:
        # Text, so that square brackets in an id are not read as markup.
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False).print(table)


def instant_text(at_us: int) -> str:
    """*at_us*, microseconds UTC, as RFC 3339 text."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")
