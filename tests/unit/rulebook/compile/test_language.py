"""The rule language compiled: every kind of offer, lanes, signals, limits, budgets and classes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from golden_language import LANGUAGE
from golden_rules import RULED, write
from sconto.domain.behaviour import Measure, Signal
from sconto.domain.condition import Comparison, Op, Truth, evaluate
from sconto.domain.experiment import Experiment
from sconto.domain.facts import request_facts
from sconto.domain.lane import MAIN, Lane, WithoutScores
from sconto.domain.offer import BundleItem, BuyGet, Off, Offer, OfferKind, Rounding, RoundingMode
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import BudgetHolder, FactType, GuardrailKind, Rule, Ruleset
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.loader import load_folder
from support.builders import context, line

IN_2026 = Validity(date(2026, 1, 1), date(2027, 1, 1))
BEER = Scope(categories=frozenset({"BEER"}))
TODAY = {"context.day": 20260601, "context.jurisdiction": "US-TN"}


def _load(folder: Path, **files: str) -> Ruleset:
    changed = {k.replace("__", "/") + ".yaml": v for k, v in files.items()}
    write(folder / "rules", {**LANGUAGE, **changed})
    return load_folder(folder / "rules")


def _offer(ruleset: Ruleset, offer_id: str) -> Offer:
    return next(offer for offer in ruleset.offers if offer.id == offer_id)


def _rule(ruleset: Ruleset, rule_id: str) -> Rule:
    return next(rule for rule in ruleset.rules if rule.id == rule_id)


def _category(name: str) -> Scope:
    return Scope(categories=frozenset({name}))


def test_a_ruleset_of_the_whole_language_compiles_back_from_its_documents(tmp_path: Path) -> None:
    """Legal packs are part of the documents, so a stored ruleset stands alone."""
    ruleset = _load(tmp_path)
    assert ruleset == ruleset_from_documents(ruleset.documents)
    assert b"us-tn-alcohol-minimum" in ruleset.documents


def test_worked_examples_and_the_folder_of_packs_are_not_part_of_the_digest(tmp_path: Path) -> None:
    """What can't change a decision doesn't make another ruleset."""
    plain = _load(tmp_path / "a")
    moved = {"shop": LANGUAGE["shop.yaml"].replace("../legal", "../laws")}
    pack = LANGUAGE["../legal/us-tn-alcohol.yaml"].replace("At the minimum", "Just allowed")
    other = _load(tmp_path / "b", **moved, **{"..__laws__us-tn-alcohol": pack})
    assert plain.digest == other.digest
    assert b"examples" not in plain.documents


def test_some_pieces_are_bought_and_some_given(tmp_path: Path) -> None:
    """A depth is the share off the pieces given; a reward may come from other lines."""
    offer = _offer(_load(tmp_path / "a"), "three-for-two")
    assert (OfferKind.BUY_X_GET_Y, (5000, 10_000)) == (offer.kind, offer.ladder)
    assert BuyGet(2, 1) == offer.buy_get
    text = LANGUAGE["offers/three-for-two.yaml"].replace(
        "get: 1,", "get: 1, reward: {categories: [CRISPS]},"
    )
    offer = _offer(_load(tmp_path / "b", **{"offers__three-for-two": text}), "three-for-two")
    assert BuyGet(2, 1, _category("CRISPS")) == offer.buy_get


def test_sets_and_pieces_may_be_limited(tmp_path: Path) -> None:
    """Without the keys nothing is."""
    text = LANGUAGE["offers/three-for-two.yaml"].replace("get: 1,", "get: 1, at_most_sets: 3,")
    limited = {"offers__three-for-two": f"{text}at_most_pieces: 5\n"}
    offer = _offer(_load(tmp_path / "a", **limited), "three-for-two")
    assert (BuyGet(2, 1, None, 3), 5) == (offer.buy_get, offer.at_most_pieces)
    offer = _offer(_load(tmp_path / "b"), "three-for-two")
    assert offer.at_most_pieces is None


def test_a_bundle_is_about_the_lines_of_its_items(tmp_path: Path) -> None:
    """Its depths are prices, and its scope is that of any item."""
    offer = _offer(_load(tmp_path), "meal")
    bread, cheese = _category("BREAD"), _category("CHEESE")
    assert (OfferKind.BUNDLE, (1200, 1000)) == (offer.kind, offer.ladder)
    assert (BundleItem(bread, 1), BundleItem(cheese, 2)) == offer.bundle
    assert Scope(classes=(bread, cheese)) == offer.scope


def test_free_shipping_takes_shares_off_the_shipping_lines(tmp_path: Path) -> None:
    """The offer's own scope is about the goods; this one is given alone."""
    offer = _offer(_load(tmp_path), "shipping")
    assert (OfferKind.FREE_SHIPPING, (5000, 10_000)) == (offer.kind, offer.ladder)
    assert _category("SHIPPING") == offer.shipping
    assert (Scope(), True) == (offer.scope, offer.exclusive)


