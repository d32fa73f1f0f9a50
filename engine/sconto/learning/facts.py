"""The facts of a checkout as they stood at its instant, from purchases strictly before it.

Used to make training units and, without torch, to turn held-back baskets into requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sconto.learning.history import NEVER, History, Ints

WINDOW_DAYS: Final = 56
DAY_SECONDS: Final = 86_400
BP_ONE: Final = 10_000
_CATEGORY_BITS: Final = 9
_WEEK_BITS: Final = 6

Facts = dict[str, npt.NDArray[np.float64]]
"""A column for each fact name; whole numbers, NaN where the fact is missing."""


class Past:
    """Everything that can be known of shoppers, categories and depths before an instant.

    Households, categories and weeks must fit in 16, 9 and 6 bits; Complete Journey's do.
    """

    def __init__(self, lines: pl.DataFrame) -> None:
        """Index the cleaned *lines* of a journey.

        Afterwards `categories` lists the category names by index, `baskets` has one row per basket
        in order of time, `purchases` one row per basket and category bought in it.
        """
        self.categories: tuple[str, ...] = tuple(sorted(lines["category"].unique()))
        names = pl.DataFrame({"category": self.categories}).with_columns(
            pl.int_range(pl.len(), dtype=pl.Int64).alias("category_index")
        )
        sums = (
            pl.len().cast(pl.Int64).alias("lines"),
            pl.col("list_value").sum(),
            pl.col("paid").sum(),
        )
        basket = ["instant", "basket_id", "household_id", "week", "weekday", "hour"]
        self.baskets = lines.group_by(basket).agg(*sums).sort("instant", "basket_id")
        self.purchases = (
            lines.join(names, on="category")
            .group_by([*basket, "category_index", "category", "department"])
            .agg(*sums)
            .sort("instant", "basket_id", "category_index")
        )
        self._index()

    def _index(self) -> None:
        """Sort the purchases into one history for each kind of question."""
        household, instant, listed, paid = integers(
            self.baskets, "household_id", "instant", "list_value", "paid"
        )
        self._shopper = History(household, instant, list_value=listed, paid=paid)
        household, category, instant, week, lines, listed, paid = integers(
            self.purchases,
            *("household_id", "category_index", "instant", "week", "lines", "list_value", "paid"),
        )
        pair = _pair(household, category)
        self._category = History(pair, instant, paid=paid)
        self._week = History(
            _weekly(category, week), instant, lines=lines, list_value=listed, paid=paid
        )
        self._own_week = History(
            _weekly(pair, week), instant, lines=lines, list_value=listed, paid=paid
        )

    def shopper_facts(self, household: Ints, instant: Ints) -> Facts:
        """The `shopper.*` facts of each household at each *instant* (Unix seconds).

        An instant is that of a basket of the household, so its first basket is never later.
        """
        window = self._shopper.sums(household, instant - WINDOW_DAYS * DAY_SECONDS, instant)
        first, last = self._shopper.first(household), self._shopper.last(household, instant)
        taken_off = window["list_value"] - window["paid"]
        return {
            "shopper.baskets_56d": window["events"].astype(np.float64),
            "shopper.spend_56d": window["paid"].astype(np.float64),
            "shopper.days_since_last_basket": _days(last, instant),
            "shopper.tenure_days": _days(first, instant),
            "shopper.discount_share_56d": _share_bp(taken_off, window["list_value"]),
        }

    def category_facts(self, household: Ints, category: Ints, instant: Ints) -> Facts:
        """The facts `line.category_*` of each household and category index at each *instant*."""
        pair = _pair(household, category)
        since = instant - WINDOW_DAYS * DAY_SECONDS
        window = self._category.sums(pair, since, instant)
        last = self._category.last(pair, instant)
        return {
            "line.category_baskets_56d": window["events"].astype(np.float64),
            "line.category_days_since": _days(np.where(last >= since, last, NEVER), instant),
            "line.category_spend_56d": window["paid"].astype(np.float64),
        }

    def depth(
        self, household: Ints, category: Ints, week: Ints, instant: Ints
    ) -> tuple[npt.NDArray[np.float64], Ints]:
        """The prevailing depth (bp, NaN where unknown) and the number of lines it rests on.

        What other households were given on the category earlier in the same promotion week.
        """
        start = np.zeros_like(instant)
        everyone = self._week.sums(_weekly(category, week), start, instant)
        own = self._own_week.sums(_weekly(_pair(household, category), week), start, instant)
        listed = everyone["list_value"] - own["list_value"]
        taken_off = listed - (everyone["paid"] - own["paid"])
        return _share_bp(taken_off, listed), everyone["lines"] - own["lines"]

    def bought_before(
        self, household: Ints, category: Ints, instant: Ints
    ) -> npt.NDArray[np.bool_]:
        """Whether the category is in the household's repertoire at each *instant*."""
        pair = _pair(household, category)
        since = instant - WINDOW_DAYS * DAY_SECONDS
        return self._category.sums(pair, since, instant)["events"] > 0


