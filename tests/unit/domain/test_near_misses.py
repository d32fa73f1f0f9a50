"""What could be had: the smallest change for each thing that withholds, and silence on others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from types import FrameType

import pytest

from sconto.domain.changes import Change, Kind
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext, Line
from sconto.domain.decision import Decision, decide_from_context
from sconto.domain.experiment import Experiment
from sconto.domain.lane import MAIN, WithoutScores
from sconto.domain.near_misses import MOST_DECIDED, MOST_TOLD, NearMiss, near_misses
from sconto.domain.offer import Off, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Law, Ruleset, Segment
from support import builders, judges
from support.builders import context, eligibility, line, offer
from support.flipping import no_model, world_of
from support.offers import bundle, buy_get, of, tiers

NO_CONSENT = Comparison("consent.mail", Op.NE, True)
LARGEST = (replace(MAIN, without_scores=WithoutScores.LARGEST),)
TWO = (line("l1"), line("l2", category="DRINKS", list_price=250, unit_cost=100))


def told(
    ruleset: Ruleset, about: DecisionContext, view: dict[str, int] | None = None
) -> tuple[NearMiss, ...]:
    """The near misses of a basket, without a model."""
    found, _ = told_after(ruleset, about, view)
    return found


def told_after(
    ruleset: Ruleset, about: DecisionContext, view: dict[str, int] | None = None
) -> tuple[tuple[NearMiss, ...], int]:
    """The near misses, and after how many decisions more."""
    judged_by, decided = judges.reference(ruleset), []

    def again(changed: DecisionContext) -> Decision:
        decided.append(changed)
        return decide_from_context(changed, ruleset, judged_by, no_model, view or {})

    decision = decide_from_context(about, ruleset, judged_by, no_model, view or {})
    return near_misses(decision, again, world_of(ruleset, about).changer), len(decided)


def test_a_minimum_spend_asks_for_what_is_lacking_in_scope() -> None:
    """Of goods like those of the line in scope; 5.00 come off then."""
    cheese = offer("five", 500, kind=OfferKind.AMOUNT, scope=of("CHEESE"), minimum_spend=1250)

    found = told(builders.ruleset(cheese), context(*TWO))

    assert (NearMiss("five", Change(Kind.SPEND, "l1", 0, 250, 1250), 500, 500),) == found


def test_nobody_is_told_to_borrow_more() -> None:
    """Where the basket is credit, only a consent can be near."""
    cheese = offer("five", 500, kind=OfferKind.AMOUNT, scope=of("CHEESE"), minimum_spend=1250)

    assert () == told(replace(builders.ruleset(cheese), industry="finance"), context(*TWO))


def test_the_next_tier_is_near_when_a_lower_one_is_given() -> None:
    """Its discount is what the offer takes off then, in all."""
    ladder = tiers({1000: Off(amount=100), 1500: Off(amount=300), 9000: Off(amount=900)})

    found = told(builders.ruleset(ladder), context())

    assert (NearMiss(ladder.id, Change(Kind.SPEND, "l1", 0, 500, 1000), 300, 300),) == found


def test_a_set_asks_for_one_more_piece_at_its_price() -> None:
    """One more tee, never a cent's worth of one."""
    of_three = buy_get(2, 1, scope=of("TEES"))
    tees = line("tee", category="TEES", quantity=2, list_price=2000, unit_cost=500)

    found = told(builders.ruleset(of_three), context(*TWO, tees))

    assert (NearMiss(of_three.id, Change(Kind.PIECES, "tee", 2, 3), 2000, 2000),) == found


