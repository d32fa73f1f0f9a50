"""SQL of recipes: DuckDB over a snapshot of tables, without files, network or settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import polars as pl

QUIET: Final = "SET enable_progress_bar = false"
"""DuckDB draws its bar on standard output, which belongs to the answer of a command."""

_ROW = "row__"


class SqlFailed(Exception):
    """SQL that can't be run; the message is DuckDB's, on one line."""


def select(sql: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What *sql* says of *tables*.

    One thread, so that sums of decimals are taken in the order of the rows.

    Raises:
        SqlFailed: It can't be parsed, names something that is not there, or fails on a value.
    """
    with duckdb.connect(config={"enable_external_access": "false", "threads": "1"}) as database:
        try:
            database.execute(QUIET)
            for name, frame in tables.items():
                if name in sql:
                    database.register(name, frame.to_arrow())
            database.execute("SET lock_configuration = true")
            found = database.sql(sql)
            if found is None:
                raise SqlFailed("it gives no table")
            return pl.DataFrame(found.to_arrow_table())
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise SqlFailed(_said(error)) from error


def _said(error: Exception) -> str:
    """What is wrong, without DuckDB's excerpt and advice."""
    first = str(error).split("\n", maxsplit=1)[0]
    return "it looks at other rows" if _ROW in first else first.split(". You might")[0]


def columns(expressions: Mapping[str, str], frame: pl.DataFrame) -> pl.DataFrame:
    """Each expression over the columns of *frame*, row by row, under its name.

    Raises:
        SqlFailed: An expression fails, or does not give one value for every row.
    """
    if not expressions:
        return pl.DataFrame({})
    listed = ", ".join(f'({sql}) AS "{name}"' for name, sql in expressions.items())
    numbered = frame.with_row_index(_ROW)
    # Expressions are the recipe's own: it may run any SQL, in a database without files or network.
    found = select(
        f'SELECT {_ROW}, {listed} FROM "rows" ORDER BY {_ROW}',  # noqa: S608
        {"rows": numbered},
    )
    return found.drop(_ROW)


def column(name: str, sql: str, frame: pl.DataFrame) -> pl.Series:
    """One expression over the columns of *frame*, row by row, under *name*."""
    return columns({name: sql}, frame)[name]


def true_for(sql: str, frame: pl.DataFrame) -> pl.Series:
    """Whether *sql* is true of each row of *frame*; unknown is not true."""
    return column("true", f"coalesce(({sql})::BOOLEAN, false)", frame)
