"""The training rows of a recipe before features: who, when, what was given and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sconto.learning.data.recipe import DataRecipe
from sconto.learning.data.sql import SqlFailed, column
from sconto.learning.data.tables import clean
from sconto.learning.dropped import Dropped
from sconto.learning.examples import Floats, Ints
from sconto.learning.hashing import number_of
from sconto.rulebook.findings import DocPath


@dataclass(frozen=True, slots=True)
class RawRows:
    """n rows and what is known of each.

    Attributes:
        frame: The rows' columns as their table has them.
        dropped: What was left out of them, and why.
        moment: int64 [n]; Unix seconds of the decision, 0 without a clock.
        settled: int64 [n]; Unix seconds from which on the outcome is known.
        unit: int64 [n]; see `Examples`.
    """

    frame: pl.DataFrame
    dropped: tuple[Dropped, ...]
    moment: Ints
    settled: Ints
    unit: Ints

    def outcome(self, recipe: DataRecipe, where: DocPath, sql: str) -> Floats:
        """What *sql* says of each row, float32 [n].

        Raises:
            RecipeFaulty: It can't be computed, or is missing for a row.
        """
        return amounts(recipe, where, sql, self.frame)


def amounts(recipe: DataRecipe, where: DocPath, sql: str, frame: pl.DataFrame) -> Floats:
    """What *sql* says of each row of *frame*, float32 [n].

    Raises:
        RecipeFaulty: It can't be computed, or is missing for a row.
    """
    advice = "write it as a number, or true and false, for every row"
    try:
        found = column("amount", sql, frame).cast(pl.Float32).to_numpy()
    except (SqlFailed, pl.exceptions.PolarsError) as error:
        raise recipe.at_fault(where, str(error), advice) from error
    if missing := int((~np.isfinite(found)).sum()):
        raise recipe.at_fault(where, f"it is missing for {missing} rows", advice)
    return found


def raw_rows(recipe: DataRecipe, tables: Mapping[str, pl.DataFrame]) -> RawRows:
    """The training rows that *recipe* makes of *tables*.

    Raises:
        RecipeFaulty: A column is not there, or an instant is missing.
    """
    doc = recipe.doc.rows
    frame, dropped = clean(tables[doc.table], doc.clean, recipe, ("rows", "clean"))
    for part in ("moment", "settled", "unit"):
        name = getattr(doc, part)
        if name is not None and name not in frame.columns:
            advice = f"name a column of table `{doc.table}`"
            raise recipe.at_fault(("rows", part), f"there is no column `{name}`", advice)
    moment = _instants(recipe, "moment", doc.moment, frame)
    settled = moment if doc.settled is None else _instants(recipe, "settled", doc.settled, frame)
    return RawRows(frame, dropped, moment, settled, _units(doc.unit, frame))


def _instants(recipe: DataRecipe, part: str, name: str | None, frame: pl.DataFrame) -> Ints:
    if name is None:
        return np.zeros(frame.height, dtype=np.int64)
    found = frame[name]
    if found.dtype != pl.Int64 or found.null_count():
        advice = "declare it as `instant` or `day`, and leave out rows without it"
        raise recipe.at_fault(("rows", part), f"`{name}` is no instant, or is missing", advice)
    return found.to_numpy()


def _units(name: str | None, frame: pl.DataFrame) -> Ints:
    """Whole numbers as they are, text by its hash, the row's own number without a column."""
    if name is None:
        return np.arange(frame.height, dtype=np.int64)
    if frame[name].dtype == pl.Int64:
        return frame[name].fill_null(-1).to_numpy()
    return np.array([number_of(str(value)) for value in frame[name]], dtype=np.int64)
