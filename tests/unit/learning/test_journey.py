"""Cleaning Complete Journey."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from sconto.learning.dropped import Dropped
from sconto.learning.hashing import hashed_share
from sconto.learning.journey import clean, keep_share
from unit.learning.journeys import recipe


def raw(*changes: dict[str, Any]) -> pl.DataFrame:
    """Source lines: a plain one, changed as each of *changes* says."""
    plain = {
        "household_id": 1,
        "basket_id": 10,
        "product_id": 100,
        "quantity": 2,
        "sales_value": 2.3,
        "retail_disc": 0.5,
        "coupon_disc": 0.75,
        "coupon_match_disc": 0.2,
        "week": 27,
        # 02:30 UTC on a Tuesday is 22:30 on Monday in New York's summer.
        "transaction_timestamp": datetime(2017, 7, 4, 2, 30),  # noqa: DTZ001 the source has no zone
        "department": "GROCERY",
        "product_category": "SOUP",
    }
    return pl.DataFrame([plain | change for change in changes])


def test_a_line_is_put_in_our_words() -> None:
    """Shelf value must add what card and matched coupon took off; calendar facts must be local."""
    line = clean(raw({}), recipe().data).lines.row(0, named=True)

    assert (300, 230) == (line["list_value"], line["paid"])
    assert (0, 22) == (line["weekday"], line["hour"])
    assert 1_499_135_400 == line["instant"]


def test_every_dropped_line_is_counted_under_its_first_reason() -> None:
    """Each step must drop its lines, count them, and leave them out of later counts."""
    journey = clean(
        raw(
            {},
            {"quantity": 0},
            {"sales_value": 0.0, "product_category": None},
            {"product_category": None, "department": None},
            {"department": "FUEL"},
            {"product_category": "COUPON"},
        ),
        recipe().data,
    )

    assert 1 == journey.lines.height
    assert (
        Dropped("no quantity or no value", 2),
        Dropped("product without a category", 1),
        Dropped("department left out by the recipe", 1),
        Dropped("category left out by the recipe", 1),
    ) == journey.dropped


def test_a_category_has_one_department() -> None:
    """A category's lines must all carry the department that most of them come from."""
    journey = clean(raw({}, {}, {"department": "DELI"}), recipe().data)

    assert ["GROCERY"] * 3 == journey.lines["department"].to_list()


def test_a_share_of_households_keeps_them_whole() -> None:
    """Sampling must keep or leave all lines of a household, about as many as asked, by seed."""
    lines = pl.DataFrame({"household_id": np.repeat(np.arange(4_000), 3)})

    kept = keep_share(lines, 2_500, seed=1)
    other = keep_share(lines, 2_500, seed=2)

    assert [3] * kept["household_id"].n_unique() == kept.group_by("household_id").len()[
        "len"
    ].to_list()
    assert 1_000 == pytest.approx(kept["household_id"].n_unique(), rel=0.1)
    assert not kept.equals(other)


def test_the_hash_never_changes() -> None:
    """The sample of a recipe must be the same for ever: the hash is pinned to its value."""
    ids = np.array([0, 1, 2_500], dtype=np.int64)

    assert [3_127, 4_931, 8_552] == hashed_share(ids, ids[::-1], seed=20_170_101).tolist()


def test_facts_for_baskets_needs_no_torch() -> None:
    """A player without torch must be able to import the journey, its facts and its recipe."""
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['sklearn'] = None;"
        "import sconto.learning.facts, sconto.learning.journey, sconto.learning.recipe"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)
