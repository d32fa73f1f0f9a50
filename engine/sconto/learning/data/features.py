"""The features of a recipe: what was known of each row at its moment, and how old that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from sconto.learning.data.event_windows import Numbers, Past, past_of
from sconto.learning.data.recipe import DataRecipe, hidden, protected_name
from sconto.learning.data.sequences import Line, line_up
from sconto.learning.data.sql import SqlFailed, columns
from sconto.learning.data.tables import TEST_DATA
from sconto.learning.history import Ints


@dataclass(frozen=True, slots=True)
class Features:
    """What models are shown of n rows, before categories become ids.

    Attributes:
        numbers: A column of float64 for each number, null where missing.
        categories: A column of text for each category, null where missing.
        ages: For each number that looks at events, days from the newest of them to the moment,
            [n]; NaN where there is none.
        line: The last events of each row, or None.
    """

    numbers: pl.DataFrame
    categories: pl.DataFrame
    ages: Mapping[str, Numbers]
    line: Line | None


def features(
    recipe: DataRecipe, rows: pl.DataFrame, moment: Ints, tables: Mapping[str, pl.DataFrame]
) -> Features:
    """The features of *rows* at their *moment* (Unix seconds, [n]).

    They can see the columns that are known at the moment, and events strictly before it; outcomes,
    `after` columns, `audit` columns and protected ones are not even there.

    Raises:
        RecipeFaulty: Something can't be computed.
    """
    doc = recipe.doc
    pasts = {name: _past(recipe, name, rows, moment, tables) for name in doc.events}
    seen = visible(recipe, rows)
    windows: dict[str, Numbers] = {}
    ages: dict[str, Numbers] = {}
    for i, window in enumerate(doc.features.windows):
        found = pasts[window.events].features(window)
        taken = windows.keys() | {*seen.columns, *doc.features.numbers, *doc.features.categories}
        if twice := sorted(taken & found.keys()):
            advice = "give one of them another name"
            where = ("features", "windows", i, "give")
            raise recipe.at_fault(where, f"there are two `{twice[0]}`", advice)
        windows |= found
        ages |= dict.fromkeys(found, pasts[window.events].age())
    seen = seen.with_columns(
        pl.Series(name, values, nan_to_null=True) for name, values in windows.items()
    )
    numbers = _computed(recipe, "numbers", doc.features.numbers, seen)
    categories = _computed(recipe, "categories", doc.features.categories, seen)
    kept = [name for name in windows if name not in doc.features.leave_out]
    return Features(
        pl.DataFrame([*seen.select(kept), *(n.cast(pl.Float64) for n in numbers)]),
        pl.DataFrame([c.cast(pl.String) for c in categories]),
        {name: ages[name] for name in kept},
        line_up([pasts[n] for n in doc.sequence.events], doc.sequence.last)
        if doc.sequence
        else None,
    )


def visible(recipe: DataRecipe, rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of *rows* that features may look at.

    Not those that are known only later, nor what was given, nor what came of it, nor who it was.
    """
    unseen = {*hidden(recipe.doc), TEST_DATA}
    return rows.drop(c for c in rows.columns if c.lower() in unseen or protected_name(c))


def _past(
    recipe: DataRecipe,
    name: str,
    rows: pl.DataFrame,
    moment: Ints,
    tables: Mapping[str, pl.DataFrame],
) -> Past:
    doc = recipe.doc.events[name]
    asked = [*((c, rows) for c in doc.of), *((c, tables[doc.table]) for c in (*doc.of, doc.at))]
    for column, frame in asked:
        if column not in frame.columns:
            advice = "name a column that the rows and the events' table both have"
            raise recipe.at_fault(("events", name), f"there is no column `{column}`", advice)
    try:
        return past_of(doc, tables[doc.table], rows, moment)
    except SqlFailed as error:
        advice = f"write it over the columns of table `{doc.table}`"
        raise recipe.at_fault(("events", name), str(error), advice) from error


def _computed(
    recipe: DataRecipe, part: str, expressions: Mapping[str, str], seen: pl.DataFrame
) -> pl.DataFrame:
    """Each expression over *seen*; one that looks at other rows is refused."""
    try:
        found = columns(expressions, seen)
        half = columns(expressions, seen.gather_every(2))
    except SqlFailed as error:
        raise _culprit(recipe, part, expressions, seen) from error
    for name in expressions:
        if not found[name].gather_every(2).equals(half[name], null_equal=True):
            advice = "a feature is computed from its own row; declare events and a window for more"
            message = f"feature `{name}` looks at other rows"
            raise recipe.at_fault(("features", part, name), message, advice)
    return found


def _culprit(
    recipe: DataRecipe, part: str, expressions: Mapping[str, str], seen: pl.DataFrame
) -> Exception:
    """The error of the first of *expressions* that can't be computed over *seen*."""
    for name, sql in expressions.items():
        try:
            columns({name: sql}, seen)
        except SqlFailed as error:
            advice = "outcomes and columns that are known only later can't be features"
            return recipe.at_fault(("features", part, name), f"feature `{name}`: {error}", advice)
    raise AssertionError("every expression can be computed alone")
