"""Printing: tables for people, JSON for programs. NO_COLOR and pipes are respected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from sconto.cli.exit_codes import printable
from sconto.cli.options import EPOCH

if TYPE_CHECKING:
    from rich.table import Table

PIPE_WIDTH: Final = 220
"""Columns when standard output is no terminal: wide enough that no cell is cut for a script."""


def print_json(value: Any) -> None:
    """Print *value* as JSON, indented, with its keys in the order given."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_lines(lines: Iterable[str]) -> None:
    """Print each of *lines*, its control characters escaped."""
    for line in lines:
        click.echo(printable(line))


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print *rows* under *headings*; see `new_table`."""
    from rich.console import Console

    table = new_table(*headings, title=title, title_justify="left", title_style="bold")
    for row in rows:
        add_row(table, *row)
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False).print(table)


def new_table(*headings: str, **style: Any) -> Table:
    """A table; a heading that begins with `>` is of numbers, with `=` of ids, which never wrap."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, **style)
    for heading in headings:
        justify: Any = "right" if heading.startswith(">") else "left"
        whole = heading.startswith("=")
        name = heading.lstrip(">=")
        table.add_column(name, justify=justify, overflow="fold", no_wrap=whole)
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row of plain text: square brackets in an id are not read as markup."""
    from rich.text import Text

    table.add_row(*(Text(printable(cell)) for cell in cells))


def instant_text(at_us: int) -> str:
    """*at_us*, microseconds UTC, as RFC 3339 text."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")