def test_tiers_are_reached_by_spend_and_rounded_as_declared(tmp_path: Path) -> None:
    """Each tier takes a share or an amount off; a step of 0.05 is five cents."""
    offer = _offer(_load(tmp_path), "tiers")
    assert (OfferKind.SPEND_TIERS, (5000, 10_000)) == (offer.kind, offer.ladder)
    assert {5000: Off(bp=500), 10_000: Off(amount=1200)} == offer.tiers
    assert Rounding(RoundingMode.DOWN, 5) == offer.rounding


def test_lanes_apply_in_the_order_written(tmp_path: Path) -> None:
    """Each says which prices it sees and what it gives while no model scores."""
    ruleset = _load(tmp_path)
    assert (
        Lane("shelf"),
        Lane("basket", after_earlier=True, without_scores=WithoutScores.NOTHING),
    ) == ruleset.lanes
    assert ("shelf", "basket") == (
        _offer(ruleset, "cheese").lane,
        _offer(ruleset, "meal").lane,
    )


def test_without_stacking_there_is_one_lane(tmp_path: Path) -> None:
    """Offers that name no lane compete in `main`."""
    files = {n: t for n, t in LANGUAGE.items() if n != "stacking.yaml"}
    for lane in ("lane: basket\n", "lane: shelf\n"):
        files = {n: t.replace(lane, "") for n, t in files.items()}
    write(tmp_path / "rules", files)
    ruleset = load_folder(tmp_path / "rules")
    assert (MAIN,) == ruleset.lanes
    assert {"main"} == {offer.lane for offer in ruleset.offers}


def test_offers_need_not_name_the_only_lane(tmp_path: Path) -> None:
    """With one declared lane there is nothing to choose."""
    files = {n: t.replace("lane: basket\n", "") for n, t in LANGUAGE.items()}
    files["stacking.yaml"] = "kind: stacking\nlanes: [{id: shelf, sees: list_price}]\n"
    write(tmp_path / "rules", files)
    assert {"shelf"} == {offer.lane for offer in load_folder(tmp_path / "rules").offers}


def test_an_experiment_has_shares_in_millionths(tmp_path: Path) -> None:
    """5 % is 50,000 ppm."""
    assert Experiment("autumn", "s", 50_000, 20_000, IN_2026) == _load(tmp_path).experiment


def test_signals_are_facts_of_the_request(tmp_path: Path) -> None:
    """A count is an integer, a sum is money, a window is microseconds."""
    ruleset = _load(tmp_path)
    hour = 3_600_000_000
    assert (
        Signal("abandoned", frozenset({"basket_abandoned"}), Measure.COUNT, 48 * hour),
        Signal("spend", frozenset({"order_placed", "discount_given"}), Measure.SUM, 90 * 24 * hour),
    ) == ruleset.signals
    assert {"basket_abandoned": False, "order_placed": True} == ruleset.events
    mild = _rule(ruleset, "mild")
    assert Comparison("signal.spend", Op.LT, 1000) == mild.deny_when


