"""The choice is the best one there is, by counting all of them; knowing more never allows less."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.domain.decision import Decision
from sconto.domain.reasons import ReasonCode
from sconto.domain.shortlist import shortlist
from support import judges
from support.worlds import World, worlds


def _expected_gain(world: World, decision: Decision, index: int) -> Fraction:
    """What giving the *index*-th allowed candidate is expected to add, in minor units."""
    candidate = decision.shortlist.allowed[index]
    assert decision.scores is not None
    lines = [world.context.lines[i] for i, _ in candidate.allocation]
    margin = sum((n.list_price - (n.unit_cost or 0)) * n.quantity for n in lines)
    refunded = int(Fraction(candidate.discount * candidate.offer.supplier_share_bp, 10_000))
    given = Fraction(decision.scores.purchase_ppm[index], 10**6)
    otherwise = Fraction(decision.scores.baseline_ppm[index], 10**6)
    return given * (margin - candidate.discount + refunded) - otherwise * margin


def _affordable(world: World, decision: Decision, index: int) -> bool:
    candidate = decision.shortlist.allowed[index]
    for budget_id in candidate.offer.budgets:
        budget = world.ruleset.budgets[budget_id]
        used = [n for key, n in world.view.items() if key.startswith(f"{budget_id}/")]
        wanted = 1 if budget.measure.value == "count" else candidate.discount
        if sum(used) + wanted > budget.limit:
            return False
    return True


@settings(deadline=None, max_examples=1000)
@given(worlds)
def test_the_best_affordable_candidate_is_chosen(world: World) -> None:
    """Largest expected gain above 0, or the cheapest without a model; ties by offer and depth."""
    decision = world.decide()
    allowed = decision.shortlist.allowed
    open_to_us = [i for i in range(len(allowed)) if _affordable(world, decision, i)]
    if decision.scores is None:
        costs = {i: allowed[i].discount - allowed[i].supplier_pays for i in open_to_us}
        ordered = sorted(costs, key=lambda i: (costs[i], allowed[i].offer.id, allowed[i].depth))
    else:
        gains = {i: _expected_gain(world, decision, i) for i in open_to_us}
        worth = [i for i in open_to_us if gains[i] > 0]
        ordered = sorted(worth, key=lambda i: (-gains[i], allowed[i].offer.id, allowed[i].depth))
    event(f"choices: {min(len(ordered), 2)}")

    assert tuple(allowed[i] for i in ordered[:1]) == decision.stack.candidates


@settings(deadline=None, max_examples=1000)
@given(worlds)
def test_every_candidate_is_accounted_for(world: World) -> None:
    """Each step of each ladder has one entry, in order, and exactly one reason to be there."""
    decision = world.decide()
    ranked = {r.candidate.id: r.code for r in decision.choice.ranked}
    listed = [(a.candidate.offer.id, a.candidate.depth) for a in decision.shortlist.assessed]

    assert sorted((o.id, depth) for o in world.ruleset.offers for depth in o.ladder) == listed
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

    assert set(before.allowed) <= set(after.allowed)
    assert not missing & {
        "shopper.tier",
        "shopper.baskets",
        "consent.mail",
        "segment.first",
        "segment.second",
    }
