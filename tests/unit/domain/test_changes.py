"""Changes of a request: how large they are, whose they are, and what they make of a basket."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from sconto.app.moment import moment_on
from sconto.domain.changes import Change, Changer, Hand, Kind, Situation, like_line, measure
from sconto.domain.context import Moment
from support import builders

FEW_MORE = Change(Kind.PIECES, "l1", 2, 3)


def _at(day: date, hour: int) -> Moment:
    return moment_on(day, hour, "America/Chicago")


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (Change(Kind.SHOPPER, "shopper.baskets", 6, 8), Fraction(1, 4)),
        (Change(Kind.SHOPPER, "shopper.baskets", None, 8), Fraction(1)),
        (Change(Kind.CONSENT, "consent.mail", False, True), Fraction(1)),
        (Change(Kind.SPEND, "l1", 0, 250, 750), Fraction(1, 4)),
        (Change(Kind.BUDGET, "b/all/total", 600, 500, 1000), Fraction(1, 10)),
        (Change(Kind.DAY, "context.day", 20261231, 20270101), Fraction(1, 365)),
        (Change(Kind.HOUR, "context.hour", 9, 15), Fraction(1, 4)),
    ],
)
def test_a_step_is_relative_to_what_it_changes(change: Change, step: Fraction) -> None:
    """Numbers by the larger of the two, amounts and budgets by the whole, time by year and day."""
    assert step == change.step


def test_one_fact_is_nearer_than_two() -> None:
    """However small the two are."""
    much = Change(Kind.CONSENT, "consent.mail", False, True)
    little = Change(Kind.SPEND, "l1", 0, 1, 10_000)

    assert measure((much,)) < measure((little, FEW_MORE))


def test_a_day_that_is_over_is_in_nobodys_hand() -> None:
    """A later day is the shopper's, an earlier one nobody's."""
    assert Hand.SHOPPER is Change(Kind.DAY, "context.day", 20261123, 20261124).hand
    assert Hand.NOBODY is Change(Kind.DAY, "context.day", 20261123, 20261122).hand
    assert Hand.SHOP is Change(Kind.BUDGET, "b/all/total", 5, 0, 10).hand


def test_an_amount_more_keeps_the_margin() -> None:
    """Cost and prices that are facts go in proportion, rounded up; other facts stay."""
    line = builders.line(list_price=999, unit_cost=600, facts={"line.volume_ml": 7, "line.fee": 3})
    more = like_line(line, 500, frozenset({"line.fee"}))

    assert (1, 500, 301) == (more.quantity, more.list_price, more.unit_cost)
    assert {"line.volume_ml": 7, "line.fee": 2} == more.facts


def test_a_changed_basket_keeps_its_order() -> None:
    """Lines that come in stand where their id belongs; a line without pieces is gone."""
    start = Situation(builders.context(builders.line("l1"), builders.line("l2")), {})
    changer = Changer(_at)
    more = changer.apply((Change(Kind.LINES, "l1", 2, 4),), start)
    less = changer.apply((Change(Kind.PIECES, "l1", 1, 0),), start)

    assert ["l1", "l1+", "l1++", "l2"] == [line.line_id for line in more.context.lines]
    assert ["l2"] == [line.line_id for line in less.context.lines]


def test_another_day_is_read_at_the_place_of_the_sale() -> None:
    """The hour stays, the weekday follows."""
    start = Situation(builders.context(), {})
    there = Changer(_at).apply((Change(Kind.DAY, "context.day", 20261123, 20261206),), start)
    moment = there.context.moment

    assert (date(2026, 12, 6), 6, 12) == (moment.local_date, moment.weekday, moment.hour)
