"""The choice, worked out by hand: lanes in their order, exclusives, shared budgets, chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest

from sconto.domain.budget import Draw
from sconto.domain.canonical import parse
from sconto.domain.choice import choose
from sconto.domain.decision import Decision, decide
from sconto.domain.experiment import Experiment, Group
from sconto.domain.lane import Lane, WithoutScores
from sconto.domain.objective import Objective
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.domain.record import MAX_INTEGER, Provenance, stored
from sconto.domain.ruleset import GuardrailKind, Ruleset
from sconto.domain.shadow import ShadowPrice
from sconto.domain.shortlist import shortlist
from support import builders, judges
from support.worlds import World

SMALLEST, LARGEST, NOTHING = WithoutScores
SHELF: Final = Lane("shelf")
ON_LIST: Final = Lane("voucher")
ON_REST: Final = Lane("voucher", after_earlier=True)
SURE: Final = ((1_000_000, 0),)
TIER: Final = ("shopper.tier",)


def _in(lane: str, offer_id: str, *ladder: int, exclusive: bool = False, **more: str) -> Offer:
    kind = OfferKind.AMOUNT if more.get("kind") == "amount" else OfferKind.PERCENT
    budgets = (more["budget"],) if "budget" in more else ()
    plain = builders.offer(offer_id, *ladder, kind=kind, budgets=budgets)
    return replace(plain, lane=lane, exclusive=exclusive)


def _decide(
    ruleset: Ruleset,
    odds: tuple[tuple[int, int], ...] | None = None,
    used: Mapping[str, int] | None = None,
) -> Decision:
    """The decision about one piece at 10.00 that costs 6.00."""
    return World(ruleset, builders.context(), used or {}, odds).decide()


def _given(decision: Decision) -> list[tuple[str, int]]:
    return [(c.id, c.discount) for c in decision.stack.candidates]


def _codes(decision: Decision) -> dict[str, ReasonCode]:
    return {r.candidate.id: r.code for r in decision.choice.ranked}


@pytest.mark.parametrize(("voucher", "second"), [(ON_LIST, 200), (ON_REST, 180)])
def test_a_lane_sees_the_price_that_it_declares(voucher: Lane, second: int) -> None:
    """20 % of 10.00, or of the 9.00 that the shelf's 10 % leaves."""
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000), _in("voucher", "b", 2000), lanes=(SHELF, voucher)
    )

    decision = _decide(ruleset)

    assert [("a:1000", 100), ("b:2000", second)] == _given(decision)
    assert [1000 - 100 - second] == list(decision.net_totals)


def test_lanes_apply_in_their_declared_order() -> None:
    """The names of lanes and offers say nothing about it."""
    offers = (_in("shelf", "a", 1000), _in("voucher", "b", 2000))
    ruleset = builders.ruleset(*offers, lanes=(ON_LIST, replace(SHELF, after_earlier=True)))

    assert [("b:2000", 200), ("a:1000", 80)] == _given(_decide(ruleset))


def test_one_lane_gives_one_discount() -> None:
    """The best of the lane, and what lost says so."""
    ruleset = builders.ruleset(_in("main", "a", 500, 1000), _in("main", "b", 700))
    decision = _decide(ruleset)

    assert [("a:500", 50)] == _given(decision)
    lost = ReasonCode.NOT_BEST
    assert {"a:500": ReasonCode.CHOSEN, "a:1000": lost, "b:700": lost} == _codes(decision)


@pytest.mark.parametrize(
    ("how", "expected"), [(SMALLEST, ["b:700"]), (LARGEST, ["a:1000"]), (NOTHING, [])]
)
def test_without_scores_a_lane_gives_what_it_declares(
    how: WithoutScores, expected: list[str]
) -> None:
    """The smallest, the largest, or nothing at all."""
    ruleset = builders.ruleset(
        _in("main", "a", 900, 1000), _in("main", "b", 700), lanes=(Lane("main", False, how),)
    )

    assert expected == [c for c, _ in _given(_decide(ruleset))]


def test_a_later_lane_finds_what_an_earlier_one_left_of_a_budget() -> None:
    """Of 1.50, 1.00 goes to the shelf; the voucher's 1.00 is refused though it fits alone."""
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000, budget="fund"),
        _in("voucher", "b", 1000, budget="fund"),
        budgets=[builders.budget("fund", 150)],
        lanes=(SHELF, ON_LIST),
    )
    decision = _decide(ruleset)
    (refused,) = [r for r in decision.choice.ranked if r.candidate.id == "b:1000"]

    assert [("a:1000", 100)] == _given(decision)
    assert (ReasonCode.BUDGET_SPENT, ("a:1000",)) == (refused.code, refused.on_top_of)
    assert Draw("fund", "fund/all/total", 100, 150) == refused.refused
    assert (Draw("fund", "fund/all/total", 100, 150),) == decision.draws


