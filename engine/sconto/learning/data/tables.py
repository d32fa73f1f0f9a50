"""All tables of a recipe: read, typed, cleaned, with a count of what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from sconto.learning.data.documents import DropDoc, FileSplitDoc, TableDoc
from sconto.learning.data.recipe import DataRecipe, protected_name
from sconto.learning.data.schema import SkippedTimes, typed
from sconto.learning.data.sources import read_table, replaced_by
from sconto.learning.data.sql import SqlFailed, true_for
from sconto.learning.dropped import Dropped
from sconto.rulebook.findings import DocPath

TEST_DATA: Final = "test_data"
"""The column, added to a table of which `--test-data` gives more rows, that says which they are."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of one table: rows read, rows left out by each step, rows kept."""

    read: int
    dropped: tuple[Dropped, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class Tables:
    """The cleaned tables of a recipe by name, and what was left out of each."""

    frames: Mapping[str, pl.DataFrame]
    cleaned: Mapping[str, Cleaned]


def read_tables(
    recipe: DataRecipe,
    given: Path | None,
    known_until: int | None = None,
    test_data: Path | None = None,
) -> Tables:
    """Every table of *recipe*, *given* what `--data` names, with the rows of *test_data* added.

    With *known_until*, as they stood at that instant (Unix seconds): without the rows whose `time`
    is later. A table without `time` was always known.

    Raises:
        SourceUnusable: A table can't be read.
        SchemaBroken: A table is not as declared.
        RecipeFaulty: SQL of a table or of a cleaning step can't be run, or a test file was given
            that the recipe's split knows nothing of.
    """
    if test_data is not None and not isinstance(recipe.doc.split, FileSplitDoc):
        message = "`--test-data` goes with a split by file"
        raise recipe.at_fault(("split",), message, "write `split: {by: file}`")
    replaced = replaced_by(recipe.doc.tables, given)
    tested = replaced_by(recipe.doc.tables, test_data)
    frames: dict[str, pl.DataFrame] = {}
    cleaned: dict[str, Cleaned] = {}
    for name, table in recipe.doc.tables.items():
        seen = {other: _unprotected(recipe, known) for other, known in frames.items()}
        frame = _frame(recipe, name, replaced.get(name), seen)
        if name in tested:
            frame = _with_test(frame, _frame(recipe, name, tested[name], seen))
        frame = _until(frame, table, known_until)
        frames[name], dropped = clean(frame, table.clean, recipe, ("tables", name, "clean"))
        cleaned[name] = Cleaned(frame.height, dropped, frames[name].height)
    return Tables(frames, cleaned)


def _unprotected(recipe: DataRecipe, frame: pl.DataFrame) -> pl.DataFrame:
    """*frame* as SQL sees it: without columns of protected attributes, but for `audit`."""
    return frame.drop(c for c in frame.columns if protected_name(c) and c not in recipe.doc.audit)


def _frame(
    recipe: DataRecipe, name: str, given: Path | None, earlier: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """One table as it is, with its types."""
    table = recipe.doc.tables[name]
    try:
        frame = read_table(name, table, recipe.path.parent, given, earlier)
    except SqlFailed as error:
        where, advice = ("tables", name, "from", "sql"), "it can name the tables above it"
        raise recipe.at_fault(where, str(error), advice) from error
    try:
        return typed(name, frame, table.columns) if table.columns else frame
    except SkippedTimes as error:
        where = ("tables", name, "columns", error.column)
        advice = "`zone` is that in which the times were written: leave it out where that was UTC"
        raise recipe.at_fault(where, f"table `{name}`: {error}", advice) from error


def _with_test(train: pl.DataFrame, test: pl.DataFrame) -> pl.DataFrame:
    """The rows of both, with the column that tells them apart."""
    parts = [
        part.with_columns(pl.lit(of_test).alias(TEST_DATA))
        for part, of_test in ((train, False), (test, True))
    ]
    return pl.concat(parts)


def clean(
    frame: pl.DataFrame, steps: Sequence[DropDoc], recipe: DataRecipe, where: DocPath
) -> tuple[pl.DataFrame, tuple[Dropped, ...]]:
    """The rows of *frame* that no step leaves out, and how many each of them did."""
    dropped = []
    for i, step in enumerate(steps):
        try:
            kept = frame.filter(~true_for(step.drop, frame))
        except SqlFailed as error:
            advice = "a step is true of the rows that it leaves out"
            raise recipe.at_fault((*where, i, "drop"), str(error), advice) from error
        dropped.append(Dropped(step.why, frame.height - kept.height))
        frame = kept
    return frame, tuple(dropped)


def _until(frame: pl.DataFrame, table: TableDoc, known_until: int | None) -> pl.DataFrame:
    if known_until is None or table.time is None:
        return frame
    return frame.filter(pl.col(table.time) <= known_until)