@pytest.mark.parametrize(
    ("lines", "change"),
    [
        # What is bought is there; of the gift one piece more is the cheapest.
        ((line("a", quantity=2), line("b", category="DRINKS")), ("b", 2)),
        ((line("a", quantity=1), line("b", category="DRINKS", quantity=2)), ("a", 2)),
        # Of both kinds something lacks: no one line mends that.
        ((line("a", quantity=1), line("b", category="DRINKS", quantity=1)), None),
    ],
)
def test_a_set_with_a_reward_asks_for_the_side_that_lacks(
    lines: tuple[Line, ...], change: tuple[str, int] | None
) -> None:
    """Two pieces bought and two given."""
    parted = buy_get(2, 2, scope=of("CHEESE"), reward=of("DRINKS"))

    found = [
        (n.change.name, n.change.after) for n in told(builders.ruleset(parted), context(*lines))
    ]

    assert ([change] if change else []) == found


def test_measured_goods_are_asked_for_by_an_amount_and_never_by_pieces() -> None:
    """.482 kg at 10.00 a kilogram are 4.82; nobody buys such a cut once more."""
    cut = line("l1", measured=builders.kilograms(482))
    five = offer("five", 200, kind=OfferKind.AMOUNT, minimum_spend=500)

    assert (NearMiss("five", Change(Kind.SPEND, "l1", 0, 18, 482), 200, 200),) == told(
        builders.ruleset(five), context(cut)
    )
    assert () == told(builders.ruleset(buy_get(2, 1)), context(cut))
    assert () == told(builders.ruleset(five, buy_get(1, 1)), context(cut))


def test_a_bundle_asks_for_the_pieces_that_it_lacks() -> None:
    """Two drinks and a cheese for 12.00; a drink is there."""
    pair = bundle(1200, items={of("CHEESE"): 1, of("DRINKS"): 2})

    found = told(builders.ruleset(pair), context(*TWO))

    assert (NearMiss(pair.id, Change(Kind.PIECES, "l2", 1, 2), 300, 300),) == found


def test_a_spend_is_asked_in_pieces_where_an_offer_counts_them() -> None:
    """A made-up piece would be one of a set's."""
    five = offer("five", 500, kind=OfferKind.AMOUNT, minimum_spend=2500)

    found = told(builders.ruleset(five, buy_get(9, 1)), context(line(list_price=1000)))

    assert [Change(Kind.PIECES, "l1", 1, 3)] == [n.change for n in found]


@pytest.mark.parametrize(
    ("consents", "kinds"), [({}, [Kind.CONSENT]), ({"mail": False}, []), ({"mail": True}, [])]
)
def test_a_consent_is_near_where_nobody_asked(consents: dict[str, bool], kinds: list[Kind]) -> None:
    """Who has refused is not asked again."""
    rules = builders.ruleset(eligibility=[eligibility("mail", NO_CONSENT)])

    assert kinds == [n.change.kind for n in told(rules, context(consents=consents))]


@pytest.mark.parametrize(
    ("denied", "change"),
    [
        (Comparison("basket.list_total", Op.LT, 1300), Change(Kind.SPEND, "l1", 0, 300, 1000)),
        (Comparison("basket.list_total", Op.LE, 1300), Change(Kind.SPEND, "l1", 0, 301, 1000)),
        (Comparison("basket.pieces", Op.LT, 4), Change(Kind.PIECES, "l1", 1, 4)),
        (Comparison("segment.small", Op.EQ, True), Change(Kind.SPEND, "l1", 0, 500, 1000)),
        (Comparison("shopper.tier", Op.NE, "gold"), None),
        (Comparison("basket.list_total", Op.GT, 500), None),
    ],
)
def test_a_rule_about_the_basket_asks_for_what_it_compares(
    denied: Comparison, change: Change | None
) -> None:
    """Through segments too; what only time or the shop can change is not told."""
    small = Segment("small", Comparison("basket.list_total", Op.LT, 1500))
    rules = builders.ruleset(eligibility=[eligibility("rule", denied)], segment_levels=((small,),))

    found = [n.change for n in told(rules, context(shopper={"shopper.tier": "none"}))]

    assert ([change] if change else []) == found


