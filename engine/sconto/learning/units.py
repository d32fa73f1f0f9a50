"""The unit table: one row for each sampled checkout and category of the shopper's repertoire.

The moment of decision is the checkout of the rest of the basket, so what is known of the basket
never includes the category itself. The outcome is whether the basket holds the category.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.dropped import Dropped
from sconto.learning.facts import Past, integers
from sconto.learning.hashing import hashed_share
from sconto.learning.history import Ints
from sconto.learning.recipe import Recipe
from sconto.scoring.features import DEPTH_FACT

_CHUNK: Final = 10_000
"""Baskets looked at together; bounds the memory of the cross product with categories."""

PERIODS: Final = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Units:
    """The unit table and the units left out of it.

    `table` has `bought` (0 or 1), `period` (one of `PERIODS`), the ids basket_id, household_id and
    instant, and a column for each model fact; missing facts are NaN.
    """

    table: pl.DataFrame
    dropped: tuple[Dropped, ...]

    def of(self, period: str) -> pl.DataFrame:
        """The units of one period."""
        return self.table.filter(pl.col("period") == period)


def build_units(past: Past, recipe: Recipe) -> Units:
    """The units of the recipe's three periods, each with the facts as of its own instant."""
    first, last = recipe.instant(recipe.split.train_from), recipe.instant(recipe.split.test_until)
    within = pl.col("instant").is_between(first, last, closed="left")
    baskets = past.baskets.filter(within)
    table = pl.concat(
        _small(_with_facts(past, chunk, recipe)) for chunk in _sampled(past, baskets, recipe)
    )
    return _without_unknowable(table, recipe)


def _small(units: pl.DataFrame) -> pl.DataFrame:
    """*units* in a third of the memory: there are millions.

    Facts are whole numbers far below 2**24, so single precision holds them exactly.
    """
    return units.with_columns(
        pl.col(pl.Float64).cast(pl.Float32),
        pl.col(pl.String).cast(pl.Categorical),
        pl.col(r"^(time|rest)\..*$", "depth_lines").cast(pl.Int32),
    )


def _sampled(past: Past, baskets: pl.DataFrame, recipe: Recipe) -> Iterator[pl.DataFrame]:
    """Sampled pairs of a basket and a category of its shopper's repertoire, by chunk."""
    # Whatever the household ever buys; the repertoire of each instant is a part of it.
    ever = past.purchases.select("household_id", "category_index", "category", "department").unique(
        maintain_order=True
    )
    for start in range(0, baskets.height, _CHUNK):
        pairs = baskets.slice(start, _CHUNK).join(
            ever, on="household_id", maintain_order="left_right"
        )
        basket, household, category, instant = integers(
            pairs, "basket_id", "household_id", "category_index", "instant"
        )
        kept = hashed_share(basket, category, seed=recipe.seed) < recipe.data.unit_share_bp
        kept &= past.bought_before(household, category, instant)
        yield pairs.filter(pl.Series(kept))


def _with_facts(past: Past, pairs: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """*pairs* with outcome, period and every fact the model is shown."""
    household, category, instant, week = integers(
        pairs, "household_id", "category_index", "instant", "week"
    )
    depth, depth_lines = past.depth(household, category, week, instant)
    facts = {
        **past.shopper_facts(household, instant),
        **past.category_facts(household, category, instant),
        DEPTH_FACT: depth,
        "depth_lines": depth_lines,
        "period": _periods(instant, recipe),
    }
    own = past.purchases.select(
        "basket_id",
        "category_index",
        pl.col("lines").alias("own_lines"),
        pl.col("list_value").alias("own_value"),
    )
    return (
        pairs.with_columns(pl.Series(name, column) for name, column in facts.items())
        .join(own, on=["basket_id", "category_index"], how="left", maintain_order="left")
        .select(
            *("basket_id", "household_id", "instant", "period", "depth_lines"),
            pl.col("own_lines").is_not_null().cast(pl.Int8).alias("bought"),
            pl.col("category").alias("line.category"),
            pl.col("department").alias("line.department"),
            pl.col("weekday").alias("time.weekday"),
            pl.col("hour").alias("time.hour"),
            (pl.col("lines") - pl.col("own_lines").fill_null(0)).alias("rest.lines"),
            (pl.col("list_value") - pl.col("own_value").fill_null(0)).alias("rest.list_total"),
            pl.col(r"^(shopper|offer)\..*$"),
            pl.col(r"^line\.category_.*$"),
        )
    )


def _periods(instant: Ints, recipe: Recipe) -> npt.NDArray[np.str_]:
    """The name of the period each *instant* falls in."""
    bounds = [recipe.instant(recipe.split.validation_from), recipe.instant(recipe.split.test_from)]
    return np.array(PERIODS)[np.searchsorted(bounds, instant, side="right")]


def _without_unknowable(table: pl.DataFrame, recipe: Recipe) -> Units:
    """Leave out units that could not be decided on, and count them."""
    steps = (
        # Such a basket exists only because the category was bought: its outcome is known.
        ("nothing else in the basket", pl.col("rest.lines") == 0),
        (
            f"depth seen on fewer than {recipe.data.depth_min_lines} lines of other households",
            pl.col("depth_lines") < recipe.data.depth_min_lines,
        ),
    )
    dropped = []
    for why, drop in steps:
        kept = table.filter(~drop)
        dropped.append(Dropped(why, table.height - kept.height))
        table = kept
    return Units(table.drop("depth_lines"), tuple(dropped))


def vocabularies(train: pl.DataFrame, min_units: int) -> dict[str, dict[str, int]]:
    """Ids from 1 on for the categories and departments with enough training units, by name."""
    tables = {}
    for fact in ("line.category", "line.department"):
        counts = train.group_by(fact).len().filter(pl.col("len") >= min_units)
        listed = sorted(counts[fact].cast(pl.String))
        tables[fact] = {name: i for i, name in enumerate(listed, start=1)}
    return tables
