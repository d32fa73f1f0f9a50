"""Reading a recipe's tables as they are: files, packages, databases, the decision log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import polars as pl

from sconto.errors import ScontoError
from sconto.learning.data.documents import SourceDoc, TableDoc
from sconto.learning.data.sql import QUIET, select

SUFFIXES: Final[Mapping[str, Callable[[Path], pl.DataFrame]]] = {
    ".csv": lambda path: pl.read_csv(path, infer_schema=False, null_values=["", "NA", "NULL"]),
    ".parquet": pl.read_parquet,
}
"""How files are read; CSV as text, which the schema then types."""


class SourceUnusable(ScontoError):
    """A table that can't be read from where the recipe says it is."""

    code = "SOURCE_UNUSABLE"
    help = "check the place that the recipe names for it, and what `--data` gives"


def replaced_by(tables: Mapping[str, TableDoc], data: Path | None) -> Mapping[str, Path]:
    """The path that `--data` gives for each table that it replaces.

    A folder gives the file of a table's name, or the decision log. A file stands for the `given`
    table, or for the only one that is no SQL.

    Raises:
        SourceUnusable: It is a file, and it is not clear of which table.
    """
    if data is None:
        return {}
    sources = {name: t.source for name, t in tables.items() if t.source.sql is None}
    if data.is_file():
        asked = [name for name, source in sources.items() if source.given is not None]
        one = asked or [*sources]
        if len(one) != 1:
            listed = ", ".join(f"`{name}`" for name in one)
            raise SourceUnusable(f"`--data` must be a folder with a file for each of {listed}")
        return {one[0]: data}
    logs = {name: data for name, source in sources.items() if source.decision_log is not None}
    files = ((name, data / f"{name}{suffix}") for name in sources for suffix in SUFFIXES)
    return {name: path for name, path in files if path.is_file()} | logs


def read_table(
    name: str,
    table: TableDoc,
    folder: Path,
    given: Path | None,
    earlier: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """The raw rows of one table, in the order of its source.

    *folder* is the recipe's own, *given* what `--data` gives for it,
    *earlier* the tables before it.

    Raises:
        SourceUnusable: It is not there, or can't be read.
        SqlFailed: It is SQL over other tables, and that can't be run.
    """
    source = table.source
    if source.sql is not None:
        return select(source.sql, earlier)
    if source.decision_log is not None:
        return _of_log(source.entries, given or folder / source.decision_log)
    if given is not None:
        return _of_file(name, given)
    if source.duckdb is not None:
        return _of_duckdb(name, folder / source.duckdb, source.query or "")
    if source.postgresql is not None:
        return _of_postgresql(name, source.postgresql, source.query or "")
    return _of_file(name, _path(name, source, folder))


def _path(name: str, source: SourceDoc, folder: Path) -> Path:
    if source.given is not None:
        message = f"table `{name}` needs `--data` with a file: {source.given}"
        raise SourceUnusable(message)
    if source.package is None:
        return folder / str(source.file)
    try:
        return Path(str(files(source.package) / str(source.file)))
    except ModuleNotFoundError as error:
        message = f"table `{name}` needs the package `{source.package}`, which is not installed"
        raise SourceUnusable(message) from error


def _of_file(name: str, path: Path) -> pl.DataFrame:
    read = SUFFIXES.get(path.suffix.lower())
    if read is None:
        raise SourceUnusable(f"table `{name}`: `{path.name}` is neither CSV nor Parquet")
    try:
        return read(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceUnusable(f"table `{name}`: can't read `{path}`") from error


def _of_log(entries: str, folder: Path) -> pl.DataFrame:
    from sconto.learning.data import decision_log  # noqa: PLC0415 - only recipes that ask for it

    return (
        decision_log.decisions(folder) if entries == "decisions" else decision_log.behaviour(folder)
    )


def _of_duckdb(name: str, path: Path, query: str) -> pl.DataFrame:
    import duckdb  # noqa: PLC0415 - only recipes that ask for it

    if not path.is_file():
        raise SourceUnusable(f"table `{name}`: there is no `{path}`")
    try:
        with duckdb.connect(path, read_only=True) as database:
            database.execute(QUIET)
            return pl.DataFrame(database.sql(query).to_arrow_table())
    except duckdb.Error as error:
        raise SourceUnusable(f"table `{name}`: {_first(error)}") from error


def _of_postgresql(name: str, connection: str, query: str) -> pl.DataFrame:
    import psycopg  # noqa: PLC0415 - only recipes that ask for it

    try:
        with psycopg.connect(connection) as database:
            database.read_only = True
            with database.cursor(name="sconto_learn") as cursor:
                cursor.execute(query.encode())
                names = [c.name for c in cursor.description or ()]
                return pl.DataFrame(
                    cursor.fetchall(), schema=names, orient="row", infer_schema_length=None
                )
    except psycopg.Error as error:
        raise SourceUnusable(f"table `{name}`: {_first(error)}") from error


def _first(error: Exception) -> str:
    """What a database says, without its excerpt."""
    return str(error).split("\n", maxsplit=1)[0]
