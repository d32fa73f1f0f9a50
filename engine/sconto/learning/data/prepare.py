"""A recipe carried out: from its tables to training rows, period by period, with a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.data.features import Features, features
from sconto.learning.data.objective import of_money
from sconto.learning.data.raw_rows import RawRows, raw_rows
from sconto.learning.data.recipe import DataRecipe, read_data_recipe
from sconto.learning.data.split import periods
from sconto.learning.data.sql import SqlFailed, column
from sconto.learning.data.tables import Tables, read_tables
from sconto.learning.data.treatment import Treatment, list_prices, treatment
from sconto.learning.dropped import Dropped
from sconto.learning.examples import Columns, Examples, Floats
from sconto.rulebook.findings import did_you_mean
from sconto.scoring import arrays


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a recipe makes.

    Attributes:
        recipe: As read.
        examples: The rows of each period: `train`, perhaps `validation`, `test`.
        audit: The recipe's `audit` columns for the same rows, by period; never features.
        stratum: For each period, among which rows arms were drawn with the same chances, [n].
        tables: The cleaned tables, and what was left out of each.
        dropped: What was left out of the rows, and why.
        ages: For each number that looks at events, days from the newest of them to the moment.
        outcomes: Every declared outcome by period and name.
        list_prices: By period what each row pays without a discount, [n]; empty where the recipe
            has none.
    """

    recipe: DataRecipe
    examples: Mapping[str, Examples]
    audit: Mapping[str, pl.DataFrame]
    stratum: Mapping[str, npt.NDArray[np.int64]]
    tables: Tables
    dropped: tuple[Dropped, ...]
    ages: Mapping[str, npt.NDArray[np.float64]]
    outcomes: Mapping[str, Mapping[str, Floats]]
    list_prices: Mapping[str, Floats]


def prepare(
    path: Path,
    data: Path | None = None,
    outcome: str | None = None,
    seed: int | None = None,
    *,
    test_data: Path | None = None,
) -> Prepared:
    """The training rows of the recipe at *path*; *data* is the file or folder that the user gives.

    *outcome* is one of the recipe's, by default the first; another *seed* than the recipe's splits
    units in another way. *test_data* has the test rows of a split by file; without it there are
    none.

    Raises:
        RecipeInvalid: The recipe can't be followed.
        SourceUnusable: A table can't be read.
        SchemaBroken: A table is not as the recipe declares it.
    """
    recipe = read_data_recipe(path)
    if outcome is not None and outcome not in recipe.doc.outcomes:
        known = ", ".join(f"`{name}`" for name in recipe.doc.outcomes)
        message = f"there is no outcome `{outcome}`"
        raise recipe.at_fault(("outcomes",), message, f"ask for one of {known}")
    tables = read_tables(recipe, data, test_data=test_data)
    rows = raw_rows(recipe, tables.frames)
    given = treatment(recipe, rows.frame)
    prices = list_prices(recipe, rows.frame)
    seen = features(recipe, rows.frame, rows.moment, tables.frames)
    _check_hand_rule(recipe, seen)
    masks, outside = periods(recipe, rows, recipe.doc.seed if seed is None else seed)
    outcomes = {
        name: rows.outcome(recipe, ("outcomes", name), sql)
        for name, sql in recipe.doc.outcomes.items()
    }
    columns = _columns(recipe, outcome or next(iter(outcomes)), seen, masks["train"])
    everything = _examples(recipe, columns, rows, given, seen, outcomes[columns.outcome])
    audit = rows.frame.select(recipe.doc.audit)
    return Prepared(
        recipe,
        {name: everything[mask] for name, mask in masks.items()},
        {name: _rows(audit, mask) for name, mask in masks.items()},
        {name: given.stratum[mask] for name, mask in masks.items()},
        tables,
        (*rows.dropped, *outside),
        {name: ages[masks["train"]] for name, ages in seen.ages.items()},
        {p: {n: values[mask] for n, values in outcomes.items()} for p, mask in masks.items()},
        {} if prices is None else {name: prices[mask] for name, mask in masks.items()},
    )


