"""What replies add up to, read from real messages."""

from __future__ import annotations

from typing import Any

import pytest

from sconto.demo.expected_gain import depth_of
from sconto.demo.requests import Goods, Visit, money, request_of
from sconto.demo.tally import Sold, Tally, example_rank, line_department, risk_band
from sconto.domain.reasons import ReasonCode, Rung
from sconto.v1.decision_pb2 import (
    Candidate,
    ChoiceGroup,
    Decision,
    Discount,
    Finding,
    LinePrice,
    OfferKind,
)

RULES_ONLY = 2


def request(**facts: Any) -> Any:
    """Two cheeses and a soap."""
    visit = Visit("s1", "store", "US-TN", "USD", agreed=True, facts=facts)
    goods = [
        Goods("p1", "CHEESE", "DAIRY", 2, 10_00, 6_00),
        Goods("p2", "SOAP", "DRUG", 1, 3_00, 1_00),
    ]
    return request_of(visit, goods)


def given() -> Decision:
    """Two discounts, of two lanes, on both lines."""
    return Decision(
        rung=RULES_ONLY,
        reason=int(ReasonCode.CHOSEN),
        discounts=[
            Discount(offer_id="cheese", percent_bp=750, total=money(1_50, "USD")),
            Discount(
                offer_id="basket",
                kind=OfferKind.OFFER_KIND_AMOUNT,
                amount=money(1_00, "USD"),
                total=money(1_00, "USD"),
            ),
        ],
        line_prices=[
            LinePrice(line_id="line-001", discount=money(2_30, "USD")),
            LinePrice(line_id="line-002", discount=money(20, "USD")),
        ],
        reviews=[Finding(rule_id="wi-goods"), Finding(rule_id="wi-goods")],
    )


def none() -> Decision:
    """No discount, for the shopper is held out."""
    return Decision(
        rung=RULES_ONLY,
        reason=int(ReasonCode.HELD_OUT),
        group=ChoiceGroup.CHOICE_GROUP_HOLDOUT,
        line_prices=[LinePrice(line_id="line-001"), LinePrice(line_id="line-002")],
    )


def test_answers_add_up() -> None:
    """Each discount counts by itself, a decision once, each line in its group."""
    tally = Tally(line_department)
    for decision in (given(), given(), none()):
        tally.add(request(), decision, 0.001)

    assert {("cheese", "7.5 %"): 2, ("basket", "1.00 USD"): 2} == tally.given
    assert {("cheese", "7.5 %"): 3_00, ("basket", "1.00 USD"): 2_00} == tally.money
    assert 2 == tally.discounted
    assert {ReasonCode.HELD_OUT: 1} == tally.none_reasons
    assert 1 == tally.held_out
    assert {"wi-goods": 2} == tally.reviewed
    assert {"DAIRY": Sold(6, 60_00, 4_60), "DRUG": Sold(3, 9_00, 40)} == tally.groups
    assert {Rung.RULES_ONLY: 3} == tally.rungs
    assert [0.001] * 3 == tally.seconds


def test_a_rule_speaks_once_in_a_decision() -> None:
    """Rules are counted by decisions, however many candidates and lines they spoke about."""
    finding = Finding(rule_id="floor")
    decision = Decision(
        candidates=[
            Candidate(findings=[finding, finding]),
            Candidate(findings=[finding, Finding(rule_id="cap"), Finding()]),
        ]
    )
    tally = Tally(line_department)
    tally.add_record(decision, {"budgets": {}, "outcome": {"reserved": []}}, [])

    assert {"floor": 1, "cap": 1} == tally.withheld


def test_budgets_stand_where_the_last_look_left_them() -> None:
    """What a decision reserves is added to what it saw; the next look corrects it."""
    tally = Tally(line_department)
    looks = (
        ({"b/all/total": 300, "c/PT/total": 1}, [{"key": "b/all/total", "amount": 50}]),
        ({"c/PT/total": 2}, []),
    )
    for seen, reserved in looks:
        tally.add_record(Decision(), {"budgets": seen, "outcome": {"reserved": reserved}}, [])

    assert {"b/all/total": 350, "c/PT/total": 2} == tally.used


@pytest.mark.parametrize(
    ("discount", "said"),
    [
        (Discount(percent_bp=1000, kind=OfferKind.OFFER_KIND_PERCENT), "10 %"),
        (Discount(amount=money(5_00, "EUR"), kind=OfferKind.OFFER_KIND_AMOUNT), "5.00 EUR"),
        (Discount(amount=money(9_50, "EUR"), kind=OfferKind.OFFER_KIND_BUNDLE), "for 9.50 EUR"),
        (
            Discount(amount=money(50_00, "GBP"), kind=OfferKind.OFFER_KIND_SPEND_TIERS),
            "from 50.00 GBP",
        ),
    ],
)
def test_depths_are_told_in_the_words_of_their_kind(discount: Discount, said: str) -> None:
    """A bundle's depth is its price and a tier's is its spend, not what comes off."""
    assert said == depth_of(discount)


def test_the_decision_shown_in_full_has_much_to_tell_and_few_lines() -> None:
    """Discounts go before kinds of reasons, and of two alike the shorter basket is shown."""
    silent, long = none(), none()
    silent.not_chosen.reasons.extend([20, 21, 22, 21])
    long.not_chosen.reasons.extend([20, 21, 22])
    long.line_prices.add(line_id="line-003")

    assert example_rank(given()) > example_rank(silent) > example_rank(long)
    assert example_rank(silent) > example_rank(none())


def test_a_choice_against_every_offer_shows_more_than_a_holdout() -> None:
    """Without a discount, the decision shown in full is one that weighed the offers."""
    weighed, held_out = none(), none()
    weighed.reason = int(ReasonCode.NOT_WORTH_IT)
    held_out.not_chosen.reasons.extend([20, 21, 22])

    assert example_rank(given()) > example_rank(weighed) > example_rank(held_out)


def test_loans_are_counted_by_risk_band() -> None:
    """The band is the shopper's; who sends none is counted as not known."""
    assert "high" == risk_band(request(risk_band="high"), None)
    assert "not known" == risk_band(request(), None)
