"""The choice is the best one there is, by counting all of them; knowing more never allows less."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from random import Random
from typing import Final

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.domain.candidate import Candidate
from sconto.domain.choice import choose
from sconto.domain.decision import Decision
from sconto.domain.experiment import Group
from sconto.domain.lane import WithoutScores
from sconto.domain.reasons import ReasonCode
from sconto.domain.scope import Scope
from sconto.domain.shortlist import shortlist
from support import builders, judges, oracle
from support.worlds import World, worlds

DUE_AS_OFTEN: Final = {("sold", "sale"), ("redeemed", "sale"), ("redeemed", "return")}
BASELINE: Final = 300_000
MILLIONTH: Final = Fraction(1, 10**6)


def _gains(world: World, decision: Decision, index: int) -> tuple[Fraction, Fraction, Fraction]:
    """What giving the *index*-th allowed candidate is expected to add, adds at least, and costs.

    By the formula of docs/objective.md in fractions of minor units.
    """
    candidate, scores = decision.shortlist.allowed[index], decision.scores
    assert scores is not None
    offer, objective = candidate.offer, world.ruleset.objective
    lines = [world.context.lines[i] for i, _ in candidate.allocation]
    margin = sum(n.list_total - (n.cost_total or 0) for n in lines)
    brings = max(0, margin if scores.outcome.value == "sale" else objective.worth or 0)
    cost = candidate.discount - int(Fraction(candidate.discount * offer.supplier_share_bp, 10_000))
    otherwise = scores.baseline_ppm[index] * MILLIONTH
    chance = scores.probability_ppm[index] * MILLIONTH
    unsure = scores.doubt_ppm[index] * MILLIONTH
    unsure += (
        ceil(Fraction(scores.spread_ppm[index] * objective.caution_permille, 1000)) * MILLIONTH
    )
    due = Fraction(1)
    if offer.aim is not scores.outcome:
        chance, unsure = otherwise, Fraction(0)
    elif not scores.unknown and (offer.cost_when.value, scores.outcome.value) in DUE_AS_OFTEN:
        due = chance
    elsewhere = oracle.worth_elsewhere(candidate, world.context, world.ruleset, world.view)
    costs = due * cost + offer.cost_of_offering
    # Whatever is rounded is rounded against giving.
    taken = costs + ceil(due * elsewhere * 10**6) * MILLIONTH
    gain = (chance - otherwise) * brings - taken
    return gain, gain - unsure * brings, costs


def _enough(world: World, least: Fraction, costs: Fraction) -> bool:
    """Whether a gain of at least *least* is worth its expected *costs*."""
    objective = world.ruleset.objective
    share = ceil(costs * objective.minimum_gain_bp * 100) * MILLIONTH
    return least > 0 and least >= objective.minimum_gain and least >= share


def _alone(world: World, decision: Decision) -> list[Candidate]:
    """What could be given alone, the best first: ties go by offer, then by step of the ladder.

    Where an input is unknown that is the cheapest of a lane, or of all exclusives, or nothing.
    """
    lanes = {lane.id: lane.without_scores for lane in world.ruleset.lanes}
    places: list[tuple[tuple[Fraction | int, ...], str, int, Candidate]] = []
    unknown = decision.scores is not None and bool(decision.scores.unknown)
    worth: dict[str, bool] = {}
    for index, candidate in enumerate(decision.shortlist.allowed):
        how = lanes[candidate.offer.lane]
        key: tuple[Fraction | int, ...] = (0, candidate.discount - candidate.supplier_pays)
        if decision.scores is not None:
            gain, least, costs = _gains(world, decision, index)
            given = _enough(world, least, costs)
            worth[candidate.id] = given
            key = (*key, candidate.discount) if unknown else (-gain,)
        else:
            given = how is not WithoutScores.NOTHING
            if how is WithoutScores.LARGEST:
                key = (1, -candidate.discount)
        if (given or unknown) and oracle.affordable(
            candidate, world.context, world.ruleset, world.view
        ):
            step = candidate.offer.ladder.index(candidate.depth)
            places.append((key, candidate.offer.id, step, candidate))
    ordered = [candidate for *_, candidate in sorted(places, key=lambda place: place[:3])]
    if not unknown:
        return ordered
    cheapest: dict[str, Candidate] = {}
    for candidate in ordered:
        cheapest.setdefault("" if candidate.offer.exclusive else candidate.offer.lane, candidate)
    return [candidate for candidate in cheapest.values() if worth[candidate.id]]


@settings(deadline=None, max_examples=1000)
@given(worlds)
def test_the_best_affordable_candidate_is_given_first(world: World) -> None:
    """The first lane that has one gives its best; an exclusive is the best of all exclusives."""
    decision = world.decide()
    if decision.choice.assignment.group is not Group.POLICY:
        return
    alone = _alone(world, decision)
    exclusives = [c for c in alone if c.offer.exclusive]
    by_lane = [
        next((c for c in alone if c.offer.lane == lane.id and not c.offer.exclusive), None)
        for lane in world.ruleset.lanes
    ]
    first = next((c for c in by_lane if c is not None), None)
    given_first = next(iter(decision.stack.candidates), None)
    event(f"exclusives {bool(exclusives)}, lanes {bool(first)}")

    if given_first is not None and given_first.offer.exclusive:
        assert exclusives[0] == given_first
    else:
        assert first == given_first
        assert first is not None or not exclusives


@settings(deadline=None, max_examples=3_000)
@given(st.integers(0, 2**32 - 1).map(Random))
def test_knowing_less_never_gives_what_costs_more(random: Random) -> None:
    """An offer on the whole basket and one on a line of it with less margin, in one lane.

    An unknown input lets the model say too much by the doubt at most. Doubt weighs by the margin of
    what an offer is about, so it may leave only the dearer of the two surely worth it.
    """
    cheese, beef = random.randint(1_000, 5_000), random.randint(1_000, 5_000)
    context = builders.context(
        builders.line("l1", list_price=cheese, unit_cost=cheese * random.randint(0, 50) // 100),
        builders.line(
            "l2", category="BEEF", list_price=beef, unit_cost=beef * random.randint(70, 99) // 100
        ),
    )
    on_all = builders.offer("a", random.randint(10, 300))
    scope = Scope(categories=frozenset({"BEEF"}))
    on_beef = builders.offer("b", random.randint(10, 1_000), scope=scope)
    ruleset = builders.ruleset(on_all, on_beef)
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    uplifts, doubt = (random.randint(0, 60_000), random.randint(0, 400_000)), 40_000
    too_much = random.randint(0, doubt)
    known = builders.scores([(BASELINE + u, BASELINE) for u in uplifts])
    blind = builders.scores(
        [(BASELINE + u + too_much, BASELINE) for u in uplifts], unknown=("tier",), doubt=doubt
    )
    before, after = (choose(listed, s, context, ruleset, {}).stack for s in (known, blind))
    event(f"given {len(before.candidates)}, then {len(after.candidates)}")

    assert after.cost <= before.cost


@settings(deadline=None, max_examples=1000)
@given(worlds)
def test_every_candidate_is_accounted_for(world: World) -> None:
    """Each step of each ladder has one entry, in order, and exactly one reason to be there."""
    decision = world.decide()
    ranked = {r.candidate.id: r.code for r in decision.choice.ranked}
    listed = [(a.candidate.offer.id, a.candidate.depth) for a in decision.shortlist.assessed]

    assert [(o.id, depth) for o in world.ruleset.offers for depth in o.ladder] == listed
    assert {a.candidate.id for a in decision.shortlist.assessed if a.allowed} == set(ranked)
    assert {c.id for c in decision.stack.candidates} == {
        i for i, code in ranked.items() if code is ReasonCode.CHOSEN
    }


@settings(deadline=None, max_examples=1000)
@given(world=worlds, tier=st.sampled_from(("gold", "none")), baskets=st.integers(0, 6))
def test_knowing_more_never_withholds_for_want_of_it(world: World, tier: str, baskets: int) -> None:
    """Once the shopper's facts are known, none of them is named as missing; who passed, passes."""
    known = {"shopper.tier": tier, "shopper.baskets": baskets, **world.context.shopper}
    fuller = replace(
        world.context, shopper=known, consents={"mail": True} | dict(world.context.consents)
    )
    judged_by = judges.reference(world.ruleset)
    before = shortlist(world.context, world.ruleset, judged_by)
    after = shortlist(fuller, world.ruleset, judged_by)
    missing = {f.missing_fact for a in after.assessed for f in a.findings}

    assert {c.id for c in before.allowed} <= {c.id for c in after.allowed}
    assert not missing & {
        "shopper.tier",
        "shopper.baskets",
        "consent.mail",
        "segment.first",
        "segment.second",
    }
