"""Cut the data samples of `samples/` out of the rows that the models' recipes hold back.

python scripts/sample_data.py travel samples/travel/bookings.csv

A row has its number in the source, what `sconto play` makes its basket of, and the features of the
recipe, as the recipe computes them. The README of each sample says which rows are kept, and why.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from sconto.learning.data.features import features
from sconto.learning.data.raw_rows import raw_rows
from sconto.learning.data.recipe import read_data_recipe
from sconto.learning.data.split import split
from sconto.learning.data.tables import read_tables

MODELS: Final = Path(__file__).parents[1] / "models"

BOOKING_DAYS: Final = (17_196, 17_197)
"""30 and 31 January 2017, as days since 1970."""
SECONDS_PER_DAY: Final = 86_400
WAVE: Final = "3"
LETTER_EVERY: Final = 14
LONGEST_TERM: Final = 12
MONTH: Final = "Nov"
PLACES: Final = 6

Cut = tuple[tuple[str, ...], Callable[[pl.DataFrame], pl.DataFrame]]


def travel(held_back: pl.DataFrame) -> pl.DataFrame:
    """Bookings made on two days, in the order of the source."""
    day = pl.col("booked_on") // SECONDS_PER_DAY
    return held_back.filter(day.is_in(BOOKING_DAYS), pl.col("adults") > 0)


def finance(held_back: pl.DataFrame) -> pl.DataFrame:
    """Of the last wave of letters every fourteenth, and all whose last loan ran for a year."""
    sent = held_back.filter(pl.col("wave") == WAVE).with_row_index("letter")
    return sent.filter(
        (pl.col("letter") % LETTER_EVERY == 0) | (pl.col("lastterm") == LONGEST_TERM)
    )


def ecommerce(held_back: pl.DataFrame) -> pl.DataFrame:
    """The sessions of November in which product pages were seen."""
    return held_back.filter(pl.col("Month") == MONTH, pl.col("ProductRelated") > 0)


CUTS: Final[dict[str, Cut]] = {
    "travel": (("required_car_parking_spaces",), travel),
    "finance": ((), finance),
    "ecommerce": ((), ecommerce),
}
"""By industry: the columns that no feature stands for, and which rows are kept."""


def held_back(industry: str) -> tuple[pl.DataFrame, list[str]]:
    """The test rows of an industry's recipe with their features, and the names of these.

    `row` is the number of each in the source.
    """
    recipe = read_data_recipe(MODELS / industry / "recipe.yaml")
    tables = read_tables(recipe, None).frames
    table = recipe.doc.rows.table
    numbered = {**tables, table: tables[table].with_row_index("row")}
    rows = raw_rows(recipe, numbered)
    seen = features(recipe, rows.frame, rows.moment, numbered)
    masks, _ = split(recipe.doc.split, rows.moment, rows.settled, rows.unit, recipe.doc.seed)
    found = {column.name: column for column in (*seen.numbers, *seen.categories)}
    test = rows.frame.with_columns(**found).filter(pl.Series(masks["test"]))
    return test, list(found)


def _written(column: pl.Series) -> pl.Series:
    """Numbers with as many decimals as they need, at most six."""
    if column.dtype != pl.Float64:
        return column.cast(pl.String)
    texts = [None if x is None else f"{x:.{PLACES}f}".rstrip("0").rstrip(".") for x in column]
    return pl.Series(column.name, texts, dtype=pl.String)


def main() -> None:
    """Carry the recipe out, write the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("industry", choices=sorted(CUTS))
    parser.add_argument("sample", type=Path, help="the CSV file to write")
    asked = parser.parse_args()
    others, cut = CUTS[asked.industry]
    rows, names = held_back(asked.industry)
    kept = cut(rows).select("row", *others, *names)
    asked.sample.parent.mkdir(parents=True, exist_ok=True)
    kept.select(_written(column) for column in kept).write_csv(asked.sample)
    print(f"{asked.sample}: {kept.height} rows")


if __name__ == "__main__":
    main()
