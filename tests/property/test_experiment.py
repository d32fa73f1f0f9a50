"""Chance: who is set aside, that shares are as declared, and that probabilities add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from sconto.domain import choice
from sconto.domain.choice import Choice, choose
from sconto.domain.experiment import Assignment, Experiment, Group, assign
from sconto.domain.reasons import ReasonCode
from sconto.domain.shortlist import shortlist
from support import builders, judges, oracle
from support.worlds import World, worlds

PPM: Final = 1_000_000
SHOPPERS: Final = 20_000
shares = st.sampled_from((0, 1, 50_000, 333_333, 450_000))


def _with_experiment(world: World, holdout: int, exploration: int) -> World:
    experiment = Experiment("split", "seed", holdout, exploration, builders.ALWAYS)
    return replace(world, ruleset=replace(world.ruleset, experiment=experiment))


def _choices(world: World, assignments: list[Assignment]) -> list[Choice]:
    """What is chosen under each assignment, of one shortlist."""
    ruleset, context = world.ruleset, world.context
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    found = []
    for assignment in assignments:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(choice, "assign", lambda *_, given=assignment: given)
            found.append(choose(listed, world.scores(listed.allowed), context, ruleset, world.view))
    return found


@settings(deadline=None, max_examples=500)
@given(world=worlds, holdout=shares, exploration=shares)
def test_the_probability_of_every_answer_is_the_one_recorded(
    world: World, holdout: int, exploration: int
) -> None:
    """Every way that chance can fall is tried; what can be given adds up to certainty."""
    assume(holdout + exploration)
    plain = Assignment(Group.POLICY, holdout, exploration)
    (policy,) = _choices(world, [plain])
    ruleset, context = world.ruleset, world.context
    allowed = shortlist(context, ruleset, judges.reference(ruleset)).allowed
    options = 1 + sum(oracle.affordable(c, context, ruleset, world.view) for c in allowed)
    explored = [replace(plain, group=Group.EXPLORATION, draw=n) for n in range(options)]
    held, *picks = _choices(world, [replace(plain, group=Group.HOLDOUT), *explored])
    weights: Counter[tuple[str, ...]] = Counter()
    told: dict[tuple[str, ...], int] = {}
    ways = [(policy, Fraction(PPM - holdout - exploration)), (held, Fraction(holdout))]
    ways += [(pick, Fraction(exploration, options)) for pick in picks]
    for made, weight in ways:
        given_ids = tuple(c.id for c in made.stack.candidates)
        weights[given_ids] += weight
        assert made.propensity_ppm == told.setdefault(given_ids, made.propensity_ppm)
    event(f"{len(told)} answers")

    assert () == held.stack.candidates
    assert len(picks) == len({tuple(c.id for c in pick.stack.candidates) for pick in picks})
    assert all(max(1, int(weights[answer])) == ppm for answer, ppm in told.items())
    assert sum(weights.values()) == PPM


@settings(deadline=None, max_examples=300)
@given(worlds)
def test_the_holdout_gets_nothing_and_the_record_says_why(world: World) -> None:
    """What would have been given is marked as held out, and nothing is reserved."""
    decision = _with_experiment(world, PPM, 0).decide()
    codes = {r.code for r in decision.choice.ranked}
    event(decision.reason.name)

    assert Group.HOLDOUT is decision.choice.assignment.group
    assert ((), ()) == (decision.stack.candidates, decision.draws)
    assert ReasonCode.CHOSEN not in codes
    assert (ReasonCode.HELD_OUT in codes) == (decision.reason is ReasonCode.HELD_OUT)


@settings(deadline=None, max_examples=300)
@given(world=worlds, other=worlds)
def test_a_shoppers_group_depends_on_nothing_but_the_shopper_and_the_day(
    world: World, other: World
) -> None:
    """Another basket, place or time of day changes neither the group nor what is explored."""
    experiment = Experiment("split", "seed", 300_000, 300_000, builders.ALWAYS)
    elsewhere = replace(other.context, user_ref=world.context.user_ref)

    assert assign(world.context, experiment) == assign(elsewhere, experiment)


def _groups(experiment: Experiment, days: int = 0) -> dict[str, Group]:
    plain = builders.context(day=builders.DAY + timedelta(days=days))
    people = [f"shopper-{n}" for n in range(SHOPPERS)]
    return {who: assign(replace(plain, user_ref=who), experiment).group for who in people}


@pytest.mark.parametrize(
    ("holdout", "exploration"), [(50_000, 20_000), (0, 100_000), (500_000, 250_000)]
)
def test_shares_of_shoppers_are_as_declared(holdout: int, exploration: int) -> None:
    """Among 20,000 shoppers each share is met within five standard deviations."""
    experiment = Experiment("split", "2026-q4", holdout, exploration, builders.ALWAYS)
    counted = Counter(_groups(experiment).values())
    for group, share in ((Group.HOLDOUT, holdout), (Group.EXPLORATION, exploration)):
        part = share / PPM
        deviation = (SHOPPERS * part * (1 - part)) ** 0.5
        assert abs(counted[group] - SHOPPERS * part) <= 5 * deviation


def test_the_holdout_lasts_and_exploration_is_drawn_every_day() -> None:
    """Who is held out stays so until the seed changes; tomorrow others are explored with."""
    experiment = Experiment("split", "2026-q4", 100_000, 100_000, builders.ALWAYS)
    today, tomorrow = _groups(experiment), _groups(experiment, days=1)
    reseeded = _groups(replace(experiment, seed="2027-q1"))

    def members(groups: dict[str, Group], group: Group) -> set[str]:
        return {who for who, found in groups.items() if found is group}

    assert members(today, Group.HOLDOUT) == members(tomorrow, Group.HOLDOUT)
    assert members(today, Group.HOLDOUT) != members(reseeded, Group.HOLDOUT)
    again = members(today, Group.EXPLORATION) & members(tomorrow, Group.EXPLORATION)
    assert len(again) < len(members(today, Group.EXPLORATION)) / 4


def test_an_experiment_runs_on_its_days_only() -> None:
    """Before and after, everybody gets what the policy prefers."""
    dates = replace(builders.ALWAYS, valid_to=builders.DAY)
    experiment = Experiment("split", "seed", PPM, 0, dates)

    assert Assignment() == assign(builders.context(), experiment)
    assert Assignment() == assign(builders.context(), None)
    day_before = builders.context(day=builders.DAY - timedelta(days=1))
    assert Group.HOLDOUT is assign(day_before, experiment).group
