"""Which rows are learnt from and which are held back: by time, unit, column, or file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.data.documents import (
    ColumnSplitDoc,
    FileSplitDoc,
    TimeSplitDoc,
    UnitSplitDoc,
)
from sconto.learning.data.raw_rows import RawRows
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.data.tables import TEST_DATA
from sconto.learning.dropped import Dropped
from sconto.learning.examples import Examples, Ints
from sconto.learning.hashing import hashed_share

PERIODS: Final = ("train", "validation", "test")

Masks = dict[str, npt.NDArray[np.bool_]]


def periods(recipe: DataRecipe, rows: RawRows, seed: int) -> tuple[Masks, tuple[Dropped, ...]]:
    """`split` of *rows* as *recipe* says.

    Raises:
        RecipeFaulty: The rows lack the column that the split needs.
    """
    doc = recipe.doc.split
    if isinstance(doc, ColumnSplitDoc):
        return _by_column(recipe, doc, rows.frame)
    if isinstance(doc, FileSplitDoc):
        return _by_file(rows.frame), ()
    return split(doc, rows.moment, rows.settled, rows.unit, seed)


def split(
    doc: TimeSplitDoc | UnitSplitDoc, moment: Ints, settled: Ints, unit: Ints, seed: int
) -> tuple[Masks, tuple[Dropped, ...]]:
    """The rows of each period as masks [n], and how many rows are in none and why.

    By time, a row belongs to the period in which it was decided, if its outcome was known by the
    period's end: what straddles the end would teach from the future, what is still open at the end
    of the data can't be judged. By unit, all rows of a unit fall into the same period.
    """
    if isinstance(doc, UnitSplitDoc):
        return _by_unit(doc, unit, seed), ()
    return _by_time(doc, moment, settled)


def holdout(rows: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """*rows* without, and only, a *share* of their units, picked by a hash: to stop early by.

    Where a recipe split by unit, another *seed* than the recipe's is needed: the hash is the same.
    """
    held = hashed_share(rows.unit, seed=seed) < round(share * 10_000)
    return rows[~held], rows[held]


def _by_column(
    recipe: DataRecipe, doc: ColumnSplitDoc, rows: pl.DataFrame
) -> tuple[Masks, tuple[Dropped, ...]]:
    if doc.column not in rows.columns:
        advice = f"name a column of table `{recipe.doc.rows.table}`"
        message = f"there is no column `{doc.column}`"
        raise recipe.at_fault(("split", "column"), message, advice)
    known = rows[doc.column].cast(pl.String)
    named = {name: _texts(getattr(doc, name)) for name in PERIODS}
    masks = {
        name: known.is_in(texts).fill_null(value=False).to_numpy()
        for name, texts in named.items()
        if texts
    }
    outside = int((~np.any(list(masks.values()), axis=0)).sum())
    why = f"`{doc.column}` has a value that no period names"
    return masks, (Dropped(why, outside),) if outside else ()


def _texts(values: list[bool | int | str]) -> list[str]:
    """Values as a column of texts has them."""
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def _by_file(rows: pl.DataFrame) -> Masks:
    """Without a test file, all rows are learnt from."""
    if TEST_DATA not in rows.columns:
        everything = np.ones(rows.height, dtype=np.bool_)
        return {"train": everything, "test": ~everything}
    test = rows[TEST_DATA].fill_null(value=False).to_numpy()
    return {"train": ~test, "test": test}


def _by_unit(doc: UnitSplitDoc, unit: Ints, seed: int) -> Masks:
    share = hashed_share(unit, seed=seed)
    test = share < doc.test * 100
    validation = ~test & (share < (doc.test + doc.validation) * 100)
    masks = {"train": ~test & ~validation, "validation": validation, "test": test}
    return {name: mask for name, mask in masks.items() if name != "validation" or doc.validation}


def _by_time(doc: TimeSplitDoc, moment: Ints, settled: Ints) -> tuple[Masks, tuple[Dropped, ...]]:
    starts = [doc.train_from, doc.validation_from, doc.test_from]
    named = [(n, s) for n, s in zip(PERIODS, starts, strict=True) if s is not None]
    bounds = [_instant(day, doc.zone) for day in [*(s for _, s in named), doc.until]]
    masks: Masks = {}
    dropped = [
        Dropped(f"decided before {doc.train_from}", int((moment < bounds[0]).sum())),
        Dropped(f"decided from {doc.until} on", int((moment >= bounds[-1]).sum())),
    ]
    for i, (name, _) in enumerate(named):
        within = (moment >= bounds[i]) & (moment < bounds[i + 1])
        known = settled <= bounds[i + 1]
        masks[name] = within & known
        dropped.append(
            Dropped(f"{name}: outcome not known by its end", int((within & ~known).sum()))
        )
    return masks, tuple(step for step in dropped if step.rows)


def _instant(day: str, zone: str) -> int:
    """Unix seconds of the midnight in *zone* with which *day* begins."""
    civil = date.fromisoformat(day)
    local = datetime(civil.year, civil.month, civil.day, tzinfo=ZoneInfo(zone))
    return int(local.astimezone(UTC).timestamp())