def test_a_frequency_cap_denies_by_its_signal(tmp_path: Path) -> None:
    """With as many as allowed in the window, the next one is withheld, with its own reason."""
    ruleset = _load(tmp_path)
    often = _rule(ruleset, "often")
    assert ReasonCode.FREQUENCY_CAP_REACHED is often.reason
    assert Truth.FALSE is evaluate(often.condition, {**TODAY, "signal.abandoned": 2})
    assert Truth.TRUE is evaluate(often.condition, {**TODAY, "signal.abandoned": 3})
    assert "often" not in {g.id for g in ruleset.guardrails}


def test_a_rule_about_some_lines_asks_whether_they_are_touched(tmp_path: Path) -> None:
    """Its line condition is judged apart; unknown stays unknown, false silences the rule."""
    ruleset = _load(tmp_path)
    mild = _rule(ruleset, "mild")
    known = {**TODAY, "signal.spend": 0}
    assert Comparison("line.brand", Op.EQ, "Mild") == ruleset.line_conditions["mild"]
    assert Truth.UNKNOWN is evaluate(mild.condition, known)
    assert Truth.TRUE is evaluate(mild.condition, {**known, "touches.mild": True})
    assert Truth.FALSE is evaluate(mild.condition, {**known, "touches.mild": False})
    assert mild.asks_lines


def test_line_conditions_are_ordered_by_rule(tmp_path: Path) -> None:
    """Judges number them in that order."""
    assert ["ceiling", "mild"] == list(_load(tmp_path).line_conditions)


def test_a_ceiling_rounds_down_and_may_ask_for_review(tmp_path: Path) -> None:
    """The highest price a law allows is never exceeded by rounding."""
    ruleset = _load(tmp_path)
    guardrail = next(g for g in ruleset.guardrails if g.id == "ceiling")
    assert GuardrailKind.PRICE_CEILING is guardrail.kind
    assert (False, True) == (guardrail.round_up, guardrail.review)
    rule = _rule(ruleset, "ceiling")
    assert (ReasonCode.ABOVE_PRICE_CEILING, True) == (rule.reason, rule.review)
    assert not rule.asks_lines


@pytest.mark.parametrize(("written", "up"), [("", True), (", rounding: down", False)])
def test_a_floor_rounds_up_unless_it_says_otherwise(tmp_path: Path, written: str, up: bool) -> None:
    """Rounding a floor down is a choice somebody wrote."""
    text = f"kind: guardrail\nid: floor\nname: Floor\n{RULED}"
    text += f'price_floor: {{formula: "1.15"{written}}}\n'
    ruleset = _load(tmp_path, guardrails__floor=text)
    assert up is next(g for g in ruleset.guardrails if g.id == "floor").round_up


def test_a_depth_cap_is_in_basis_points(tmp_path: Path) -> None:
    """It bounds each line, and says so as a cap."""
    ruleset = _load(tmp_path)
    guardrail = next(g for g in ruleset.guardrails if g.id == "depth")
    assert (GuardrailKind.DEPTH_CAP, 3000) == (guardrail.kind, guardrail.bp)
    assert ReasonCode.ABOVE_DISCOUNT_CAP is _rule(ruleset, "depth").reason


def test_budgets_have_regions_zones_and_paces(tmp_path: Path) -> None:
    """A pace knows the budget's own dates."""
    budget = _load(tmp_path).budgets["regional"]
    assert (BudgetHolder.REGION, "America/New_York") == (budget.holder, budget.zone)
    assert (1000, IN_2026) == (budget.ahead_bp, budget.validity)


def test_classes_stand_for_the_goods_that_the_shop_maps(tmp_path: Path) -> None:
    """Offers, rules and disclosures may all name a class."""
    ruleset = _load(tmp_path)
    assert Scope(classes=(BEER,)) == _offer(ruleset, "three-for-two").scope
    assert Scope(classes=(BEER,)) == next(d for d in ruleset.disclosures if d.id == "said").scope


@pytest.mark.parametrize("category", ["", "BEER", "BOOK"])
def test_a_class_of_no_goods_covers_nothing(tmp_path: Path, category: str) -> None:
    """A class that the shop doesn't sell must not stand for everything."""
    text = LANGUAGE["offers/three-for-two.yaml"].replace("[alcohol]", "[book]")
    scope = _offer(_load(tmp_path, **{"offers__three-for-two": text}), "three-for-two").scope
    assert not scope.covers(line(category=category))