def test_two_discounts_on_one_budget_are_one_draw() -> None:
    """What is reserved is the sum: 1.00 and 0.90 are 1.90."""
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000, budget="fund"),
        _in("voucher", "b", 1000, budget="fund"),
        budgets=[builders.budget("fund", 190)],
        lanes=(SHELF, ON_REST),
    )

    assert (Draw("fund", "fund/all/total", 190, 190),) == _decide(ruleset).draws


def test_a_cap_on_all_discounts_withholds_what_comes_on_top() -> None:
    """Each fits under 1.50 alone; together they don't, so the later lane gives its smaller step."""
    cap = builders.guardrail("cap", GuardrailKind.DISCOUNT_CAP, amount=150)
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000), _in("voucher", "b", 500, 1000),
        guardrails=[cap], lanes=(SHELF, replace(ON_LIST, without_scores=LARGEST)),
    )  # fmt: skip
    decision = _decide(ruleset)

    assert [("a:1000", 100), ("b:500", 50)] == _given(decision)
    assert ReasonCode.ABOVE_DISCOUNT_CAP is _codes(decision)["b:1000"]


def test_a_voucher_above_what_is_left_is_not_given() -> None:
    """3.00 off list price does not fit on a line that 80 % off has left at 2.00."""
    ruleset = builders.ruleset(
        _in("shelf", "a", 8000), _in("voucher", "b", 300, kind="amount"), lanes=(SHELF, ON_LIST)
    )
    decision = _decide(ruleset)

    assert [("a:8000", 800)] == _given(decision)
    assert ReasonCode.NOTHING_TO_DISCOUNT is _codes(decision)["b:300"]


@pytest.mark.parametrize(
    ("how", "percent", "expected"),
    [
        (LARGEST, 2010, ["x:2010"]),
        (LARGEST, 2000, ["a:1000", "b:1000"]),
        (SMALLEST, 1990, ["x:1990"]),
        (SMALLEST, 2000, ["a:1000", "b:1000"]),
        (NOTHING, 9000, ["b:1000"]),
    ],
)
def test_an_exclusive_stands_against_all_lanes_together(
    how: WithoutScores, percent: int, expected: list[str]
) -> None:
    """By the measure of its own lane: it gives more than 2.00, or costs less; a tie goes to lanes.

    A lane that gives nothing without scores gives no exclusive either.
    """
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000),
        _in("voucher", "b", 1000),
        _in("shelf", "x", percent, exclusive=True),
        lanes=(replace(SHELF, without_scores=how), ON_LIST),
    )

    assert expected == [c for c, _ in _given(_decide(ruleset))]


def test_with_scores_an_exclusive_must_bring_more_than_the_lanes() -> None:
    """Where nobody buys without, 3.00 off leaves 1.00; the shelf's 1.00 is expected to leave 3.00.

    All buy then, so that a second discount would add nothing.
    """
    offers = (_in("shelf", "a", 1000), _in("voucher", "b", 1000))
    lanes = (SHELF, ON_LIST)
    dear = builders.ruleset(*offers, _in("shelf", "x", 3000, exclusive=True), lanes=lanes)
    decision = _decide(dear, SURE)

    assert [("a:1000", 100)] == _given(decision)
    assert ReasonCode.NOT_WORTH_IT is _codes(decision)["b:1000"]
    assert ReasonCode.NOT_BEST is _codes(decision)["x:3000"]
    only = builders.ruleset(_in("shelf", "x", 3000, exclusive=True), lanes=lanes)
    assert [("x:3000", 300)] == _given(_decide(only, SURE))


@pytest.mark.parametrize(
    ("assumed", "expected"), [("the shop", (640_000, 600_000)), ("", (700_000, 600_000))]
)
def test_a_later_lane_is_expected_to_add_what_it_adds(
    assumed: str, expected: tuple[int, int]
) -> None:
    """10 % and 10 % do what 20 % does, where that is assumed; else what the better one does."""
    response = ((1000, 600_000), (2000, 640_000))
    ruleset = builders.ruleset(
        _in("shelf", "a", 1000),
        _in("voucher", "b", 1000),
        lanes=(SHELF, ON_LIST),
        objective=Objective(response=response),
    )
    context = builders.context(builders.line(unit_cost=1))
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    scores = builders.scores([(600_000, 500_000), (700_000, 500_000)], assumed=assumed)
    choice = choose(listed, scores, context, ruleset, {})
    [_, later] = choice.ranked

    assert ("a:1000",) == later.on_top_of
    assert later.valued is not None
    assert expected == (later.valued.probability_ppm, later.valued.baseline_ppm)


@pytest.mark.parametrize(
    ("unknown", "least", "given"),
    [
        ((), 600_000, "a:2000"),
        (TIER, 600_000, "a:1000"),
        ((), 100_000, "a:2000"),
        (TIER, 100_000, ""),
    ],
)
def test_where_an_input_is_unknown_only_the_cheapest_can_be_given(
    unknown: tuple[str, ...], least: int, given: str
) -> None:
    """20 % is expected to add more than 10 %, but nobody knows enough to say so.

    Where 10 % is not surely worth it, 20 % is not given in its place.
    """
    ruleset = builders.ruleset(_in("main", "a", 1000, 2000))
    context = builders.context()
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    scores = builders.scores([(least, 100_000), (990_000, 100_000)], unknown=unknown)
    choice = choose(listed, scores, context, ruleset, {})

    assert given == "".join(c.id for c in choice.stack.candidates)


