"""Facts as of the instant of a checkout."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sconto.learning.facts import Past, facts_for_baskets
from unit.learning.journeys import DAY, START, line, lines


def at(day: float) -> int:
    """Unix seconds, *day* days after the start."""
    return START + int(day * DAY)


def ask(value: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A column of one row."""
    return np.array([value], dtype=np.int64)


def shopper(past: Past, household: int, day: float) -> dict[str, float]:
    """The shopper's facts on *day*."""
    facts = past.shopper_facts(ask(household), ask(at(day)))
    return {name: float(column[0]) for name, column in facts.items()}


def category(past: Past, household: int, name: str, day: float) -> dict[str, float]:
    """The category's facts for a household on *day*."""
    facts = past.category_facts(ask(household), ask(past.categories.index(name)), ask(at(day)))
    return {name: float(column[0]) for name, column in facts.items()}


def depth(past: Past, household: int, name: str, day: float) -> tuple[float, int]:
    """The prevailing depth of a category for a household on *day* of week 2."""
    share, seen = past.depth(
        ask(household), ask(past.categories.index(name)), ask(2 + int(day) // 7), ask(at(day))
    )
    return float(share[0]), int(seen[0])


def test_shopper_facts_are_those_of_the_window() -> None:
    """Counts, spend and share must be of the last 56 days, tenure of all, none of the present."""
    past = Past(
        lines(
            line(1, 0, "SOUP", list_value=9_000, paid=9_000),
            line(1, 30, "SOUP", list_value=1_000, paid=900),
            line(1, 30, "MILK", list_value=1_000, paid=700),
            line(1, 60, "SOUP"),
            line(2, 59, "SOUP"),
        )
    )

    assert {
        "shopper.baskets_56d": 1,
        "shopper.spend_56d": 1_600,
        "shopper.days_since_last_basket": 30,
        "shopper.tenure_days": 60,
        "shopper.discount_share_56d": 2_000,
    } == shopper(past, 1, 60)


def test_a_first_basket_has_no_past() -> None:
    """Before a first basket, counts must be 0 and what needs a past must be missing."""
    facts = shopper(Past(lines(line(1, 3, "SOUP"))), 1, 3)

    assert (0, 0, 0) == (
        facts["shopper.baskets_56d"],
        facts["shopper.spend_56d"],
        facts["shopper.tenure_days"],
    )
    assert math.isnan(facts["shopper.days_since_last_basket"])
    assert math.isnan(facts["shopper.discount_share_56d"])


def test_category_facts_are_those_of_household_and_window() -> None:
    """Only this household's purchases of this category in the last 56 days may count."""
    past = Past(
        lines(
            line(1, 0, "SOUP"),
            line(1, 20, "SOUP", paid=300),
            line(1, 50, "SOUP", paid=200),
            line(1, 55, "MILK"),
            line(2, 55, "SOUP"),
        )
    )

    assert {
        "line.category_baskets_56d": 2,
        "line.category_days_since": 10,
        "line.category_spend_56d": 500,
    } == category(past, 1, "SOUP", 60)
    assert math.isnan(category(past, 1, "SOUP", 107)["line.category_days_since"])


def test_depth_is_what_others_were_given_earlier_in_the_week() -> None:
    """Own lines, other weeks, other categories and later lines must not count towards the depth."""
    past = Past(
        lines(
            line(2, 7, "SOUP", list_value=1_000, paid=900),
            line(3, 8, "SOUP", list_value=1_000, paid=700),
            line(1, 8.5, "SOUP", list_value=1_000, paid=0),
            line(2, 6, "SOUP", list_value=1_000, paid=0),
            line(2, 8, "MILK", list_value=1_000, paid=0),
            line(2, 9.5, "SOUP", list_value=1_000, paid=0),
        )
    )

    assert (2_000, 2) == depth(past, 1, "SOUP", 9)


def test_depth_of_an_unseen_category_is_unknown() -> None:
    """With no earlier purchase by others in the week there must be no depth, not a depth of 0."""
    past = Past(lines(line(1, 7, "SOUP"), line(2, 9, "SOUP")))

    share, seen = depth(past, 1, "SOUP", 8)
    assert math.isnan(share)
    assert 0 == seen


def test_a_leak_planted_at_the_same_instant_is_not_seen() -> None:
    """Purchases at the very instant of the checkout, by anybody, must change no fact of it."""
    before = (line(1, 1, "SOUP"), line(2, 1, "SOUP"))
    planted = (
        line(1, 5, "SOUP", paid=1, basket_id=99_999),
        line(2, 5, "SOUP", paid=1),
    )
    clean, leaky = Past(lines(*before)), Past(lines(*before, *planted))

    assert shopper(clean, 1, 5) == shopper(leaky, 1, 5)
    assert category(clean, 1, "SOUP", 5) == category(leaky, 1, "SOUP", 5)
    assert depth(clean, 1, "SOUP", 5) == depth(leaky, 1, "SOUP", 5)


LINES = st.lists(
    st.builds(
        line,
        st.integers(1, 3),
        st.integers(0, 80),
        st.sampled_from(["MILK", "SOUP"]),
        paid=st.integers(1, 500),
    ),
    min_size=1,
    max_size=15,
)


@given(LINES, LINES, st.integers(1, 80))
@settings(deadline=None, max_examples=50)
def test_the_future_changes_no_basket_before_it(
    known: list[dict[str, Any]], planted: list[dict[str, Any]], now: int
) -> None:
    """Whatever is bought from an instant on, every basket before it must keep all its facts."""
    past = [row for row in known if row["instant"] < at(now)] or [line(1, 0, "SOUP")]
    future = [row for row in planted if row["instant"] >= at(now)]

    without = facts_for_baskets(lines(*past), 0, at(now))
    with_future = facts_for_baskets(lines(*past, *future), 0, at(now))

    assert_frame_equal(without.baskets, with_future.baskets)
    assert_frame_equal(without.lines, with_future.lines)


def test_baskets_are_given_as_a_checkout_sends_them() -> None:
    """Every line must keep its own figures and carry its category's facts, missing ones as null."""
    journey = lines(
        line(1, 1, "SOUP", paid=300),
        line(1, 4, "SOUP", quantity=2, paid=800),
        line(1, 4, "MILK", product_id=2),
        line(1, 9, "MILK"),
    )

    given_facts = facts_for_baskets(journey, at(4), at(9))

    assert [(1, at(4), 4, 7, 1, 300, 3, 3, 4_000)] == given_facts.baskets.drop("basket_id").select(
        *("household_id", "instant", "time.weekday", "time.hour", "shopper.baskets_56d"),
        *("shopper.spend_56d", "shopper.days_since_last_basket", "shopper.tenure_days"),
        "shopper.discount_share_56d",
    ).rows()
    assert [("SOUP", 2, 800, 1, 3, 300), ("MILK", 1, 400, 0, None, 0)] == given_facts.lines.select(
        *("category", "quantity", "paid", "line.category_baskets_56d", "line.category_days_since"),
        "line.category_spend_56d",
    ).rows()
    assert {pl.Int64} == set(
        given_facts.lines.select(pl.col(r"^line\..*$")).dtypes + given_facts.baskets.dtypes
    )


@pytest.mark.parametrize("name", ["baskets", "lines"])
def test_no_basket_outside_the_period_is_given(name: str) -> None:
    """The period is half-open: its first instant belongs to it, its last does not."""
    journey = lines(line(1, 1, "SOUP"), line(1, 4, "SOUP"), line(1, 9, "SOUP"))

    assert 1 == getattr(facts_for_baskets(journey, at(4), at(9)), name).height
