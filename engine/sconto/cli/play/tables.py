"""Tables of the summary of `sconto play`."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text


def new_table(*headings: str) -> Table:
    """A table; a heading that begins with `>` is of a column of numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for heading in headings:
        number = heading.startswith(">")
        table.add_column(heading.removeprefix(">"), justify="right" if number else "left")
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row of plain text: a name may hold brackets, which are not meant as markup."""
    table.add_row(*map(Text, cells))


def add_rest(table: Table, more: int) -> None:
    """Say that so many *more* rows are left out, if any."""
    if more > 0:
        add_row(table, f"... and {more} more")