def test_a_pack_binds_the_shop_with_its_law(tmp_path: Path) -> None:
    """Its rules, facts and law are part of the ruleset."""
    ruleset = _load(tmp_path)
    floor = next(g for g in ruleset.guardrails if g.id == "us-tn-alcohol-minimum")
    assert floor.scope == Scope(classes=(BEER,))
    assert floor.jurisdictions == {"US-TN"}
    assert FactType.INTEGER is ruleset.facts["line.volume_ml"].type
    assert "An act" == ruleset.laws["us-tn-alcohol-minimum"].cite


def test_a_pack_of_another_place_is_left_out(tmp_path: Path) -> None:
    """Its rules, its facts and its classes bind nobody here."""
    pack = LANGUAGE["../legal/us-tn-alcohol.yaml"].replace("US-TN", "US-WI")
    ruleset = _load(tmp_path, **{"..__legal__us-tn-alcohol": pack})
    assert "us-tn-alcohol-minimum" not in {rule.id for rule in ruleset.rules}
    assert "line.volume_ml" not in ruleset.facts


SAYINGS = {
    "no_discount: true": Truth.TRUE,
    "ban: {fact: offer.kind, is: bundle}": Truth.FALSE,
    "ban: {fact: offer.kind, is: amount}": Truth.TRUE,
}


@pytest.mark.parametrize("said", SAYINGS)
def test_bans_of_a_pack_deny_candidates(tmp_path: Path, said: str) -> None:
    """`no_discount` denies whatever takes money off; a ban denies where it is true."""
    pack = LANGUAGE["../legal/us-tn-alcohol.yaml"]
    pack = pack.replace('price_floor: {formula: "0.01 * line.volume_ml"}', said)
    rule = _rule(_load(tmp_path, **{"..__legal__us-tn-alcohol": pack}), "us-tn-alcohol-minimum")
    facts = {**TODAY, "offer.kind": "amount", "candidate.discount": 1}
    assert SAYINGS[said] is evaluate(rule.condition, facts)
    assert Scope(classes=(BEER,)) == rule.scope


def test_a_place_stands_for_the_places_inside_it(tmp_path: Path) -> None:
    """A rule for `US` holds in each of the shop's states and cities."""
    shop = LANGUAGE["shop.yaml"].replace(
        "reservation", "  US-NY-NYC: {time_zone: America/New_York}\nreservation"
    )
    text = LANGUAGE["guardrails/depth.yaml"]
    nation = _load(tmp_path / "a", shop=shop, guardrails__depth=text + "jurisdictions: [US]\n")
    state = _load(tmp_path / "b", shop=shop, guardrails__depth=text + "jurisdictions: [US-NY]\n")
    assert {"US-TN", "US-NY-NYC"} == _depth_places(nation)
    assert {"US-NY-NYC"} == _depth_places(state)


def _depth_places(ruleset: Ruleset) -> frozenset[str]:
    return next(g for g in ruleset.guardrails if g.id == "depth").jurisdictions


@pytest.mark.parametrize(
    ("known", "truth"),
    [
        ({}, Truth.UNKNOWN),
        ({"shopper.baskets_56d": 0}, Truth.TRUE),
        ({"shopper.baskets_56d": 1}, Truth.FALSE),
        ({"shopper.baskets_56d": 10}, Truth.TRUE),
        ({"shopper.baskets_56d": -10}, Truth.TRUE),
        ({"shopper.baskets_56d": 2**53 - 1}, Truth.FALSE),
    ],
)
def test_every_tenth_has_no_end(tmp_path: Path, known: dict[str, int], truth: Truth) -> None:
    """The remainder is worked out with the facts of the request, and compared with 0."""
    when = "when: {fact: shopper.baskets_56d, multiple_of: 10}"
    ruleset = _load(tmp_path, segments__tenth=f"kind: segment\nid: tenth\n{RULED}{when}\n")
    facts = request_facts(context(shopper=known), ruleset.remainders)

    assert truth is evaluate(ruleset.segment_of_fact["segment.tenth"].condition, facts)