@dataclass(frozen=True, slots=True)
class BasketFacts:
    """Baskets as a checkout would send them; missing facts are null, everything else is integer.

    Attributes:
        baskets: One row per basket: basket_id, household_id, instant (Unix seconds), `time.*` and
            `shopper.*` facts.
        lines: One row per basket line: basket_id, product_id, category, department, quantity,
            list_value and paid (minor units of the whole line) and the `line.category_*` facts.
    """

    baskets: pl.DataFrame
    lines: pl.DataFrame


def facts_for_baskets(lines: pl.DataFrame, since: int, until: int) -> BasketFacts:
    """The baskets of since <= instant < until (Unix seconds) among a journey's cleaned *lines*.

    Each fact holds at the instant of its basket and knows nothing of that instant or later.
    """
    past = Past(lines)
    within = pl.col("instant").is_between(since, until, closed="left")
    baskets = past.baskets.filter(within)
    household, instant = integers(baskets, "household_id", "instant")
    asked = past.purchases.filter(within)
    of_category = past.category_facts(*integers(asked, "household_id", "category_index", "instant"))
    known = asked.select("basket_id", "category").with_columns(_nullable(of_category))
    return BasketFacts(
        baskets.select(
            *("basket_id", "household_id", "instant"),
            pl.col("weekday").alias("time.weekday"),
            pl.col("hour").alias("time.hour"),
        ).with_columns(_nullable(past.shopper_facts(household, instant))),
        lines.filter(within)
        .select(
            *("basket_id", "product_id", "category", "department"),
            *("quantity", "list_value", "paid"),
        )
        .join(known, on=["basket_id", "category"], maintain_order="left"),
    )


def integers(frame: pl.DataFrame, *names: str) -> list[Ints]:
    """The named columns of *frame* as int64 arrays."""
    return [frame[name].cast(pl.Int64).to_numpy() for name in names]


def _nullable(facts: Facts) -> list[pl.Series]:
    """Integer columns with null for NaN."""
    return [pl.Series(k, v).fill_nan(None).cast(pl.Int64) for k, v in facts.items()]


def _pair(household: Ints, category: Ints) -> Ints:
    """One group for each household and category."""
    return (household << _CATEGORY_BITS) | category


def _weekly(group: Ints, week: Ints) -> Ints:
    """One group for each *group* and promotion week."""
    return (group << _WEEK_BITS) | week


def _days(earlier: Ints, instant: Ints) -> npt.NDArray[np.float64]:
    """Whole days from *earlier* to *instant*; NaN where there was no earlier event."""
    return np.where(earlier == NEVER, np.nan, (instant - earlier) // DAY_SECONDS)


def _share_bp(part: Ints, whole: Ints) -> npt.NDArray[np.float64]:
    """Part of *whole* in basis points, rounded down; NaN where there is no whole."""
    return np.where(whole > 0, part * BP_ONE // np.maximum(whole, 1), np.nan)
