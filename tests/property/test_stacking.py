"""Lanes and exclusives: what is combined, and that a new lane takes nothing from earlier ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import event, given, settings

from sconto.domain.candidate import Candidate
from sconto.domain.choice import choose
from sconto.domain.final_check import violations_of
from sconto.domain.shortlist import shortlist
from support import judges, oracle
from support.worlds import World, worlds

MANY = settings(deadline=None, max_examples=1000)


def _plain(world: World, lanes: int) -> World:
    """*world* with its first *lanes* lanes only, and neither exclusives nor an experiment."""
    kept = world.ruleset.lanes[:lanes]
    names = {lane.id for lane in kept}
    offers = tuple(
        replace(offer, exclusive=False) for offer in world.ruleset.offers if offer.lane in names
    )
    ruleset = replace(world.ruleset, offers=offers, lanes=kept, experiment=None)
    return replace(world, ruleset=ruleset)


@MANY
@given(worlds)
def test_a_further_lane_changes_nothing_of_what_earlier_lanes_gave(world: World) -> None:
    """The same candidates at the same prices, whatever is declared after them."""
    whole = _plain(world, len(world.ruleset.lanes)).decide().stack.candidates
    for lanes in range(len(world.ruleset.lanes)):
        first = _plain(world, lanes)
        names = {lane.id for lane in first.ruleset.lanes}
        earlier = tuple(c for c in whole if c.offer.lane in names)
        event(f"{len(earlier)} of {len(whole)}")

        assert earlier == first.decide().stack.candidates


@MANY
@given(worlds)
def test_the_last_check_is_as_strict_as_the_law_and_no_stricter(world: World) -> None:
    """Of what a blind rule engine would give, it refuses just what breaks a limit."""
    blind = judges.silent(world.ruleset)
    listed = shortlist(world.context, world.ruleset, blind)
    scores = world.scores(listed.allowed)
    stack = choose(listed, scores, world.context, world.ruleset, world.view).stack
    kept = oracle.limits_hold(stack, world.context, world.ruleset)
    event(f"{len(stack.candidates)} given, {'kept' if kept else 'broken'}")

    assert kept == (violations_of(stack, world.context, world.ruleset) == ())


@MANY
@given(worlds)
def test_an_exclusive_is_given_only_where_it_beats_the_lanes(world: World) -> None:
    """It brings more than all that the lanes would give without it, by the measure of the rung."""
    without = replace(
        world.ruleset,
        offers=tuple(o for o in world.ruleset.offers if not o.exclusive),
        experiment=None,
    )
    plain = replace(world, ruleset=replace(world.ruleset, experiment=None))
    decision, lanes = plain.decide(), replace(world, ruleset=without).decide()
    given_now = decision.stack.candidates
    event(f"{len(lanes.stack.candidates)} in lanes, exclusive {_exclusive(given_now)}")
    if not _exclusive(given_now):
        assert lanes.stack.candidates == given_now
        return
    (exclusive,) = given_now
    values = {r.candidate.id: r.gain for r in lanes.choice.ranked}
    if not lanes.stack.candidates:
        return
    if decision.scores is not None:
        together = sum(values[c.id] for c in lanes.stack.candidates)
        own = next(r.gain for r in decision.choice.ranked if r.candidate == exclusive)
        assert (own or 0) > together
        return
    largest = next(
        lane.without_scores.value == "largest"
        for lane in world.ruleset.lanes
        if lane.id == exclusive.offer.lane
    )
    if largest:
        assert exclusive.discount > lanes.stack.discount
    else:
        assert exclusive.cost < lanes.stack.cost


def _exclusive(given_now: tuple[Candidate, ...]) -> bool:
    return any(c.offer.exclusive for c in given_now)
