"""Goods that earn nothing: they count towards no offer that must be earned, and get nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sconto.app.backtest.unchanged import _changed_scopes
from sconto.domain.candidate import Candidate, Stack
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext, Line
from sconto.domain.final_check import violations_of
from sconto.domain.findings import Clause, Finding
from sconto.domain.offer import BundleItem, BuyGet, Off, Offer, OfferKind
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EarnsNothing, Law, Ruleset
from sconto.domain.scope import EVERYTHING, Scope
from sconto.domain.shortlist import shortlist
from sconto.domain.validity import Validity
from sconto.domain.wording import Wording
from sconto.rulebook.judge.fallback import reference_judges
from support import builders

BEER = Scope(categories=frozenset({"BEER"}))
BAGS = Scope(categories=frozenset({"BAGS"}))
SHIPPING = Scope(categories=frozenset({"SHIPPING"}))
GOODS = Scope(exclude_categories=frozenset({"SHIPPING", "BAGS"}))
STRONG = Comparison("line.volume_ml", Op.GE, 500)
RULE = EarnsNothing("no-beer", "Beer does not count.", BEER, frozenset({"US-WI"}), builders.ALWAYS)

SPEND = builders.offer("spend", 500, kind=OfferKind.AMOUNT, scope=GOODS, minimum_spend=3000)
TIER = replace(
    builders.offer("tier", 3000, kind=OfferKind.SPEND_TIERS, scope=GOODS),
    tiers={3000: Off(amount=500)},
)
FREE = replace(
    builders.offer("free", 10_000, kind=OfferKind.FREE_SHIPPING, scope=GOODS), shipping=SHIPPING
)
GIFT = replace(
    builders.offer("gift", 10_000, kind=OfferKind.BUY_X_GET_Y, scope=GOODS),
    buy_get=BuyGet(1, 1, BAGS),
)
SET = replace(builders.offer("set", 2000, kind=OfferKind.BUNDLE), bundle=(BundleItem(GOODS, 3),))


def _beer(quantity: int = 1) -> Line:
    return builders.line("beer", category="BEER", quantity=quantity)


def _basket(*lines: Line) -> DecisionContext:
    bag = builders.line("bag", category="BAGS", list_price=100)
    parcel = builders.line("parcel", category="SHIPPING", list_price=400)
    return builders.context(*lines, bag, parcel)


def _rules(offer: Offer, *rules: EarnsNothing) -> Ruleset:
    return builders.ruleset(offer, earn_nothing=rules)


def _priced(offer: Offer, context: DecisionContext, *rules: EarnsNothing) -> Candidate:
    (candidate,) = candidates_for(context, _rules(offer, *rules))
    return candidate


@pytest.mark.parametrize("offer", [SPEND, TIER, FREE, GIFT, SET], ids=lambda offer: offer.id)
def test_goods_that_earn_nothing_earn_no_offer(offer: Offer) -> None:
    """What three beers would earn is not given, and the last check refuses it by itself."""
    context = _basket(_beer(3))
    ruleset = _rules(offer, RULE)
    earned = _priced(offer, context)
    (assessed,) = shortlist(context, ruleset, reference_judges(ruleset)).assessed

    assert earned.unpriced is None
    assert _priced(offer, context, RULE).unpriced is not None
    assert [("no-beer", "beer")] == [(f.rule_id, f.line_id) for f in assessed.findings]
    assert violations_of(Stack((earned,)), context, _rules(offer)) == ()
    assert any("earn" in broken for broken in violations_of(Stack((earned,)), context, ruleset))


@pytest.mark.parametrize("offer", [SPEND, TIER, FREE, GIFT, SET], ids=lambda offer: offer.id)
def test_other_goods_earn_it_as_if_they_were_not_there(offer: Offer) -> None:
    """Three cheeses get what they get without beer in the basket; nothing comes off the beer."""
    cheese = builders.line("cheese", quantity=3)
    with_beer, without = _basket(_beer(), cheese), _basket(cheese)
    found, expected = _priced(offer, with_beer, RULE), _priced(offer, without)

    assert found.discount == expected.discount > 0
    assert 0 not in found.lines
    assert violations_of(Stack((found,)), with_beer, _rules(offer, RULE)) == ()


@pytest.mark.parametrize("missing", [1, 2])
def test_they_make_up_nothing_of_what_is_missing(missing: int) -> None:
    """Beer does not fill up cheese to the spend, whoever carries the discount."""
    context = _basket(_beer(missing), builders.line("cheese", quantity=3 - missing))
    on_cheese = builders.sharing(_priced(SPEND, context), (1, 500))

    assert ReasonCode.BELOW_MINIMUM_SPEND is _priced(SPEND, context, RULE).unpriced
    assert ("`spend:500` would be earned by goods that earn nothing",) == violations_of(
        Stack((on_cheese,)), context, _rules(SPEND, RULE)
    )


def test_what_need_not_be_earned_stays_as_it_is() -> None:
    """A plain percentage is left to floors and bans."""
    offer = builders.offer(scope=EVERYTHING)
    context = _basket(_beer())

    assert _priced(offer, context) == _priced(offer, context, RULE)
    assert violations_of(Stack((_priced(offer, context),)), context, _rules(offer, RULE)) == ()


@pytest.mark.parametrize(
    "rule",
    [
        replace(RULE, jurisdictions=frozenset({"US-TN"})),
        replace(RULE, validity=Validity(date(2020, 1, 1), builders.DAY)),
        replace(RULE, scope=Scope(categories=frozenset({"WINE"}))),
    ],
)
def test_elsewhere_later_and_for_other_goods_they_count(rule: EarnsNothing) -> None:
    """A law speaks in its places, on its days and about its goods."""
    context = _basket(_beer(3))

    assert _priced(SPEND, context) == _priced(SPEND, context, rule)
    given = Stack((_priced(SPEND, context),))
    assert violations_of(given, context, _rules(SPEND, rule)) == ()


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"line.volume_ml": 499}, ()),
        (
            {"line.volume_ml": 500},
            (Finding(ReasonCode.BELOW_MINIMUM_SPEND, "no-beer", (), "beer"),),
        ),
        (
            {},
            (
                Finding(
                    ReasonCode.FACT_MISSING,
                    "no-beer",
                    (Clause("line.volume_ml", "known", True, None),),
                    "beer",
                ),
            ),
        ),
    ],
)
def test_a_line_of_which_it_is_not_known_earns_nothing(
    facts: dict[str, int], found: tuple[Finding, ...]
) -> None:
    """Then the missing fact is named; a line that the rule is not about counts."""
    beer = builders.line("beer", category="BEER", list_price=1500, facts=facts)
    context = _basket(beer, builders.line("cheese", quantity=2))
    ruleset = _rules(SPEND, replace(RULE, line_when=STRONG))
    (assessed,) = shortlist(context, ruleset, reference_judges(ruleset)).assessed

    assert found == assessed.findings


def test_the_law_is_named_with_its_sentence() -> None:
    """Whoever asks why beer did not count is told where to read it."""
    act = Law("Act of 2018, s. 23", "https://example.org", builders.DAY)
    ruleset = _rules(SPEND, replace(RULE, law=act))
    context = _basket(_beer(3))
    (assessed,) = shortlist(context, ruleset, reference_judges(ruleset)).assessed

    told = Wording(ruleset, context, {}, {}).finding(assessed.findings[0])
    assert told == 'rule no-beer (Act of 2018, s. 23, line beer): "Beer does not count."'


def test_a_basket_with_such_goods_is_decided_again_when_the_law_changes() -> None:
    """A backtest takes the log's answer only where no rule that differs is about a line."""
    before, after = _rules(SPEND), _rules(SPEND, RULE)

    assert [BEER] == list(_changed_scopes(before, after))
