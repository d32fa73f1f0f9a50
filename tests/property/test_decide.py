"""Whatever the rules, the basket, the scores and the budgets: what is given stays within limits."""

from __future__ import annotations

import copy

from hypothesis import event, given, settings

from sconto.domain.candidate import Stack
from sconto.domain.final_check import violations_of
from sconto.domain.reasons import ReasonCode
from sconto.domain.record import Provenance, stored
from support import judges, oracle
from support.oracle_rules import rules_allow
from support.worlds import World, worlds

MANY = settings(deadline=None, max_examples=1000)
MADE = Provenance("d1", "r1", 1, {"rules": "reference"}, {})


@MANY
@given(worlds)
def test_what_is_given_stays_within_every_limit(world: World) -> None:
    """Floors, margins, caps and budgets hold, and the prices add up to the cent."""
    decision = world.decide()
    given_ids = {c.id for c in decision.stack.candidates}
    event(f"{decision.choice.assignment.group.value} {len(given_ids)} {decision.reason.name}")

    assert oracle.sums_hold(decision)
    assert () == decision.broken
    assert oracle.combination_holds(decision, world.ruleset)
    assert oracle.limits_hold(decision.stack, world.context, world.ruleset)
    assert oracle.budgets_hold(decision, world.ruleset)
    assert rules_allow(decision.stack, world.context, world.ruleset)
    assert given_ids <= {c.id for c in decision.shortlist.allowed}


@MANY
@given(worlds)
def test_every_allowed_candidate_keeps_every_limit(world: World) -> None:
    """Whatever the shortlist lets through, the last check and the oracle let through too."""
    for candidate in world.decide().shortlist.allowed:
        alone = Stack((candidate,))
        assert oracle.limits_hold(alone, world.context, world.ruleset)
        assert () == violations_of(alone, world.context, world.ruleset)


@MANY
@given(worlds)
def test_a_blind_rule_engine_gives_nothing_unlawful(world: World) -> None:
    """When the engine lets everything through, the last check refuses what breaks a limit."""
    decision = world.decide(judges.silent(world.ruleset))
    codes = {ranked.code for ranked in decision.choice.ranked}
    event("caught" if decision.broken else "nothing to catch")

    assert oracle.sums_hold(decision)
    assert bool(decision.broken) == (ReasonCode.GUARDRAIL_RECHECK_FAILED in codes)
    assert oracle.limits_hold(decision.stack, world.context, world.ruleset)
    if decision.broken:
        assert () == decision.stack.candidates
        assert ReasonCode.GUARDRAIL_RECHECK_FAILED is decision.reason


@settings(deadline=None, max_examples=30)
@given(worlds)
def test_deciding_twice_gives_the_same_and_changes_nothing(world: World) -> None:
    """The core is pure: equal records, and its arguments are as they were."""
    before = copy.deepcopy(world)
    first = stored(world.decide(), MADE)
    again = stored(world.decide(), MADE)

    assert first == again
    assert before == world
