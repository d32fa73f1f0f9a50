"""The nearest change, where an offer counts pieces: pieces at their price, not a cent's worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sconto.domain.changes import Change, Kind, Situation, day_number
from sconto.domain.condition import Comparison, Op
from sconto.domain.counterfactual import flips
from support import builders
from support.flipping import world_of
from support.offers import buy_get, of


def test_a_set_is_reached_by_whole_pieces_only() -> None:
    """Of a third tee one cent's worth would have been told."""
    ruleset = builders.ruleset(buy_get(2, 1, scope=of("TEES")))
    tees = builders.line("tee", category="TEES", quantity=2, list_price=2000, unit_cost=500)
    situation = Situation(builders.context(builders.line(), tees), {})
    world = world_of(ruleset, situation.context)

    told = list(flips(world, situation, world.decide(situation)))

    assert told
    assert {(Change(Kind.PIECES, "tee", 2, 3),)} == {flip.changes for flip in told}


@pytest.mark.parametrize(
    ("month", "nearest"),
    [
        (12, date(2026, 12, 1)),
        (2, date(2027, 2, 1)),
        (9, date(2026, 9, 30)),
        (6, date(2026, 6, 30)),
    ],
)
def test_a_month_is_reached_at_its_nearest_day(month: int, nearest: date) -> None:
    """On its first day or, where it is nearer before the sale, on its last."""
    only_then = builders.eligibility("month", deny_when=Comparison("context.month", Op.NE, month))
    ruleset = builders.ruleset(eligibility=[only_then])
    situation = Situation(builders.context(), {})
    world = world_of(ruleset, situation.context)

    told = list(flips(world, situation, world.decide(situation)))

    assert {((Kind.DAY, day_number(nearest)),)} == {
        tuple((c.kind, c.after) for c in flip.changes or ()) for flip in told
    }


@pytest.mark.parametrize("day", [date.min, date(1, 2, 3), date(9999, 11, 30), date.max])
def test_months_end_with_the_calendar(day: date) -> None:
    """No day beyond it is tried."""
    ruleset = builders.ruleset(
        eligibility=[builders.eligibility("month", deny_when=Comparison("context.month", Op.EQ, 5))]
    )
    moment = replace(builders.context().moment, local_date=day)
    situation = Situation(replace(builders.context(), moment=moment), {})
    facts = world_of(ruleset, situation.context).alternatives.of_facts(situation, ruleset.offers)

    assert any(change.kind is Kind.DAY for change in facts)
