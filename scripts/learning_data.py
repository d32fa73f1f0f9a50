"""Write the data sets that ship below `models` from the whole sets as published.

python scripts/learning_data.py finance whole.parquet models/finance/data/offers.parquet

Values are those of the source. The README beside each file says which columns are kept, and why.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl


def finance(whole: pl.DataFrame) -> pl.DataFrame:
    """Every offer, without columns that are computed from others or that no recipe reads."""
    return whole.select(
        "risk", "wave", "offer4", "dormancy", "trcount", "lastamount", "lastterm", "itcscore",
        "itczero", "appscore", "applied", "tookup", "loansize", "grossinterest", "branchuse",
        "age", "female",
    )  # fmt: skip


def travel(whole: pl.DataFrame) -> pl.DataFrame:
    """Every booking, with dates in one column each, without columns about origin and family."""
    arrival = pl.format(
        "{} {} {}", "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month"
    ).str.to_date("%Y %B %-d")
    return whole.with_columns(
        (arrival - pl.duration(days=pl.col("lead_time"))).alias("booked_on"),
        arrival.alias("arrives_on"),
        pl.col("reservation_status_date").str.to_date("%-m/%-d/%Y").alias("settled_on"),
    ).select(
        "booked_on", "arrives_on", "settled_on", "hotel", "lead_time", "stays_in_weekend_nights",
        "stays_in_week_nights", "adults", "meal", "market_segment", "distribution_channel",
        "is_repeated_guest", "previous_cancellations", "previous_bookings_not_canceled",
        "reserved_room_type", "assigned_room_type", "booking_changes", "deposit_type", "agent",
        "days_in_waiting_list", "customer_type", "adr", "required_car_parking_spaces",
        "total_of_special_requests", "is_canceled", "reservation_status",
    )  # fmt: skip


def ecommerce(whole: pl.DataFrame) -> pl.DataFrame:
    """Every session, without places, machines, and what is counted from the purchase."""
    return whole.drop("PageValues", "OperatingSystems", "Browser", "Region")


CUTS: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "finance": finance,
    "travel": travel,
    "ecommerce": ecommerce,
}


def main() -> None:
    """Read the whole data set, write the columns that are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("industry", choices=sorted(CUTS))
    parser.add_argument("whole", type=Path, help="the whole data set, as Parquet")
    parser.add_argument("kept", type=Path, help="the Parquet file to write")
    asked = parser.parse_args()
    kept = CUTS[asked.industry](pl.read_parquet(asked.whole))
    kept.write_parquet(asked.kept, compression="zstd", compression_level=19, statistics=False)


if __name__ == "__main__":
    main()