def _lawful() -> Ruleset:
    rule = eligibility("law", Comparison("basket.list_total", Op.LT, 1300))
    return builders.ruleset(eligibility=[replace(rule, law=Law("L", "", date(2026, 1, 1)))])


def _capped() -> Ruleset:
    rule = eligibility("cap", Comparison("basket.list_total", Op.LT, 1300))
    return builders.ruleset(eligibility=[replace(rule, reason=ReasonCode.FREQUENCY_CAP_REACHED)])


FIVE = offer("five", 500, kind=OfferKind.AMOUNT, minimum_spend=1300, budgets=("campaign",))


@pytest.mark.parametrize(
    ("rules", "view"),
    [
        (_lawful(), {}),
        (_capped(), {}),
        (builders.ruleset(FIVE, budgets=[builders.budget()]), {"campaign/all/total": 9_900}),
        (builders.ruleset(offer(), code_sets=[builders.code_set()]), {}),
        (builders.ruleset(offer(scope=of("TEES"), minimum_spend=100)), {}),
        (builders.ruleset(offer(kind=OfferKind.AMOUNT), offer("two", 200)), {}),
    ],
    ids=["law", "frequency cap", "budget", "code", "nothing like it", "given"],
)
def test_nothing_is_told_that_the_shopper_can_not_have(
    rules: Ruleset, view: dict[str, int]
) -> None:
    """A ban, a cap, a spent budget, a code, goods nobody knows, what is given."""
    assert () == told(rules, context(), view)


@pytest.mark.parametrize(("holdout", "exploration"), [(1_000_000, 0), (0, 1_000_000)])
def test_experiments_are_left_alone(holdout: int, exploration: int) -> None:
    """Whose answer is drawn by chance is told nothing, and nothing is tried for them."""
    trial = Experiment("trial", "s", holdout, exploration, builders.ALWAYS)
    five = replace(FIVE, budgets=())

    assert told(builders.ruleset(five), context())
    assert ((), 0) == told_after(builders.ruleset(five, experiment=trial), context())


def test_few_are_tried_and_fewer_told() -> None:
    """Of fifty offers the six nearest; the largest discounts of those, the largest first."""
    offers = [
        offer(f"o{n:02}", 100 + n, kind=OfferKind.AMOUNT, minimum_spend=1010 + n) for n in range(50)
    ]

    found, decided = told_after(builders.ruleset(*offers, lanes=LARGEST), context())

    assert MOST_DECIDED == decided
    assert ["o05", "o04", "o03"] == [n.offer_id for n in found]
    assert MOST_TOLD == len(found)


def _calls(work: Callable[[], object]) -> int:
    """How many calls of Python *work* makes."""
    made = 0

    def count(_frame: FrameType, event: str, _: object) -> None:
        nonlocal made
        made += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def test_what_to_try_is_found_in_less_work_than_a_few_decisions() -> None:
    """Of 200 offers at three depths and 500 lines: scopes and rules are looked at once."""
    lines = [line(f"l{i:03}", category=f"C{i % 50}", list_price=100 + i) for i in range(500)]
    offers = [
        offer(
            f"o{n:03}", 500, 1000, 1500,
            scope=of(f"C{n % 50}", f"C{(n + 3) % 50}"), minimum_spend=n % 5 * 2_500,
        )
        for n in range(200)
    ]  # fmt: skip
    denied = [Comparison("basket.list_total", Op.LT, 200_000 + n) for n in range(20)]
    rules = builders.ruleset(
        *offers, eligibility=[eligibility(f"r{n}", c) for n, c in enumerate(denied)]
    )
    about, judged_by = context(*lines), judges.reference(rules)
    decision = decide_from_context(about, rules, judged_by, no_model, {})
    changer = world_of(rules, about).changer

    # Plain Python decides this in 36,600 calls, and found what to try in 70,700.
    assert _calls(lambda: near_misses(decision, lambda _: decision, changer)) <= 110_000
