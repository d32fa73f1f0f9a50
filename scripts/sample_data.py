"""Cut the data samples of `samples/` out of the whole data sets.

python scripts/sample_data.py travel bookings.parquet samples/travel/bookings.csv

The README of each sample says which rows and columns are kept, and why the others are not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

BOOKING_DAYS: Final = ("2017-01-30", "2017-01-31")
WAVE: Final = 3
APPLICATION_EVERY: Final = 4
MONTH: Final = "Nov"
SESSION_EVERY: Final = 5


def travel(whole: pl.DataFrame) -> pl.DataFrame:
    """Bookings made on two days, in the order of the source."""
    arrival = pl.format(
        "{} {} {}", "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month"
    ).str.to_date("%Y %B %-d")
    dated = whole.with_row_index("row").with_columns(
        (arrival - pl.duration(days=pl.col("lead_time"))).alias("booked_on"),
        (pl.col("stays_in_weekend_nights") + pl.col("stays_in_week_nights")).alias("nights"),
    )
    kept = dated.filter(
        pl.col("booked_on").cast(pl.String).is_in(BOOKING_DAYS),
        pl.col("adr") > 0,
        pl.col("nights") > 0,
        pl.col("adults") > 0,
    )
    return kept.select(
        "row", "booked_on", "hotel", "lead_time", "nights", "adults", "meal",
        "distribution_channel", "deposit_type", "reserved_room_type", "adr",
        "is_repeated_guest", "previous_cancellations", "previous_bookings_not_canceled",
        "required_car_parking_spaces",
    )  # fmt: skip


def finance(whole: pl.DataFrame) -> pl.DataFrame:
    """Every fourth application of the last wave of letters."""
    applied = whole.with_row_index("row").filter(pl.col("wave") == WAVE, pl.col("applied") == 1)
    kept = applied.gather_every(APPLICATION_EVERY).with_columns(
        pl.col("term").cast(pl.Int64), pl.col("trcount").cast(pl.Int64)
    )
    return kept.select(
        "row", "risk", "dormancy", "trcount", "lastamount", "lastterm", "loansize", "term"
    )


def ecommerce(whole: pl.DataFrame) -> pl.DataFrame:
    """Every fifth session of November in which product pages were seen."""
    browsed = whole.with_row_index("row").filter(
        pl.col("Month") == MONTH, pl.col("ProductRelated") > 0
    )
    return browsed.gather_every(SESSION_EVERY).select(
        "row", "Administrative", "ProductRelated", "ProductRelated_Duration", "VisitorType",
        "Weekend",
    )  # fmt: skip


CUTS: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "travel": travel,
    "finance": finance,
    "ecommerce": ecommerce,
}


def main() -> None:
    """Read the whole data set, write the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("industry", choices=sorted(CUTS))
    parser.add_argument("whole", type=Path, help="the whole data set, as Parquet or CSV")
    parser.add_argument("sample", type=Path, help="the CSV file to write")
    asked = parser.parse_args()
    read = pl.read_parquet if asked.whole.suffix == ".parquet" else pl.read_csv
    sample = CUTS[asked.industry](read(asked.whole))
    asked.sample.parent.mkdir(parents=True, exist_ok=True)
    sample.write_csv(asked.sample, float_precision=2)
    print(f"{asked.sample}: {sample.height} rows")


if __name__ == "__main__":
    main()