def test_what_costs_more_than_it_brings_is_not_given() -> None:
    """At even odds of buying without, 10 % off for everybody earns 1.00 less than it costs."""
    decision = _decide(builders.ruleset(_in("main", "a", 1000)), ((500_000, 500_000),))

    assert [] == _given(decision)
    assert ReasonCode.NOT_WORTH_IT is decision.reason


@pytest.mark.parametrize("cause", [RungCause.INPUTS_UNKNOWN, RungCause.RESPONSE_MISSING])
def test_where_nobody_can_say_what_a_discount_is_worth_none_is_given(cause: RungCause) -> None:
    """Rules alone give none then; where the model is only missing, each lane gives its own."""
    ruleset = builders.ruleset(_in("main", "a", 1000))
    context, judged_by = builders.context(), judges.reference(ruleset)
    listed = shortlist(context, ruleset, judged_by)
    blind, missing = (
        decide(context, ruleset, listed, None, why, {}) for why in (cause, RungCause.MODEL_MISSING)
    )

    assert ([], ReasonCode.WORTH_UNKNOWN) == (_given(blind), blind.reason)
    assert {"a:1000": ReasonCode.WORTH_UNKNOWN} == _codes(blind)
    assert [("a:1000", 100)] == _given(missing)


def _explored(exploration: int, holdout: int) -> Ruleset:
    experiment = Experiment("split", "seed", holdout, exploration, builders.ALWAYS)
    return builders.ruleset(
        _in("shelf", "a", 1000), _in("voucher", "b", 1000),
        lanes=(SHELF, ON_LIST), experiment=experiment,
    )  # fmt: skip


def test_exploration_gives_one_candidate_alone_or_nothing() -> None:
    """Whatever lanes say, so that the effect of each can be told apart; here all are explored."""
    ruleset = _explored(1_000_000, 0)
    answers = set()
    for number in range(40):
        context = builders.context(user_ref=f"u{number}")
        decision = World(ruleset, context, {}, None).decide()
        assert Group.EXPLORATION is decision.choice.assignment.group
        assert 333_333 == decision.choice.propensity_ppm
        answers.add(tuple(c.id for c in decision.stack.candidates))

    assert {(), ("a:1000",), ("b:1000",)} == answers


def test_the_holdout_is_told_from_those_for_whom_there_was_nothing() -> None:
    """What could have been given is held out; the probability is that of nothing."""
    decision = _decide(_explored(0, 1_000_000))
    held = ReasonCode.HELD_OUT

    assert ([], held) == (_given(decision), decision.reason)
    assert {"a:1000": held, "b:1000": held} == _codes(decision)
    assert 1_000_000 == decision.choice.propensity_ppm


def test_a_discount_must_bring_what_its_budget_is_worth() -> None:
    """Sure to bring 3.00 more margin for 1.00 of budget: given at a price of 2.99, not at 3.00."""
    offer = _in("shelf", "a", 1000, budget="campaign")
    for price, given in ((2_990_000, [("a:1000", 100)]), (3_000_000, [])):
        campaign = replace(builders.budget(), shadow=ShadowPrice(price))
        decision = _decide(builders.ruleset(offer, lanes=(SHELF,), budgets=(campaign,)), SURE)
        (ranked,) = decision.choice.ranked
        assert ranked.valued is not None

        assert (300_000_000, price * 100) == (
            ranked.valued.gain + ranked.valued.charge,
            ranked.valued.charge,
        )
        assert given == _given(decision)


def test_a_price_beyond_what_json_can_say_is_recorded_as_the_most() -> None:
    """A budget far behind its plan can be worth any amount; the record stays readable."""
    offer = _in("shelf", "a", 1000, budget="campaign")
    campaign = replace(builders.budget(), shadow=ShadowPrice(10**15))
    decision = _decide(builders.ruleset(offer, lanes=(SHELF,), budgets=(campaign,)), SURE)
    made = parse(stored(decision, Provenance("d", "r", 1, {}, {})))

    assert [] == _given(decision)
    assert [MAX_INTEGER] == made["values"]["charge"]
    assert [-MAX_INTEGER] == made["values"]["gain"]


def test_the_depth_is_chosen_that_is_worth_most_beyond_its_budget() -> None:
    """Given, 10 % brings .50 more than 5 % and draws .45 more: at a price above 1.11, too much."""
    offer = _in("shelf", "a", 500, 1000, budget="campaign")
    odds = ((666_667, 0), (428_572, 0))  # of 10 %, and of 5 %
    for price, depth in ((0, 1000), (900_000, 1000), (1_200_000, 500)):
        campaign = replace(builders.budget(), shadow=ShadowPrice(price))
        ruleset = builders.ruleset(offer, lanes=(SHELF,), budgets=(campaign,))

        assert [depth] == [c.depth for c in _decide(ruleset, odds).stack.candidates]