def rows_as(columns: Columns, path: Path, data: Path | None) -> Examples:
    """All rows that the recipe at *path* makes of *data*, of any period, as *columns* have it.

    For rows that came after those that were learnt from: their categories keep the ids of then.

    Raises:
        The errors of `prepare`.
        KeyError: The recipe has no outcome or feature of that name.
    """
    recipe = read_data_recipe(path)
    tables = read_tables(recipe, data)
    rows = raw_rows(recipe, tables.frames)
    given = treatment(recipe, rows.frame)
    seen = features(recipe, rows.frame, rows.moment, tables.frames)
    where = ("outcomes", columns.outcome)
    outcome = rows.outcome(recipe, where, recipe.doc.outcomes[columns.outcome])
    return _examples(recipe, columns, rows, given, seen, outcome)


def _check_hand_rule(recipe: DataRecipe, seen: Features) -> None:
    """Refuse a hand rule that can't be computed, or that gives what is no arm."""
    rule = recipe.doc.hand_rule
    if rule is None:
        return
    shown = pl.DataFrame([*seen.numbers, *seen.categories])
    arms = [arm.name for arm in recipe.doc.treatment.arms]
    for part, sql in (("rank", rule.rank), ("arm", rule.arm)):
        try:
            found = column(part, sql, shown)
        except SqlFailed as error:
            advice = "write it over the features' names"
            raise recipe.at_fault(("hand_rule", part), str(error), advice) from error
    if strange := sorted({*found.cast(pl.String).fill_null("nothing")} - {*arms}):
        advice = did_you_mean(strange[0], arms)
        raise recipe.at_fault(("hand_rule", "arm"), f"`{strange[0]}` is no arm", advice)


def _columns(
    recipe: DataRecipe, outcome: str, seen: Features, train: npt.NDArray[np.bool_]
) -> Columns:
    """Names, and vocabularies of what training rows show often enough."""
    least = recipe.doc.features.min_rows
    training = _rows(seen.categories, train)
    arms = recipe.doc.treatment.arms
    line = seen.line
    return Columns(
        numeric=tuple(seen.numbers.columns),
        categorical=tuple(seen.categories.columns),
        vocabularies=tuple(_vocabulary(training[c], least) for c in training.columns),
        arms=tuple(arm.name for arm in arms),
        depths=tuple(None if a.depth is None else float(Fraction(a.depth)) for a in arms),
        outcome=outcome,
        event_numeric=line.numeric if line else (),
        event_categorical=line.categorical if line else (),
        event_vocabularies=tuple(
            _vocabulary(line.values(name, train), least) for name in line.categorical
        )
        if line
        else (),
    )


def _rows(frame: pl.DataFrame, mask: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Those rows of *frame*, which may have no column."""
    return pl.DataFrame([column.filter(pl.Series(mask)) for column in frame])


def _vocabulary(values: pl.Series, least: int) -> tuple[str, ...]:
    counts = values.drop_nulls().value_counts(name="rows")
    return tuple(sorted(counts.filter(pl.col("rows") >= least)[values.name]))


def _examples(
    recipe: DataRecipe,
    columns: Columns,
    rows: RawRows,
    given: Treatment,
    seen: Features,
    outcome: Floats,
) -> Examples:
    doc, n = recipe.doc, rows.frame.height
    numbers = {name: seen.numbers[name].to_numpy() for name in columns.numeric}
    categories = seen.categories.to_dict(as_series=False)
    money = of_money(recipe, rows, given.arm)
    if columns.outcome != next(iter(doc.outcomes)):
        # What an outcome brings is declared of the first one.
        money = replace(money, margin=None, costs=None)
    return Examples(
        columns=columns,
        numeric=arrays.numbers(numbers, columns.numeric, n),
        categorical=arrays.ids(categories, columns.categorical, columns.vocabularies, n),
        arm=given.arm,
        depth=given.depth,
        outcome=outcome,
        time=rows.moment,
        unit=rows.unit,
        value=money.value,
        cost=money.cost,
        margin=money.margin,
        costs=money.costs,
        propensity=given.propensity,
        propensities=given.propensities,
        events=seen.line.encode(columns.event_vocabularies) if seen.line else None,
    )
