"""A check that any recipe can be put to: with the future deleted, features must be the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from sconto.learning.data.features import Features, features
from sconto.learning.data.raw_rows import raw_rows
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.data.tables import Tables, read_tables
from sconto.learning.history import Ints


def leaks(
    recipe: DataRecipe, data: Path | None, whole: Tables, test_data: Path | None = None
) -> tuple[str, ...] | None:
    """The features of *recipe* that look into the future; None where the rows have no clock.

    The tables are read again as they stood at the median moment of the rows: without anything that
    their `time` columns say came later. Rows up to that moment must be the same, and so must every
    number, category and event of theirs, to the last bit.
    """
    if recipe.doc.rows.moment is None:
        return None
    moments = raw_rows(recipe, whole.frames).moment
    if not len(moments):
        return ()
    cut = int(np.quantile(moments, 0.5, method="lower"))
    with_future = _features_until(recipe, whole, cut)
    then = read_tables(recipe, data, known_until=cut, test_data=test_data)
    without = _features_until(recipe, then, cut)
    return tuple(_differences(*with_future, *without))


def _features_until(recipe: DataRecipe, tables: Tables, cut: int) -> tuple[Features, Ints]:
    """The features of the rows up to *cut*, and the moments of those rows."""
    rows = raw_rows(recipe, tables.frames)
    past = rows.moment <= cut
    frame = rows.frame.filter(pl.Series(past))
    moment = rows.moment[past]
    return features(recipe, frame, moment, tables.frames), moment


def _differences(one: Features, at: Ints, other: Features, other_at: Ints) -> list[str]:
    if not np.array_equal(at, other_at):
        return ["the rows themselves"]
    found = [
        column.name
        for ours, theirs in ((one.numbers, other.numbers), (one.categories, other.categories))
        for column in ours
        if not column.equals(theirs[column.name], null_equal=True)
    ]
    return [*found, *(["the last events"] if _lines_differ(one, other) else [])]


def _lines_differ(one: Features, other: Features) -> bool:
    if one.line is None or other.line is None:
        return False
    everything = np.ones(len(one.line.mask), dtype=np.bool_)
    names = tuple(
        tuple(sorted(set(one.line.values(name, everything).drop_nulls())))
        for name in one.line.categorical
    )
    ours, theirs = one.line.encode(names), other.line.encode(names)
    return not (
        np.array_equal(ours.mask, theirs.mask)
        and np.array_equal(ours.categorical, theirs.categorical)
        and np.array_equal(ours.numeric, theirs.numeric, equal_nan=True)
    )
