"""Small journeys for tests, in the source's own words and in ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from sconto.learning.recipe import Recipe

START = int(datetime(2017, 1, 2, 12, tzinfo=UTC).timestamp())
DAY = 86_400

RECIPE: dict[str, Any] = {
    "name": "tiny",
    "version": "v1",
    "seed": 7,
    "data": {
        "timezone": "America/New_York",
        "excluded_departments": ["FUEL"],
        "excluded_categories": ["COUPON"],
        "household_share_bp": 10_000,
        "unit_share_bp": 10_000,
        "depth_min_lines": 1,
        "min_category_units": 1,
    },
    "split": {
        "train_from": datetime(2017, 1, 3, tzinfo=UTC).date(),
        "validation_from": datetime(2017, 2, 1, tzinfo=UTC).date(),
        "test_from": datetime(2017, 3, 1, tzinfo=UTC).date(),
        "test_until": datetime(2017, 4, 1, tzinfo=UTC).date(),
    },
    "net": {"hidden": 8, "category_width": 3, "department_width": 2, "knots_bp": [0, 500, 2_000]},
    "training": {
        "batch_size": 64,
        "max_epochs": 3,
        "patience": 2,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
    },
    "unit_cost_share": {"GROCERY": "0.72"},
    "unit_cost_share_exceptions": {"BEERS/ALES": "0.82"},
}


def recipe(**data: Any) -> Recipe:
    """The tiny recipe, with *data* changed in its part about data."""
    return Recipe.model_validate(RECIPE | {"data": RECIPE["data"] | data})


def line(household: int, day: float, category: str, **changed: Any) -> dict[str, Any]:
    """One cleaned line, *day* days after `START`; its basket is its household's of that day."""
    instant = START + int(day * DAY)
    return {
        "household_id": household,
        "basket_id": household * 1_000 + int(day * 10),
        "product_id": 1,
        "quantity": 1,
        "category": category,
        "department": "GROCERY",
        "instant": instant,
        "week": 2 + int(day) // 7,
        "weekday": int(day) % 7,
        "hour": 7,
        "list_value": 500,
        "paid": 400,
    } | changed


def lines(*rows: dict[str, Any]) -> pl.DataFrame:
    """Cleaned lines in the order in which `journey.clean` leaves them."""
    return pl.DataFrame(list(rows)).sort("instant", "basket_id", "product_id", "list_value")
