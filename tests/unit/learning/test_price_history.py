"""The shadow price of a budget, from records of what was possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.ruleset import Period, Ruleset
from sconto.learning.allocation.history import price_history
from support import builders
from support.worlds import World

SURE = ((1_000_000, 0),)


def rules() -> Ruleset:
    """One offer of 10 % off that draws on a budget of 3.00 a month."""
    offer = builders.offer("a", 1000, budgets=("campaign",))
    return builders.ruleset(offer, budgets=(builders.budget(limit=300, period=Period.MONTH),))


def record(day: date, odds: tuple[tuple[int, int], ...] | None = SURE) -> Mapping[str, Any]:
    """The record of one piece at 10.00 that costs 6.00, decided on *day*."""
    world = World(rules(), builders.context(day=day), {}, odds)
    return read_record(stored(world.decide(), Provenance("d", "r", 1, {}, {})))


def test_a_budget_for_all_has_no_price() -> None:
    """Two discounts of 1.00 fit into 3.00, so a unit of it need bring nothing."""
    found = price_history([record(date(2026, 11, 3))] * 2, lambda _: rules(), "campaign")

    assert [("campaign/all/2026-11", 2, 0.0)] == [
        (p.key, p.decisions, p.shadow_price) for p in found
    ]
    assert found[0].used == pytest.approx(2 / 3)


def test_a_scarce_budget_is_worth_what_the_last_discount_brings() -> None:
    """Five want 1.00 each for 3.00 of margin: whoever is left out tells what a unit is worth."""
    records = [record(date(2026, 11, 3))] * 5 + [record(date(2026, 12, 3))]
    november, december = price_history(records, lambda _: rules(), "campaign")

    assert 3.0 == pytest.approx(november.shadow_price)
    assert 1.0 == pytest.approx(november.used)
    assert 0.0 == december.shadow_price


def test_decisions_that_say_nothing_are_left_out() -> None:
    """Without a model, without a kept ruleset, or without the budget there is nothing to learn."""
    scored, blind = record(date(2026, 11, 3)), record(date(2026, 11, 3), odds=None)

    assert [] == price_history([blind], lambda _: rules(), "campaign")
    assert [] == price_history([scored], lambda _: None, "campaign")
    assert [] == price_history([scored], lambda _: replace(rules(), budgets={}), "campaign")


def test_a_discount_draws_on_the_budget_when_its_cost_falls_due() -> None:
    """Due in half of all cases, six discounts of 1.00 are expected to use 3.00, not 6.00."""
    half = record(date(2026, 11, 3), odds=((500_000, 0),))
    (six,) = price_history([half] * 6, lambda _: rules(), "campaign")
    (seven,) = price_history([half] * 7, lambda _: rules(), "campaign")

    assert (0.0, 1.0) == (six.shadow_price, pytest.approx(six.used))
    assert 3.0 == pytest.approx(seven.shadow_price)
